"""What a chargeback holds of its charge: whatever of it is still protected, for each subject that has a share of it.

The lot is drawn by the chargeback and the same amount is reserved, so that neither a release nor a
refund can use it. Money that comes back to the lot meanwhile (a refund that Stripe refused, a recovery)
is held too. A hold ends with the bank's decision: set free, or lost.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments.books import chart, reservations
from marketplace.payments.books.freezes import UNDECIDED
from marketplace.payments.books.ledger import Entry, credit, debit, open_accounts
from marketplace.payments.models import Chargeback, ChargebackHold, Lot, LotDraw, Reservation
from marketplace.payments.money_in import lots
from marketplace.payments.states import CHARGEBACK_HOLD, HoldState


def chargeback_of(lot_id: UUID) -> Chargeback | None:
    """The chargeback that holds a lot now."""
    query = sa.select(Chargeback).where(Chargeback.lot_id == lot_id, Chargeback.state.in_(UNDECIDED))
    return db.session.scalar(query.order_by(Chargeback.id).limit(1))


def cover(lot_id: UUID, *, by: Actor) -> list[UUID]:
    """Hold what is left of a lot under an undecided chargeback, up to what the bank took. Again it holds only what is new.

    Returns the subjects whose money is held from now on.
    """
    row = chargeback_of(lot_id)
    if row is None:
        return []
    lot = db.session.get_one(Lot, lot_id)
    open_accounts(
        [chart.protected(subject) for subject, _left in lots.holders(lot)], row.currency
    )  # locks: nothing draws
    missing = row.amount - sum((hold.amount for hold in holds(row)), Money.zero(row.currency))
    held = []
    for subject, left in lots.holders(lot):
        part = min(left, missing)
        if part:
            _hold(row, subject, part, by)
            held.append(subject)
            missing = missing - part
    return held


def _hold(row: Chargeback, subject: UUID, part: Money, by: Actor) -> None:
    hold_id = db.new_id()
    reserved = reservations.reserve(
        f"chargeback:{hold_id}", chart.protected(subject), part, reason="charged back at the card", by=by
    )
    hold = ChargebackHold(
        id=hold_id, chargeback_id=row.id, subject_id=subject, reservation_id=reserved.id, amount_minor=part.minor,
        currency=part.currency, state=HoldState.HELD,
    )  # fmt: skip
    db.session.add(hold)
    _draw(row, part)


def holds(row: Chargeback) -> list[ChargebackHold]:
    """What a chargeback holds now."""
    query = sa.select(ChargebackHold).where(
        ChargebackHold.chargeback_id == row.id, ChargebackHold.state == HoldState.HELD
    )
    return list(db.session.scalars(query.order_by(ChargebackHold.id)))


def free(row: Chargeback) -> None:
    """The bank gave it back: what was held is protected as before."""
    for hold in holds(row):
        reservations.void(db.session.get_one(Reservation, hold.reservation_id))
        advance(CHARGEBACK_HOLD, hold, "free", by=CLOCK, room_id=hold.subject_id)
        _draw(row, -hold.amount)


def lose(row: Chargeback, *, by: Actor) -> list[tuple[UUID, Money]]:
    """The payer has it: what was held is gone. Returns how much of which subject's money that was."""
    lost = []
    for hold in holds(row):
        entry = Entry(
            key=f"chargeback-lost:{hold.id}",
            kind="chargeback_lost",
            legs=[debit(chart.protected(hold.subject_id), hold.amount), credit(chart.CHARGEBACK_WITHHELD, hold.amount)],
            reason="lost at the card, out of protected money",
            subject_id=hold.subject_id,
            evidence={"chargeback_id": str(row.id)},
        )
        reservations.post(db.session.get_one(Reservation, hold.reservation_id), entry, hold.amount, by=by)
        advance(CHARGEBACK_HOLD, hold, "lose", by=by, room_id=hold.subject_id)
        lost.append((hold.subject_id, hold.amount))
    return lost


def _draw(row: Chargeback, amount: Money) -> None:
    draw = LotDraw(
        id=db.new_id(), lot_id=row.lot_id, chargeback_id=row.id, amount_minor=amount.minor, created_at=clock.now()
    )
    db.session.add(draw)
    db.session.flush()
