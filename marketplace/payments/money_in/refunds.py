"""Giving protected money back to its payer. What was released is taken back first (`recovery.py`).

The amount is reserved first, so that nothing else can draw on it; the reservation posts when Stripe
has refunded and is voided when Stripe refuses. While it is unknown, the hold stays. Stripe keeps its
fee, which was the platform's cost already. What the payer's bank sends back after all is owed to the
payer (`refund_due:<party>`) until it has another way (`returned.py`); no deal can use it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import operations, stripe
from marketplace.payments.books import balance, chart, ledger, reservations
from marketplace.payments.books.ledger import Entry, Leg, credit, debit
from marketplace.payments.events import Refunded
from marketplace.payments.models import (
    Account,
    BalanceTransaction,
    Funding,
    Lot,
    Refund,
    Reservation,
    ReturnedRefund,
)
from marketplace.payments.money_in import funding, lot_holds, lots
from marketplace.payments.states import REFUND, RefundState
from marketplace.payments.stray_events import RefundCameBack

log = structlog.get_logger()
CAME_BACK = ("refund_failure", "payment_failure_refund")  # movements at Stripe
ASKED = 500  # refunds asked after at most, in one go


def refund(
    *, subject: UUID, amount: Money | None = None, currency: str | None = None, reason: str, key: str, by: Actor
) -> list[Refund]:
    """Give back `amount`, or all that is still protected in `currency`. One refund per charge it comes from.

    The same `key` again returns the first ones. Raises `Refused` when nothing is protected,
    `ledger.Overdraft` when less is.
    """
    currency = amount.currency if amount else currency or _currency(subject)
    ledger.open_account(chart.protected(subject), currency)
    known = list(db.session.scalars(sa.select(Refund).where(Refund.request_key == key).order_by(Refund.id)))
    if known:
        return known
    amount = amount or funding.protected(subject, currency)
    if amount.minor <= 0:
        raise Refused(_("Nothing is protected here, so there is nothing to refund."))
    with db.session.begin_nested():
        return [_begin(subject, lot, share, reason, key, by) for lot, share in lots.plan(subject, amount)]


def of_lot(lot: Lot, subject: UUID, amount: Money, *, reason: str, key: str, by: Actor) -> Refund:
    """Give back `amount` of one charge's money that is protected for `subject` and in its lot. Again under `key`: the first."""
    ledger.open_account(chart.protected(subject), amount.currency)
    known = db.session.scalar(sa.select(Refund).where(Refund.request_key == key, Refund.lot_id == lot.id))
    return known or _begin(subject, lot, amount, reason, key, by)


def by_hand(
    lot: Lot, subject: UUID, made: dict[str, Any], fee: Sequence[Leg], *, reason: str, by: Actor
) -> Refund:  # fmt: skip
    """Note a refund of one charge that was made at Stripe and not here: it leaves the subject's protected money all the
    same. `fee` is what Stripe kept of it. Raises `ledger.Overdraft` when less is free.
    """
    amount = Money(-made["balance_transaction"]["amount"], lot.currency)
    row = _note(subject, lot, amount, reason, f"by-hand:{made['id']}", by)
    row.stripe_id = made["id"]
    _book(row, made, fee, by=by)
    return row


def again(returned: ReturnedRefund, *, by: Actor) -> Refund:
    """Refund what came back once more, to the same card or account. Raises `Refused` when it is not owed any more."""
    before = db.session.get_one(Refund, returned.refund_id)
    advance(REFUND, before, "repeat", by=by, room_id=before.subject_id)
    lot = db.session.get_one(Lot, before.lot_id)
    lots.take(lot, -before.amount, refund_id=before.id)
    tried = sa.select(sa.func.count()).where(Refund.request_key.like(f"again:{before.id}:%"))
    key = f"again:{before.id}:{db.session.scalar(tried)}"
    source = chart.refund_due(before.payer_party_id)
    row = _begin(before.subject_id, lot, before.amount, before.reason, key, by, source=source)
    returned.again_refund_id, returned.ended_at, returned.by_user_id = row.id, clock.now(), by.user_id
    db.session.flush()
    return row


def ask() -> int:
    """Ask Stripe after refunds whose message may be lost: those that wait there, and those whose money came back.

    Commits: jobs call it. Returns how many were asked about.
    """
    back = sa.select(BalanceTransaction.source).where(
        BalanceTransaction.journal_id.is_(None), BalanceTransaction.type.in_(CAME_BACK)
    )
    waits = sa.and_(Refund.state == RefundState.SENDING, Refund.stripe_id.is_not(None))
    failed = sa.and_(Refund.state == RefundState.DONE, Refund.stripe_id.in_(back))
    due = db.session.execute(
        sa.select(Refund.id, Refund.stripe_id).where(sa.or_(waits, failed)).order_by(Refund.id).limit(ASKED)
    ).all()
    for row in due:
        try:
            made = db.outside(partial(stripe.refund, str(row.stripe_id)))
            settle(db.session.get_one(Refund, row.id), made)
        except stripe.Error as problem:
            log.warning("refund_not_asked", refund=str(row.id), problem=str(problem))
    return len(due)


def _currency(subject: UUID) -> str:
    held = sa.select(Account.currency).where(Account.code == chart.protected(subject).code)
    found = db.session.scalar(held.limit(1))
    if found is None:
        raise Refused(_("Nothing is protected here, so there is nothing to refund."))
    return found


def _begin(
    subject: UUID, lot: Lot, share: Money, reason: str, key: str, by: Actor, source: chart.Name | None = None
) -> Refund:  # fmt: skip
    row = _note(subject, lot, share, reason, key, by, source)
    params = {
        "charge": lot.charge_id,
        "amount": share.minor,
        "metadata": {"refund": str(row.id)},
        "expand": ["balance_transaction"],
    }
    operations.intend("refund", row.id, params)
    return row


def _note(
    subject: UUID, lot: Lot, share: Money, reason: str, key: str, by: Actor, source: chart.Name | None = None
) -> Refund:  # fmt: skip
    """The row, its hold on the subject's protected money (or on `source`), its draw on the lot."""
    payer = db.session.get_one(Funding, lot.funding_id).payer_party_id
    held = source or chart.protected(subject)
    hold = reservations.reserve(f"refund:{key}:{lot.id}", held, share, reason=reason, by=by)
    row = Refund(
        id=db.new_id(), request_key=key, lot_id=lot.id, subject_id=subject, payer_party_id=payer,
        amount_minor=share.minor, currency=share.currency, reason=reason, state=RefundState.SENDING,
        reservation_id=hold.id, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    lots.take(lot, share, refund_id=row.id)
    return row


def _made(refund_id: UUID, made: dict[str, Any]) -> None:
    row = db.session.get_one(Refund, refund_id)
    row.stripe_id = made["id"]
    settle(row, made)


def settle(row: Refund, made: dict[str, Any]) -> None:
    """Move a refund forward to what Stripe's says. One that waits for our balance at Stripe keeps its hold."""
    db.lock(row)
    failed = made["status"] in ("failed", "canceled")
    if row.state == RefundState.SENDING:
        if made.get("balance_transaction"):
            _book(row, made)
        elif failed:
            _set_free(row)
    if row.state == RefundState.DONE and failed:
        _come_back(row, made)


def _come_back(row: Refund, made: dict[str, Any]) -> None:
    """The payer's bank sent it back, perhaps days later: we have it again, and owe it to the payer."""
    transaction = made.get("failure_balance_transaction")
    if not isinstance(transaction, dict):
        return  # the movement is told next
    kept = row.amount - Money(transaction["net"], row.currency)
    legs = [balance.side(transaction), credit(chart.refund_due(row.payer_party_id), row.amount)]
    entry = Entry(
        key=f"refund-back:{made['id']}",
        kind="refund_back",
        legs=[*legs, debit(chart.STRIPE_FEES, kept)] if kept else legs,
        reason="the payer's bank sent the refund back",
        subject_id=row.subject_id,
        evidence={"refund_id": str(row.id), "refund": made["id"], "balance_transaction": transaction["id"]},
        occurred_at=stripe.moment(transaction["created"]),
    )
    balance.mirror(transaction, ledger.post(entry, by=CLOCK).id)
    why = made.get("failure_reason") or made["status"]
    db.session.add(ReturnedRefund(id=db.new_id(), refund_id=row.id, failure=why, came_back_at=clock.now()))
    fact = RefundCameBack(row.id, row.payer_party_id, row.subject_id, row.amount_minor, row.currency)
    advance(REFUND, row, "come_back", by=CLOCK, fact=fact)


def _book(row: Refund, made: dict[str, Any], fee: Sequence[Leg] = (), *, by: Actor = CLOCK) -> None:
    transaction = made["balance_transaction"]
    reservation = db.session.get_one(Reservation, row.reservation_id)
    account = db.session.get_one(Account, reservation.account_id)
    entry = Entry(
        key=f"refund:{made['id']}",
        kind="refund",
        legs=[debit(account.name, row.amount), balance.side(transaction), *fee],
        reason=row.reason,
        subject_id=row.subject_id,
        evidence={"refund_id": str(row.id), "refund": made["id"], "balance_transaction": transaction["id"]},
    )
    journal = reservations.post(reservation, entry, row.amount, by=by)
    balance.mirror(transaction, journal.id)
    fact = Refunded(row.id, row.payer_party_id, row.subject_id, row.amount_minor, row.currency)
    advance(REFUND, row, "finish", by=by, fact=fact)
    row.done_at = clock.now()


def _refused(refund_id: UUID, code: str | None) -> None:
    _set_free(db.session.get_one(Refund, refund_id))


def _set_free(row: Refund) -> None:
    """The money is protected as before; where the payer's bank took the charge meanwhile, held for that.

    One that repeated a refund which had come back leaves that one owed as before.
    """
    lot = db.session.get_one(Lot, row.lot_id)
    reservations.void(db.session.get_one(Reservation, row.reservation_id))
    lots.take(lot, -row.amount, refund_id=row.id)
    advance(REFUND, row, "refuse", by=CLOCK)
    first = db.session.scalar(sa.select(ReturnedRefund).where(ReturnedRefund.again_refund_id == row.id))
    if first is not None:
        before = db.session.get_one(Refund, first.refund_id)
        lots.take(lot, before.amount, refund_id=before.id)
        advance(REFUND, before, "return", by=CLOCK)
        first.ended_at = None
    db.session.flush()
    lot_holds.cover(row.lot_id, by=CLOCK)


operations.KINDS["refund"] = operations.Kind(_made, _refused, pays=True)


def by_stripe_id(stripe_id: str) -> Refund | None:
    """The refund with this id at Stripe."""
    return db.session.scalar(sa.select(Refund).where(Refund.stripe_id == stripe_id))


def adopt(made: dict[str, Any]) -> Refund | None:
    """Finish the call that made a refund, known from the refund's own mark: the answer to us was lost."""
    operation = operations.adopt(made, "refund")
    return db.session.get(Refund, operation.row_id) if operation else None
