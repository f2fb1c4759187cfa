"""Movements at Stripe that nothing here had asked for, booked by staff as what they were.

Each kind of movement may have been a few things, and `choices` offers only those that leave the books right: a
refund by hand comes out of the protected money of its own payment, a transfer by hand is paid ahead to whom it went,
money out is the platform's own only as far as it had any. One movement, one journal, one booking: the movement's row
is locked, its id is the journal's key, and who comes second is told so. What our own calls made is booked by their
answers and messages, never here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import queries
from marketplace.payments.books import balance, chart, ledger
from marketplace.payments.books.ledger import Entry, Leg, credit, debit
from marketplace.payments.losses import recovery
from marketplace.payments.models import (
    BalanceTransaction,
    Difference,
    Journal,
    Lot,
    Payout,
    PayoutAccount,
    StrayBooking,
    Transfer,
)
from marketplace.payments.money_in import lots, refunds
from marketplace.payments.money_out import sweep_fees
from marketplace.payments.reconciliation import differences
from marketplace.payments.reconciliation.movements import CAUSE_OF

ACCOUNTS = {"own_money": chart.OWN_FUNDS, "stripe_fee": chart.STRIPE_FEES, "borne": chart.WRITE_OFF}
PLAIN = {  # what a movement may have been whatever it is about, by its cause
    "stray_payment": ("own_money",),
    "stray_payout": ("own_money",),
    "payout_failed": ("own_money",),
    "topup": ("own_money",),
    "fee": ("stripe_fee",),
    "bank": ("borne",),
    "unknown": ("own_money", "stripe_fee", "borne"),
}


@dataclass(frozen=True)
class Choice:
    """One thing a movement may have been: its name, whose it was, and the sentence staff choose."""

    what: str
    words: str
    subject_id: UUID | None = None
    party_id: UUID | None = None

    @property
    def value(self) -> str:
        """As the form sends it."""
        return ":".join([self.what, *(db.short(id) for id in (self.subject_id, self.party_id) if id)])


def of(difference: Difference) -> BalanceTransaction | None:
    """The movement a difference is about, while nothing explains it and no call of ours made it."""
    row = db.session.get(BalanceTransaction, difference.reference)
    if row is None or row.journal_id is not None or difference.operation_id or difference.gone_at:
        return None
    return row if difference.cause == CAUSE_OF.get(row.type, "unknown") else None


def choices(row: BalanceTransaction) -> list[Choice]:
    """What a movement may have been; none where something else has to happen first."""
    cause = CAUSE_OF.get(row.type, "unknown")
    if cause in PLAIN:
        return [_plain(what, row) for what in PLAIN[cause]]
    return {"stray_refund": _refund, "stray_transfer": _transfer, "came_back": _came_back, "refund_failed": _failed}[
        cause
    ](row)


def _plain(what: str, row: BalanceTransaction) -> Choice:
    comes = row.amount_minor > 0
    words = {
        "own_money": _("The platform’s own money, put in") if comes else _("The platform’s own money, taken out"),
        "stripe_fee": _("Stripe’s fee, given back") if comes else _("Stripe’s fee"),
        "borne": _("Nobody’s: the platform keeps it")
        if comes
        else _("The platform bears it; nobody is charged for it"),
    }
    return Choice(what, words[what])


def _refund(row: BalanceTransaction) -> list[Choice]:
    """Out of what is still protected of its own payment, for whoever holds enough of it; or the platform's gift."""
    lot = db.session.scalar(sa.select(Lot).where(Lot.charge_id == row.about))
    if lot is None:
        return [_plain("own_money", row)]  # of a payment that was made outside, too
    holders = [subject for subject, held in lots.holders(lot) if held.minor >= -row.amount_minor]
    titles = queries.titles(set(holders))
    named = [
        Choice("refund", _("A refund of what is protected for “%(title)s”", title=titles.get(one, "")), one)
        for one in holders
    ]
    return [*named, _plain("borne", row)]


def _transfer(row: BalanceTransaction) -> list[Choice]:
    """Paid ahead to the creator whose account it went to, who works it off; or the platform's gift."""
    payee = db.session.execute(
        sa.select(Party.id, Party.name)
        .join(PayoutAccount, PayoutAccount.party_id == Party.id)
        .where(PayoutAccount.stripe_id == row.about)
    ).one_or_none()
    if payee is None:
        return [_plain("borne", row)]
    words = _("Paid ahead to %(name)s: later earnings pay it back first", name=payee.name)
    found = [Choice("paid_ahead", words, party_id=payee.id), _plain("borne", row)]
    if _mistakes(row) > 0:
        words = _("Sends again to %(name)s what was taken back by mistake", name=payee.name)
        found.insert(0, Choice("own_money", words))
    return found


def _came_back(row: BalanceTransaction) -> list[Choice]:
    """What was sent by hand comes back as it was booked; what we had sent was taken from its payee."""
    if db.session.scalar(sa.select(Transfer.id).where(Transfer.stripe_id == row.about)) is not None:
        words = _("Taken back from the creator for good: the brand gets it, with the platform’s fee for it")
        again = _("A mistake: the same amount was sent to the creator again by hand, which you book next")
        return [Choice("taken_back", words), *([Choice("own_money", again)] if _sent_again(row) else [])]
    sent = db.session.scalar(sa.select(StrayBooking).where(StrayBooking.source == row.about))
    if sent is None:
        return []
    if sent.party_id is None:
        return [_plain(sent.what, row)]
    words = _("Back from the creator it was paid ahead to, who owes that much less")
    return [Choice("paid_ahead", words, party_id=sent.party_id)]


def _sent_again(row: BalanceTransaction) -> bool:
    """Did a transfer by hand that nobody has booked yet bring the payee what was taken from her?"""
    account = sa.select(PayoutAccount.stripe_id).join(Payout, Payout.payee_party_id == PayoutAccount.party_id)
    account = account.join(Transfer, Transfer.payout_id == Payout.id).where(Transfer.stripe_id == row.about)
    found = sa.select(BalanceTransaction.id).where(
        BalanceTransaction.journal_id.is_(None),
        BalanceTransaction.type == "transfer",
        BalanceTransaction.about.in_(account),
        BalanceTransaction.amount_minor == -row.amount_minor,
        BalanceTransaction.currency == row.currency,
    )
    return db.session.scalar(found.limit(1)) is not None


def _mistakes(row: BalanceTransaction) -> int:
    """How often this amount was taken from the payee of a transfer by mistake, less how often it was sent again."""
    ours = sa.select(Transfer.stripe_id).join(Payout, Payout.id == Transfer.payout_id)
    ours = ours.join(PayoutAccount, PayoutAccount.party_id == Payout.payee_party_id)
    ours = ours.where(PayoutAccount.stripe_id == row.about)
    booked = (
        sa.select(sa.func.count())
        .select_from(StrayBooking)
        .join(BalanceTransaction, BalanceTransaction.id == StrayBooking.transaction_id)
        .where(StrayBooking.what == "own_money", StrayBooking.currency == row.currency)
    )
    taken = booked.where(StrayBooking.amount_minor == -row.amount_minor, BalanceTransaction.about.in_(ours))
    sent = booked.where(StrayBooking.amount_minor == row.amount_minor, BalanceTransaction.about == row.about)
    return (db.session.scalar(taken) or 0) - (db.session.scalar(sent) or 0)


def _failed(row: BalanceTransaction) -> list[Choice]:
    """A refund by hand that failed comes back as it was booked; our own are booked back by themselves."""
    if refunds.by_stripe_id(row.source or "") is not None:
        return []
    gave = (StrayBooking.source == row.source, StrayBooking.amount_minor < 0)
    sent = db.session.scalar(sa.select(StrayBooking).where(*gave))
    return [_plain(sent.what, row)] if sent else []


def book(row: BalanceTransaction, value: str, *, reason: str, by: Actor) -> StrayBooking:
    """Book a movement as one of its `choices`, with the reason that whoever looks at it later reads.

    Raises `Refused`: booked already (409), not one of the choices or no reason (422), more than the platform or the
    payment has (409).
    """
    db.lock(row)
    if row.journal_id is not None:
        raise Refused(_("This has been booked already. Its journal says as what, by whom and why."))
    if not reason.strip():
        raise Refused(_("Say why. Whoever looks at the books later reads it."), status=422, field="reason")
    choice = next((one for one in choices(row) if one.value == value), None)
    if choice is None:
        raise Refused(_("Choose what it was."), status=422, field="what")
    with db.session.begin_nested():
        journal_id = _journal(row, choice, reason.strip(), by)
    balance.mirror(as_told(row), journal_id)
    db.session.refresh(row)
    booking = StrayBooking(
        id=db.new_id(), transaction_id=row.id, source=row.source, what=choice.what, subject_id=choice.subject_id,
        party_id=choice.party_id, amount_minor=row.amount_minor, currency=row.currency, reason=reason.strip(),
        journal_id=journal_id, by_user_id=by.user_id, booked_at=clock.now(),
    )  # fmt: skip
    db.session.add(booking)
    db.session.flush()
    differences.settled([row.id, row.source])
    return booking


def _journal(row: BalanceTransaction, choice: Choice, reason: str, by: Actor) -> UUID:
    transaction = as_told(row)
    if choice.what == "refund" and choice.subject_id:
        lot = db.session.scalars(sa.select(Lot).where(Lot.charge_id == row.about)).one()
        made = {"id": row.source, "balance_transaction": transaction}
        refunds.by_hand(lot, choice.subject_id, made, _fee(row), reason=reason, by=by)
        return _of_key(f"refund:{row.source}")
    if choice.what == "taken_back":
        transfer = db.session.scalars(sa.select(Transfer).where(Transfer.stripe_id == row.about)).one()
        taken = recovery.by_hand(transfer, row.amount, str(row.source), transaction, reason=reason, by=by)
        return _of_key(f"recovery:{taken.id}")
    if choice.what == "own_money":
        _refuse_more_than_own(row)
    target = chart.receivable(choice.party_id) if choice.party_id else ACCOUNTS[choice.what]
    entry = Entry(
        key=f"stray:{row.id}",
        kind="by_hand",
        legs=[*_legs(row, target), *_fee(row)],
        reason=reason,
        evidence={"balance_transaction": row.id, "source": row.source or "", "what": choice.what},
        occurred_at=row.created_at,
    )
    return ledger.post(entry, by=by).id


def _of_key(key: str) -> UUID:
    return db.session.scalars(sa.select(Journal.id).where(Journal.key == key)).one()


def _legs(row: BalanceTransaction, target: chart.Name) -> list[Leg]:
    if not row.amount_minor:
        raise Refused(_("This moves nothing, so there is nothing to book."))
    other = credit(target, row.amount) if row.amount_minor > 0 else debit(target, -row.amount)
    return [balance.side(as_told(row)), other] if row.net_minor else [other]


def _fee(row: BalanceTransaction) -> list[Leg]:
    """What Stripe kept of a movement by hand is the platform's cost, as everywhere."""
    fee = row.amount - row.net
    if not fee:
        return []
    return [debit(chart.STRIPE_FEES, fee) if fee.minor > 0 else credit(chart.STRIPE_FEES, -fee)]


def _refuse_more_than_own(row: BalanceTransaction) -> None:
    """Money that left and was not the platform's is somebody's protected payment: it has to come back first."""
    if row.net_minor >= 0:
        return
    db.hold("payments.sweep")
    own = sweep_fees.own(row.currency)
    under_way = sweep_fees.under_way(row.currency)
    if under_way is not None and under_way.state == "sending":
        own = own - under_way.amount
    if own.minor + row.net_minor < 0:
        sentence = _(
            "Only %(own)s at Stripe is the platform’s own; the rest is protected payments and creators’ pay. Pay"
            " %(short)s into the balance at Stripe, book that first, then this.",
            own=Money(max(0, own.minor), row.currency).format(), short=(-(row.net + own)).format(),
        )  # fmt: skip
        raise Refused(sentence)


def as_told(row: BalanceTransaction) -> dict[str, Any]:
    """A mirrored movement as Stripe tells it now: available once its day has come."""
    return {
        "id": row.id, "type": row.type, "source": row.source, "amount": row.amount_minor, "fee": row.fee_minor,
        "net": row.net_minor, "currency": row.currency.lower(), "created": int(row.created_at.timestamp()),
        "available_on": int(row.available_on.timestamp()),
        "status": "available" if row.available_on <= clock.now() else "pending",
    }  # fmt: skip


def bookings(references: Sequence[str]) -> dict[str, StrayBooking]:
    """What was booked by hand, by movement and by the object it came from."""
    named = sa.or_(StrayBooking.transaction_id.in_(references), StrayBooking.source.in_(references))
    rows = db.session.scalars(sa.select(StrayBooking).where(named)).all()
    return {name: row for row in rows for name in (row.source, row.transaction_id) if name}
