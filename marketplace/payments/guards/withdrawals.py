"""Payouts above a limit wait for a person of the staff, once each.

Two limits (`limits.py`): what one payee is sent within 24 hours, and, for as long as her first payout is less than a
week old, what she was sent in all. Looked at under a lock on her payout account at the moment a payout would leave, so
that two at once are counted one after the other. What waits stays in the list until staff let it through; two working
days are promised, then the clock starts again and staff are told again. The brand is not told: she has been paid by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db, deadlines
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.guards import limits
from marketplace.payments.guards.approval_events import PayoutLetThrough, PayoutReviewed
from marketplace.payments.models import Payout, PayoutReview, Transfer
from marketplace.payments.states import PayoutState, TransferState

DAY, NEW = timedelta(hours=24), timedelta(days=7)
SENT = (TransferState.SENDING, TransferState.DONE)

LOOK = deadlines.kind(
    "payments.look_at_payout",
    days=2,
    working=True,
    asks="Look at a large payout and send it",
    silence="it goes on waiting, and staff are asked again.",
)


def review(payout: Payout) -> bool:
    """Must this payout wait for staff? Begins the waiting if so. The caller holds the payee's account's lock."""
    known = db.session.get(PayoutReview, payout.id)
    if known is not None:
        return known.let_at is None
    over = _over(payout)
    if over is None:
        return False
    name, limit = over
    row = PayoutReview(
        payout_id=payout.id, why=name, limit_minor=limit.minor, currency=limit.currency, began_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    emit(PayoutReviewed(payout.id, payout.payee_party_id, payout.amount_minor, payout.currency), by=CLOCK)
    ask_staff(payout)
    return True


def _over(payout: Payout) -> tuple[str, Money] | None:
    """The limit this payout would exceed now, by name."""
    leaving = _sum(Transfer.payout_id == payout.id, Transfer.state == TransferState.READY)
    sent = (
        Transfer.state.in_(SENT), Payout.payee_party_id == payout.payee_party_id, Payout.currency == payout.currency
    )  # fmt: skip
    day = limits.of(limits.A_DAY, payout.currency)
    if day is not None and leaving + _sum(*sent, Payout.sent_at > clock.now() - DAY) > day.minor:
        return limits.A_DAY, day
    first = limits.of(limits.FIRST_DAYS, payout.currency)
    if first is not None and _is_new(payout.payee_party_id) and leaving + _sum(*sent) > first.minor:
        return limits.FIRST_DAYS, first
    return None


def _sum(*where: Any) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(Transfer.amount_minor), 0)).join(Payout).where(*where)
    return int(db.session.scalar(query) or 0)


def _is_new(party_id: UUID) -> bool:
    """Was nothing sent to her yet, or the first of it within the last week?"""
    first: datetime | None = db.session.scalar(
        sa.select(sa.func.min(Payout.sent_at)).where(Payout.payee_party_id == party_id)
    )
    return first is None or first > clock.now() - NEW


def ask_staff(payout: Payout) -> None:
    """Into the staff's queue, until somebody has looked."""
    settings = people.instance()
    if settings is None:
        return
    operator = db.session.get_one(Party, settings.operator_party_id)
    deadlines.start(LOOK, owner=operator.id, subject=("payout", payout.id), zone=operator.zone, by=CLOCK)


def ask_again(payout_id: UUID) -> None:
    """Two working days went by: if it still waits, staff are asked again."""
    payout = db.session.get_one(Payout, payout_id)
    if payout.state == PayoutState.WAITING and standing([payout_id]):
        emit(PayoutReviewed(payout.id, payout.payee_party_id, payout.amount_minor, payout.currency), by=CLOCK)
        ask_staff(payout)


def standing(payout_ids: Sequence[UUID]) -> dict[UUID, PayoutReview]:
    """Those of these payouts that wait for staff."""
    query = sa.select(PayoutReview).where(PayoutReview.payout_id.in_(payout_ids), PayoutReview.let_at.is_(None))
    return {row.payout_id: row for row in db.session.scalars(query)}


def looked_at_by(payout_id: UUID) -> datetime | None:
    """Until when staff promise to look."""
    clock_of_it = deadlines.live(LOOK, ("payout", payout_id))
    return clock_of_it.due_at if clock_of_it else None


def waiting() -> list[tuple[Payout, PayoutReview]]:
    """For staff: every payout that waits for them, the oldest first."""
    rows = db.session.execute(
        sa.select(Payout, PayoutReview)
        .join(PayoutReview, PayoutReview.payout_id == Payout.id)
        .where(PayoutReview.let_at.is_(None), Payout.state == PayoutState.WAITING)
        .order_by(PayoutReview.began_at, Payout.id)
        .limit(200)
    )
    return [(row.Payout, row.PayoutReview) for row in rows]


def let_through(payout: Payout, *, by: Actor) -> None:
    """A person has looked: it sets off. Raises `Refused` where nothing waits for that, so a second click does nothing."""
    db.lock(payout)
    row = db.session.get(PayoutReview, payout.id)
    if row is None or row.let_at is not None or payout.state != PayoutState.WAITING:
        raise Refused(_("This payout does not wait for you: it was sent on already, or taken back."))
    row.let_at, row.let_by_user_id = clock.now(), by.user_id
    db.session.flush()
    deadlines.meet(LOOK, ("payout", payout.id), by=by)
    emit(PayoutLetThrough(payout.id, payout.payee_party_id, payout.amount_minor, payout.currency), by=by)


def drop(payout: Payout) -> None:
    """It was taken back whole: nobody needs to look."""
    deadlines.cancel(LOOK, ("payout", payout.id), by=CLOCK)
