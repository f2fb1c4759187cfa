"""Paying by invoice: the payer gets a document with a reference and sends the money by bank transfer.

Stripe gives the account to pay to and the reference, and matches what arrives; nothing is protected
before. A part of the money stays at Stripe until the rest has come. What is refunded of such a payment
goes to the payer's cash balance at Stripe, from where the next transfer payment takes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typst
from babel.dates import format_date
from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import db
from marketplace.accounts import queries
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import operations
from marketplace.payments.models import Funding
from marketplace.payments.money_in import card_payments, cards, funding
from marketplace.payments.states import FundingState


def issue(row: Funding) -> Funding:
    """Ask Stripe where the money goes. Commits and calls Stripe: only an edge calls it, last.

    Raises `Refused` when Stripe does not answer; trying again is safe.
    """
    funding.make_way(row)
    customer = cards.customer(row.payer_party_id)
    if customer and row.state == FundingState.BEGUN:
        operation = operations.of("transfer_payment", row.id) or operations.intend(
            "transfer_payment", row.id, _params(row, customer), at_once=False
        )
        operations.perform(operation.id)
    if row.state == FundingState.BEGUN:
        db.session.commit()  # the refusal's rollback must not forget what we know of the call
        raise Refused(_("Stripe did not answer. No invoice was made; please try again in a moment."))
    return row


def _params(row: Funding, customer: str) -> dict[str, Any]:
    transfer = {"type": funding.TRANSFERS[row.currency]}
    return {
        "amount": row.amount_minor,
        "currency": row.currency.lower(),
        "customer": customer,
        "payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {
            "customer_balance": {"funding_type": "bank_transfer", "bank_transfer": transfer},
        },
        "confirm": True,
        "description": row.description,
        "metadata": {"funding": str(row.id)},
        "expand": ["latest_charge.balance_transaction"],
    }


operations.KINDS["transfer_payment"] = operations.Kind(card_payments.made, card_payments.refused)


def where_to(row: Funding) -> list[tuple[str, str]]:
    """Where the money is sent, as names and values: receiver, account, bank, reference, what is missing."""
    told = row.transfer_to or {}
    lines = [(_("Reference"), told.get("reference") or "")]
    for address in told.get("financial_addresses", []):
        account = address.get(address["type"]) or {}
        lines += [
            (_("Account holder"), account.get("account_holder_name") or ""),
            (_("Bank"), account.get("bank_name") or ""),
            (_("Routing number"), account.get("routing_number") or ""),
            (_("Account number"), account.get("account_number") or ""),
        ]
    return [(name, value) for name, value in lines if value]


def missing(row: Funding) -> Money:
    """What has not arrived yet of an invoice's amount."""
    return Money(int((row.transfer_to or {}).get("amount_remaining", row.amount_minor)), row.currency)


def pdf(row: Funding) -> bytes:
    """The invoice to print and hand to whoever pays."""
    payer, instance = queries.party(row.payer_party_id), queries.instance()
    issuer = queries.party(instance.operator_party_id) if instance else None
    locale, zone = str(get_locale() or "en"), payer.zone if payer else "UTC"
    data = {
        "site": current_app.config["SITE_NAME"],
        "language": locale,
        "kind": _("Invoice for a protected payment"),
        "number": _("Number %(number)s", number=db.short(row.id).upper()),
        "lines": [
            (_("From"), issuer.name if issuer else current_app.config["SITE_NAME"]),
            (_("To"), payer.name if payer else ""),
            (_("For"), row.description),
            (_("Date"), format_date(row.created_at.astimezone(ZoneInfo(zone)), "long", locale=locale)),
            (_("Amount"), row.amount.format(locale)),
        ],
        "pay_title": _("Pay by bank transfer"),
        "pay": where_to(row),
        "note": _(
            "Please write the reference on the transfer. The money is a protected payment once all of it has arrived; "
            "it goes to the creator when the work is live, or back to you by the contract."
        ),
    }
    folder = Path(current_app.root_path, "templates", "payments")
    made = typst.compile(
        folder / "invoice.typ", root=folder, ignore_system_fonts=True, format="pdf",
        sys_inputs={"data": json.dumps(data)}, pdf_tags=True,
    )  # fmt: skip
    return bytes(made)
