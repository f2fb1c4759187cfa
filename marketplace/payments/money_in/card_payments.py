"""Paying with the card on file: one tap, with all its ways to fail.

The payer is there, so her bank may ask to see her: then Stripe names a page of the bank, and she comes
back from it as from the hosted page. A declined card charges nothing and the reason is said; what
nobody knows yet stays open and is asked again under the same key, never paid twice.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext

from marketplace import db
from marketplace.payments import operations
from marketplace.payments.models import Funding, PaymentMethod
from marketplace.payments.money_in import cards, funding
from marketplace.payments.states import OperationState

# Why a card was not charged, by Stripe's codes: https://docs.stripe.com/declines/codes
WHY = {
    "insufficient_funds": lazy_gettext("The card has not enough funds for this."),
    "expired_card": lazy_gettext("The card has expired. Save another one, or pay on Stripe’s page."),
    "lost_card": lazy_gettext("The bank has stopped this card. Save another one, or pay on Stripe’s page."),
    "stolen_card": lazy_gettext("The bank has stopped this card. Save another one, or pay on Stripe’s page."),
    "authentication_required": lazy_gettext("The bank wants to see you for this payment. Pay on Stripe’s page."),
    "payment_intent_authentication_failure": lazy_gettext(
        "The bank could not make sure that it is you. Try again, or pay on Stripe’s page."
    ),
    "processing_error": lazy_gettext("The bank could not answer just now. Try again in a moment."),
    "account_closed": lazy_gettext("The bank account is closed."),
    "canceled": lazy_gettext("The payment was not gone on with."),
}
INTENTS = ("card_payment", "transfer_payment")  # operations that make an intent
DECLINED = lazy_gettext("The bank declined the card. Ask it why, try another card, or pay on Stripe’s page.")


def charge(row: Funding) -> Funding:
    """Charge the card a payment was begun with. Commits and calls Stripe: only an edge calls it, last.

    The payment is then funded; open, with the bank's page as `session_url`; failed, with its `failure`;
    or begun still, because Stripe did not answer.
    """
    funding.make_way(row)
    operation = operations.of("card_payment", row.id) or operations.intend(
        "card_payment", row.id, _params(row), at_once=False
    )
    operations.perform(operation.id)
    return row


def charge_later(row: Funding) -> None:
    """Have a job charge the card with nobody there. A bank that wants to see her says no; the payer is told."""
    if operations.of("card_payment", row.id) is None:
        operations.intend("card_payment", row.id, _params(row))


def why(code: str | None) -> str:
    """Why nothing was charged, in a sentence."""
    return str(WHY.get(code or "", DECLINED))


def _params(row: Funding) -> dict[str, Any]:
    """Automatic capture puts the charge's fee on it at once, so that one journal books both."""
    card = db.session.get_one(PaymentMethod, row.method_id)
    if row.way == "automatic":
        presence: dict[str, Any] = {"off_session": True}
    else:
        presence = {"return_url": url_for("payments.returned", funding_id=row.id, _external=True)}
    return {
        "amount": row.amount_minor,
        "currency": row.currency.lower(),
        "customer": cards.customer_id(row.payer_party_id),
        "payment_method": card.stripe_id,
        "payment_method_types": ["card"],
        "capture_method": "automatic",
        "confirm": True,
        **presence,
        "description": row.description,
        "metadata": {"funding": str(row.id)},
        "expand": ["latest_charge.balance_transaction"],
    }


def made(funding_id: UUID, intent: dict[str, Any]) -> None:
    """Stripe has the intent, whatever became of it."""
    row = db.session.get_one(Funding, funding_id)
    row.intent_id = intent["id"]
    funding.settle_intent(row, intent)


def refused(funding_id: UUID, code: str | None) -> None:
    """Stripe said no."""
    row = db.session.get_one(Funding, funding_id)
    funding.fail(row, code, watched=funding.watched(row))


operations.KINDS["card_payment"] = operations.Kind(made, refused)


def adopt(intent: dict[str, Any]) -> Funding | None:
    """The payment whose intent this is. If our call's answer was lost, the call is finished first."""
    operation = operations.adopt(intent, *INTENTS)
    if operation is None or operation.state == OperationState.REFUSED:
        return None
    return db.session.get(Funding, operation.row_id)
