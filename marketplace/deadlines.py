"""A clock on every hand-off: who owes what by when, and what happens on silence.

A deadline is due at the end of the Nth day in its owner's zone. Before it: one reminder. After it
the clock emits `DeadlinePassed` and the owning package acts. A paused deadline keeps its
remainder. Ground knows no business: packages declare their kinds with `kind()`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, db, events, jobs
from marketplace.authz import CLOCK, Actor
from marketplace.db import Base, Id
from marketplace.lifecycle import Lifecycle, Move, advance

REMIND_BEFORE = timedelta(hours=24)


class DeadlineState(enum.StrEnum):
    """Where a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    PASSED = "passed"
    CANCELLED = "cancelled"


LIVE = (DeadlineState.RUNNING.value, DeadlineState.PAUSED.value)

DEADLINE = Lifecycle(
    "deadline",
    DeadlineState,
    {
        "meet": Move(
            (DeadlineState.RUNNING, DeadlineState.PAUSED),
            DeadlineState.MET,
            "This clock has already stopped.",
        ),
        "cancel": Move(
            (DeadlineState.RUNNING, DeadlineState.PAUSED),
            DeadlineState.CANCELLED,
            "This clock has already stopped.",
        ),
        "pause": Move((DeadlineState.RUNNING,), DeadlineState.PAUSED, "Only a running clock can be paused."),
        "resume": Move((DeadlineState.PAUSED,), DeadlineState.RUNNING, "This clock is not paused."),
        "pass": Move((DeadlineState.RUNNING,), DeadlineState.PASSED, "This clock has already stopped."),
    },
)


@dataclass(frozen=True)
class Kind:
    """A hand-off: default days, whether weekends count, and its sentences.

    `asks` is what the owner has to do, `awaits` the same as the other side reads it; `silence` what
    happens if she does not, as printed in the contract. All are message ids for gettext. `fixed`: its
    day was announced to everybody alike, so that no holiday moves it for one person. `outlasts`: silence changes
    nothing about it, the thing is owed as before when its time is up.
    """

    name: str
    days: int
    working: bool
    asks: str
    silence: str
    fixed: bool = False
    awaits: str = ""
    outlasts: bool = False

    def words(self, mine: bool) -> str:
        """What the owner is asked to do, or what the other side waits for."""
        return self.asks if mine else self.awaits or self.asks


KINDS: dict[str, Kind] = {}


def kind(
    name: str,
    *,
    days: int,
    asks: str,
    silence: str,
    awaits: str = "",
    working: bool = False,
    fixed: bool = False,
    outlasts: bool = False,
) -> Kind:
    """Declare a kind of hand-off."""
    KINDS[name] = Kind(name, days, working, asks, silence, fixed, awaits, outlasts)
    return KINDS[name]


class Deadline(Base):
    """One running, paused or stopped clock.

    `subject` is the row waited for; `room_id` the application or deal it belongs to. `holds` are the
    reasons it is paused for (a dispute, a holiday): it goes on when the last of them is gone.
    """

    __tablename__ = "deadlines"
    machine = DEADLINE

    id: Mapped[Id]
    kind: Mapped[str]
    state: Mapped[str]
    owner_party_id: Mapped[UUID]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    room_id: Mapped[UUID | None]
    zone: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    remaining_seconds: Mapped[int | None]
    holds: Mapped[list[str]] = mapped_column(default=list, server_default=sa.text("'[]'"))
    reminded_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint("state IN ('running','paused','met','passed','cancelled')", name="state"),
        sa.Index(
            "uq_deadlines_live",
            "kind",
            "subject_type",
            "subject_id",
            unique=True,
            postgresql_where=sa.text("state IN ('running','paused')"),
        ),
        sa.Index("ix_deadlines_due", "due_at", postgresql_where=sa.text("state = 'running'")),
        sa.Index("ix_deadlines_owner", "owner_party_id", "state", "due_at"),
    )

    @property
    def what(self) -> Kind:
        """The declared kind."""
        return KINDS[self.kind]

    @property
    def asks(self) -> bool:
        """Is the thing still asked for? (`asking` is the same in SQL.) A paused clock goes on."""
        return self.state in LIVE or (self.state == DeadlineState.PASSED and self.what.outlasts)


@events.event("deadlines.near", subject="deadline_id", room="room_id")
@dataclass(frozen=True)
class DeadlineNear:
    """Less than a day is left."""

    deadline_id: UUID
    kind: str
    owner_party_id: UUID
    subject_type: str
    subject_id: UUID
    room_id: UUID | None


@events.event("deadlines.passed", subject="deadline_id", room="room_id")
@dataclass(frozen=True)
class DeadlinePassed:
    """Nobody acted in time; the package that owns the kind does what its sentence says."""

    deadline_id: UUID
    kind: str
    owner_party_id: UUID
    subject_type: str
    subject_id: UUID
    room_id: UUID | None


def due(days: int, zone: str, *, working: bool = False, start: datetime | None = None) -> datetime:
    """The end of the Nth day from `start` (now) in `zone`, as an instant."""
    first = (start or clock.now()).astimezone(ZoneInfo(zone)).date()
    last = clock.add_working_days(first, days) if working else first + timedelta(days=days)
    return clock.end_of_day(last, zone)


def start(
    what: Kind,
    *,
    owner: UUID,
    subject: tuple[str, UUID],
    zone: str,
    by: Actor,
    days: int | None = None,
    due_at: datetime | None = None,
    room_id: UUID | None = None,
) -> Deadline:
    """Start a clock on a hand-off; `days` overrides the kind's default, `due_at` is a moment fixed already."""
    row = Deadline(
        id=db.new_id(),
        kind=what.name,
        state=DeadlineState.RUNNING.value,
        owner_party_id=owner,
        subject_type=subject[0],
        subject_id=subject[1],
        room_id=room_id,
        zone=zone,
        started_at=clock.now(),
        due_at=due_at or due(what.days if days is None else days, zone, working=what.working),
        holds=[],
    )
    db.session.add(row)
    db.session.flush()
    return row


def live(what: Kind, subject: tuple[str, UUID]) -> Deadline | None:
    """The running or paused clock of this kind on a subject."""
    return db.session.scalar(
        sa.select(Deadline).where(
            Deadline.kind == what.name,
            Deadline.subject_type == subject[0],
            Deadline.subject_id == subject[1],
            Deadline.state.in_(["running", "paused"]),
        )
    )


def asking() -> sa.ColumnElement[bool]:
    """The clocks whose thing is still asked for: those that run or are paused, and those whose thing outlasts them."""
    outlasting = [one.name for one in KINDS.values() if one.outlasts]
    return sa.or_(Deadline.state.in_(LIVE), sa.and_(Deadline.state == "passed", Deadline.kind.in_(outlasting)))


def newest(what: Kind, subject: tuple[str, UUID]) -> Deadline | None:
    """The latest clock of this kind on a subject, whether it still runs or not."""
    return db.session.scalar(
        sa.select(Deadline)
        .where(Deadline.kind == what.name, Deadline.subject_type == subject[0], Deadline.subject_id == subject[1])
        .order_by(Deadline.id.desc())
        .limit(1)
    )


def meet(what: Kind, subject: tuple[str, UUID], *, by: Actor) -> Deadline | None:
    """The owner did it: stop the clock, if one runs."""
    row = live(what, subject)
    return advance(DEADLINE, row, "meet", by=by, room_id=row.room_id) if row else None


def cancel(what: Kind, subject: tuple[str, UUID], *, by: Actor) -> Deadline | None:
    """Nobody owes this any more: stop the clock, if one runs."""
    row = live(what, subject)
    return advance(DEADLINE, row, "cancel", by=by, room_id=row.room_id) if row else None


def pause(row: Deadline, *, by: Actor, why: str = "", at: datetime | None = None) -> Deadline:
    """Stop the count as of `at` (now) and keep what is left of it. `why` joins the reasons it is on hold for."""
    db.lock(row)
    if row.state != DeadlineState.PAUSED or not why:
        advance(DEADLINE, row, "pause", by=by, room_id=row.room_id)
        left = _on_the_wall(row.due_at, row.zone) - _on_the_wall(at or clock.now(), row.zone)
        row.remaining_seconds = max(0, int(left.total_seconds()))
    if why and why not in row.holds:
        row.holds = [*row.holds, why]
    return row


def resume(row: Deadline, *, by: Actor, why: str = "", at: datetime | None = None) -> Deadline:
    """Count on from where it was paused, as of `at` (now), unless another reason than `why` still holds it."""
    db.lock(row)
    row.holds = [reason for reason in row.holds if reason != why]
    if row.holds:
        return row
    advance(DEADLINE, row, "resume", by=by, room_id=row.room_id)
    ends = _on_the_wall(at or clock.now(), row.zone) + timedelta(seconds=row.remaining_seconds or 0)
    row.due_at = ends.replace(tzinfo=ZoneInfo(row.zone)).astimezone(UTC)
    row.remaining_seconds = None
    return row


def _on_the_wall(moment: datetime, zone: str) -> datetime:
    """What a clock on the owner's wall shows: a day stays a day when summer time begins in between."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def owned_by(party_id: UUID) -> list[Deadline]:
    """Every live clock of a party, in id order."""
    live_ones = Deadline.owner_party_id == party_id, Deadline.state.in_(["running", "paused"])
    return list(db.session.scalars(sa.select(Deadline).where(*live_ones).order_by(Deadline.id)))


def in_rooms(room_ids: list[UUID]) -> list[Deadline]:
    """Every live clock in these rooms, whoever owns it, soonest first."""
    return list(
        db.session.scalars(
            sa.select(Deadline)
            .where(Deadline.room_id.in_(room_ids), Deadline.state.in_(["running", "paused"]))
            .order_by(Deadline.due_at, Deadline.id)
        )
    )


@jobs.job
def sweep() -> None:
    """Remind of what is near and pass what is over. Each row is locked; two sweeps do no harm."""
    for row in _late(Deadline.due_at <= clock.now()):
        facts = _facts(row)
        advance(DEADLINE, row, "pass", by=CLOCK, fact=DeadlinePassed(**facts))
    near = Deadline.due_at <= clock.now() + REMIND_BEFORE
    for row in _late(near, Deadline.reminded_at.is_(None)):
        row.reminded_at = clock.now()
        events.emit(DeadlineNear(**_facts(row)), by=CLOCK)


def _late(*conditions: sa.ColumnElement[bool]) -> list[Deadline]:
    return list(
        db.session.scalars(
            sa.select(Deadline)
            .where(Deadline.state == "running", *conditions)
            .order_by(Deadline.id)
            .limit(500)
            .with_for_update(skip_locked=True)
        )
    )


def _facts(row: Deadline) -> dict:
    return {
        "deadline_id": row.id,
        "kind": row.kind,
        "owner_party_id": row.owner_party_id,
        "subject_type": row.subject_type,
        "subject_id": row.subject_id,
        "room_id": row.room_id,
    }
