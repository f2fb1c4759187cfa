"""Giving protected money back to its payer. What was released is taken back first (`recovery.py`).

The amount is reserved first, so that nothing else can draw on it; the reservation posts when Stripe
has refunded and is voided when Stripe refuses. While it is unknown, the hold stays. Stripe keeps its
fee, which was the platform's cost already.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import balance, chart, funding, ledger, lot_holds, lots, operations, reservations
from marketplace.payments.events import Refunded
from marketplace.payments.ledger import Entry, debit
from marketplace.payments.models import Account, Funding, Lot, Refund, Reservation
from marketplace.payments.states import REFUND, RefundState


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


def _currency(subject: UUID) -> str:
    held = sa.select(Account.currency).where(Account.code == chart.protected(subject).code)
    found = db.session.scalar(held.limit(1))
    if found is None:
        raise Refused(_("Nothing is protected here, so there is nothing to refund."))
    return found


def _begin(subject: UUID, lot: Lot, share: Money, reason: str, key: str, by: Actor) -> Refund:
    payer = db.session.get_one(Funding, lot.funding_id).payer_party_id
    hold = reservations.reserve(f"refund:{key}:{lot.id}", chart.protected(subject), share, reason=reason, by=by)
    row = Refund(
        id=db.new_id(), request_key=key, lot_id=lot.id, subject_id=subject, payer_party_id=payer,
        amount_minor=share.minor, currency=share.currency, reason=reason, state=RefundState.SENDING,
        reservation_id=hold.id, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    lots.take(lot, share, refund_id=row.id)
    params = {
        "charge": lot.charge_id,
        "amount": share.minor,
        "metadata": {"refund": str(row.id)},
        "expand": ["balance_transaction"],
    }
    operations.intend("refund", row.id, params)
    return row


def _made(refund_id: UUID, made: dict[str, Any]) -> None:
    row = db.session.get_one(Refund, refund_id)
    row.stripe_id = made["id"]
    settle(row, made)


def settle(row: Refund, made: dict[str, Any]) -> None:
    """Move a refund forward to what Stripe's says. One that waits for our balance at Stripe keeps its hold."""
    db.lock(row)
    if row.state != RefundState.SENDING:
        return
    if made["status"] in ("failed", "canceled"):
        _set_free(row)
    elif made.get("balance_transaction"):
        _book(row, made)


def _book(row: Refund, made: dict[str, Any]) -> None:
    transaction = made["balance_transaction"]
    entry = Entry(
        key=f"refund:{made['id']}",
        kind="refund",
        legs=[debit(chart.protected(row.subject_id), row.amount), balance.side(transaction)],
        reason=row.reason,
        subject_id=row.subject_id,
        evidence={"refund_id": str(row.id), "refund": made["id"], "balance_transaction": transaction["id"]},
    )
    reservation = db.session.get_one(Reservation, row.reservation_id)
    journal = reservations.post(reservation, entry, row.amount, by=CLOCK)
    balance.mirror(transaction, journal.id)
    fact = Refunded(row.id, row.payer_party_id, row.subject_id, row.amount_minor, row.currency)
    advance(REFUND, row, "finish", by=CLOCK, fact=fact)
    row.done_at = clock.now()


def _refused(refund_id: UUID, code: str | None) -> None:
    _set_free(db.session.get_one(Refund, refund_id))


def _set_free(row: Refund) -> None:
    """The money is protected as before; where the payer's bank took the charge meanwhile, held for that."""
    reservations.void(db.session.get_one(Reservation, row.reservation_id))
    lots.take(db.session.get_one(Lot, row.lot_id), -row.amount, refund_id=row.id)
    advance(REFUND, row, "refuse", by=CLOCK)
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
