"""Freezing a subject's protected money: while one stands, nothing of it is released.

A chargeback at the card freezes the deal it paid for; a dispute between two sides does the same by
`begin(..., why="dispute")`. Several may stand at once; money moves again when the last is lifted. How
long money is held is counted all the while (`hold_age.py`).
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.payments.events import FreezeBegan, FreezeLifted
from marketplace.payments.models import Chargeback, Freeze
from marketplace.payments.states import ChargebackState

UNDECIDED = (ChargebackState.OPEN, ChargebackState.ANSWERED)
SENTENCES = {
    "chargeback": "The bank of the card has taken this payment back. Nothing is released until it has decided.",
    "dispute": "A dispute is open on this payment. Nothing is released until it is decided.",
}


class Frozen(Refused):
    """The money stands still. Nothing was written."""


def begin(subject: UUID, *, why: str, ref: UUID, by: Actor) -> None:
    """Freeze a subject for the sake of `ref`. Again for the same two nothing happens."""
    freeze_id = db.new_id()
    row = {"id": freeze_id, "subject_id": subject, "why": why, "ref_id": ref, "began_at": clock.now()}
    fresh = insert(Freeze).values(row).on_conflict_do_nothing().returning(Freeze.id)
    if db.session.scalar(fresh) is not None:
        emit(FreezeBegan(freeze_id, subject, why), by=by)


def lift(ref: UUID, *, by: Actor) -> None:
    """End the freezes that `ref` asked for; the last one on a subject lets its money move again."""
    query = sa.select(Freeze).where(Freeze.ref_id == ref, Freeze.lifted_at.is_(None)).order_by(Freeze.id)
    for row in db.session.scalars(query.with_for_update()).all():
        row.lifted_at = clock.now()
        db.session.flush()
        if standing(row.subject_id) is None:
            emit(FreezeLifted(row.id, row.subject_id, row.why), by=by)


def lift_all(subject: UUID, why: str, *, by: Actor) -> None:
    """End every freeze of one kind on a subject."""
    refs = sa.select(Freeze.ref_id).where(Freeze.subject_id == subject, Freeze.why == why, Freeze.lifted_at.is_(None))
    for ref in db.session.scalars(refs).all():
        lift(ref, by=by)


def standing(subject: UUID) -> Freeze | None:
    """A freeze in force on a subject, the oldest."""
    query = sa.select(Freeze).where(Freeze.subject_id == subject, Freeze.lifted_at.is_(None)).order_by(Freeze.id)
    return db.session.scalar(query.limit(1))


def frozen(subjects: list[UUID]) -> set[UUID]:
    """Those of many subjects on which a freeze stands."""
    query = sa.select(Freeze.subject_id).where(Freeze.subject_id.in_(subjects), Freeze.lifted_at.is_(None))
    return set(db.session.scalars(query))


def refuse_if_frozen(subject: UUID) -> None:
    """Raises `Frozen` while one stands."""
    if found := standing(subject):
        raise Frozen(_(SENTENCES[found.why]))


def lots_at_the_bank() -> sa.Select[UUID]:
    """The lots whose charge is charged back and not decided: nothing of them is sent."""
    return sa.select(Chargeback.lot_id).where(Chargeback.state.in_(UNDECIDED))
