"""Tables for accountants: a payer's journals as debits and credits, and a payee's year payment by payment.

Days are in the party's own zone, which the heading names; amounts plain decimals. In a payer's table each journal's debits equal its
credits, and the account for protected payments ends at what the portal holds for it. Accounts are named in
words, because every accountant has numbers of her own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from marketplace import db
from marketplace.accounts import queries as people
from marketplace.money import Money
from marketplace.payments import queries, words
from marketplace.payments.models import DirectPayment
from marketplace.payments.money_in import funds
from marketplace.payments.money_out import paid
from marketplace.payments.period import Period, titled

CHUNK = 500  # lines whose names are looked up together
PROTECTED = lazy_gettext("Protected payments held by the portal")
CARD = lazy_gettext("Card or bank")
WORK = lazy_gettext("Creators’ work, paid to them")
FEE = lazy_gettext("Creators’ work, kept as platform fee")
BETWEEN = lazy_gettext("Between your own budgets and deals")
OTHER = lazy_gettext("Corrections by the portal")
# The other side of what happened to protected money.
AGAINST = {"charge": CARD, "refund": CARD, "chargeback_lost": CARD, "allocation": BETWEEN}
HAPPENED = {
    "charge": lazy_gettext("Paid in"),
    "release": lazy_gettext("Released to a creator"),
    "recovery": lazy_gettext("Taken back from a creator"),
    "refund": lazy_gettext("Refunded"),
    "chargeback_lost": lazy_gettext("Taken back by the bank"),
    "allocation": lazy_gettext("Between budget and deal"),
}
PAID = {
    "sent": lazy_gettext("Paid"),
    "set_off": lazy_gettext("Set off against what was open"),
    "taken_back": lazy_gettext("Taken back"),
}
STRIPE = ("charge", "refund", "reversal", "transfer", "dispute")  # where a journal's evidence names Stripe's object


def of_payer(payer: UUID, currency: str, period: Period) -> Iterator[list[Any]]:
    """A payer's journals in a period, a row for each side."""
    yield [
        _("Day (%(zone)s)", zone=period.place), _("Journal"), _("What happened"), _("Deal or budget"), _("Account"), _("Debit"), _("Credit"),
        _("Currency"), _("Creator"), _("Reason"), _("Stripe id"),
    ]  # fmt: skip
    for chunk in _chunks(funds.every_line(payer, currency, period)):
        titles = queries.called({line.subject_id for line in chunk})
        payees = funds.payees(chunk)
        names = _names(set(payees.values()))
        for line in chunk:
            payee = names.get(payees.get(line.payout_id) or db.new_id(), "") if line.payout_id else ""
            what = HAPPENED.get(line.kind, OTHER)
            first = [_day(line.at, period), db.short(line.journal_id), what, titles.get(line.subject_id, "")]
            told = [payee, why(line), stripe_id(line.evidence)]
            for account, amount in legs(line):
                sides = [amount.plain(), ""] if amount.minor > 0 else ["", (-amount).plain()]
                yield [*first, account, *sides, currency, *told]


def legs(line: funds.Line) -> list[tuple[Any, Money]]:
    """A line as an accountant books it: a debit is positive, a credit negative, and they sum to nothing."""
    protected = (PROTECTED, line.change)
    if line.kind in funds.KINDS["released"]:
        against = [(WORK, -(line.change + line.fee)), (FEE, line.fee)]
    else:
        against = [(AGAINST.get(line.kind, OTHER), -line.change)]
    whole = [protected, *((account, amount) for account, amount in against if amount)]
    return sorted(whole, key=lambda leg: leg[1].minor < 0)  # debits first, as they are written


def why(line: funds.Line) -> Any:
    """The reason both sides read, where there is one; what money was handed on for."""
    if line.kind == "release":
        return words.REASON[line.reason]
    return line.reason if line.kind in ("recovery", "refund", "allocation") else ""


def stripe_id(evidence: dict[str, Any]) -> str:
    """Stripe's id of what moved the money, if it moved at Stripe."""
    return next((str(evidence[name]) for name in STRIPE if evidence.get(name)), "")


def of_payee(payee: UUID, currency: str, period: Period) -> Iterator[list[Any]]:
    """A payee's year: every payment, what was set off or taken back, then what was paid directly, apart."""
    yield [
        _("Day (%(zone)s)", zone=period.place), _("What"), _("For"), _("Paid by"), _("Gross"), _("Platform fee"), _("Net"), _("Currency"),
        _("In your bank on"), _("Reason or reference"), _("Payment"), _("Stripe id"),
    ]  # fmt: skip
    for chunk in _chunks(paid.every_line(payee, currency, period)):
        titles = queries.titles({line.subject_id for line in chunk})
        names = _names({line.payer_party_id for line in chunk})
        for line in chunk:
            amounts = [line.gross.plain(), (-line.fee).plain(), line.net.plain(), currency]
            yield [
                _day(line.at, period), PAID[line.what], titled(titles.get(line.subject_id), line.month),
                names.get(line.payer_party_id, ""), *amounts, line.in_bank_on or "",
                line.reason if line.what == "taken_back" else "", db.short(line.payout_id), line.stripe_id or "",
            ]  # fmt: skip
    yield from _direct(paid.every_direct(payee, currency, period))


def _direct(rows: list[DirectPayment]) -> Iterator[list[Any]]:
    names = _names({row.payer_party_id for row in rows})
    for row in rows:
        amount, nothing = row.amount.plain(), Money.zero(row.currency).plain()
        yield [
            row.paid_on.isoformat(), _("Paid directly by the brand, not through the portal"), row.title,
            names.get(row.payer_party_id, ""), amount, nothing, amount, row.currency, "", row.reference,
            db.short(row.id), "",
        ]  # fmt: skip


def _names(ids: set[UUID]) -> dict[UUID, str]:
    return {row.id: row.name for row in people.parties(ids)}


def _day(moment: datetime, period: Period) -> str:
    return moment.astimezone(ZoneInfo(period.zone)).date().isoformat()


def _chunks(lines: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(itertools.islice(lines, CHUNK)):
        yield chunk
