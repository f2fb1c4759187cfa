"""Facts: the audit trail and the outbox, one insert-only table.

`emit()` inserts in the current transaction, together with one delivery row for each reaction.
After commit a job delivers; a sweep re-delivers what a killed worker or a flushed Redis lost.
A reaction and its delivery mark commit together, so a reaction's own writes happen once; what it
does outside the database may happen again and must bear it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, get_type_hints
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, db, jobs
from marketplace.authz import Actor
from marketplace.db import Base, Id, Json

log = structlog.get_logger()
PARK_AFTER = 8  # attempts; then a person looks
Reaction = Callable[..., None]

_classes: dict[str, type] = {}
_reactions: dict[type, tuple[Reaction, ...]] = {}
_by_name: dict[str, Reaction] = {}


class Event(Base):
    """One fact. Never updated, never deleted (the application's role may only insert and read).

    `subject` is the row the fact is about; `room_id` is the application or deal whose timeline
    shows it. Ids only: names and addresses live in erasable rows.
    """

    __tablename__ = "events"

    id: Mapped[Id]
    name: Mapped[str]
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_user_id: Mapped[UUID | None]
    actor_party_id: Mapped[UUID | None]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    room_id: Mapped[UUID | None]
    data: Mapped[Json]

    __table_args__ = (
        sa.Index("ix_events_room", "room_id", "occurred_at"),
        sa.Index("ix_events_subject", "subject_type", "subject_id", "occurred_at"),
    )


class EventDelivery(Base):
    """One reaction's progress with one event."""

    __tablename__ = "event_deliveries"

    id: Mapped[Id]
    event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("events.id"))
    reaction: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("event_id", "reaction"),
        sa.Index(
            "ix_event_deliveries_due",
            "next_attempt_at",
            postgresql_where=sa.text("delivered_at IS NULL AND parked_at IS NULL"),
        ),
    )


def event(name: str, *, subject: str, room: str | None = None) -> Callable[[type], type]:
    """Declare a fact: a frozen dataclass named in the past tense.

    `name` is `package.what_happened`; `subject` names the field holding the subject's id (its type
    is the field without `_id`), `room` the field holding the application or deal it belongs to.
    """

    def declare(cls: type) -> type:
        cls.event_name = name  # type: ignore[attr-defined]  # our mark
        cls.subject_field = subject  # type: ignore[attr-defined]  # our mark
        cls.room_field = room  # type: ignore[attr-defined]  # our mark
        _classes[name] = cls
        return cls

    return declare


def install(reactions: Mapping[type, tuple[Reaction, ...]]) -> None:
    """The app's whole map of who reacts to what."""
    _reactions.clear()
    _by_name.clear()
    for cls, functions in reactions.items():
        _reactions[cls] = functions
        for function in functions:
            _by_name[reaction_name(function)] = function


def reaction_name(function: Reaction) -> str:
    """`notifications.reactions.tell_brand`: stable as long as the function keeps its place."""
    return f"{function.__module__.removeprefix('marketplace.')}.{function.__qualname__}"


def declared() -> dict[str, type]:
    """Every declared fact by name."""
    return dict(_classes)


def reactions_to(cls: type) -> tuple[Reaction, ...]:
    """Who reacts to a fact."""
    return _reactions.get(cls, ())


def emit(fact: Any, *, by: Actor, moved: dict[str, str] | None = None) -> Event:
    """Record a fact in the current transaction and line up its reactions.

    `moved` is added by `lifecycle.advance`: the machine, the move and both states.
    """
    cls = type(fact)
    data = {field.name: _pack(getattr(fact, field.name)) for field in dataclasses.fields(fact)}
    room = getattr(fact, cls.room_field) if cls.room_field else None
    row = _insert(
        cls.event_name,
        by,
        subject=(cls.subject_field.removesuffix("_id"), getattr(fact, cls.subject_field)),
        room=room,
        data=data | ({"moved": moved} if moved else {}),
    )
    for function in _reactions.get(cls, ()):
        delivery = EventDelivery(
            id=db.new_id(),
            event_id=row.id,
            reaction=reaction_name(function),
            next_attempt_at=clock.now(),
        )
        db.session.add(delivery)
        jobs.enqueue(deliver, delivery.id)
    return row


def record(name: str, *, by: Actor, subject: tuple[str, UUID], data: dict[str, Any]) -> Event:
    """An audit entry nothing reacts to: a state's move without a declared fact."""
    return _insert(name, by, subject=subject, room=data.pop("room_id", None), data=data)


def _insert(name: str, by: Actor, *, subject: tuple[str, UUID], room: UUID | None, data: dict[str, Any]) -> Event:
    row = Event(
        id=db.new_id(),
        name=name,
        occurred_at=clock.now(),
        actor_kind=by.kind,
        actor_user_id=by.user_id,
        actor_party_id=by.party_id,
        subject_type=subject[0],
        subject_id=subject[1],
        room_id=room,
        data=data,
    )
    db.session.add(row)
    db.session.flush()
    return row


def fact_of(row: Event) -> Any:
    """The dataclass a row was written from. Raises KeyError for a plain audit entry."""
    cls = _classes[row.name]
    hints = get_type_hints(cls)
    return cls(
        **{field.name: _unpack(row.data.get(field.name), hints[field.name]) for field in dataclasses.fields(cls)}
    )


@jobs.job
def deliver(delivery_id: UUID) -> None:
    """Run one reaction and mark it, in one transaction. A failure is noted and tried later."""
    delivery = db.session.scalar(
        sa.select(EventDelivery)
        .where(EventDelivery.id == delivery_id, EventDelivery.delivered_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    if delivery is None or delivery.parked_at is not None:
        return
    row = db.session.get_one(Event, delivery.event_id)
    try:
        with db.session.begin_nested():
            _by_name[delivery.reaction](fact_of(row))
            db.session.flush()
    except Exception as problem:
        _postpone(delivery, problem)
    else:
        delivery.delivered_at = clock.now()


def _postpone(delivery: EventDelivery, problem: Exception) -> None:
    """Note the failure; try again after 2, 4, 8 … minutes; park after the last attempt."""
    delivery.attempts += 1
    delivery.last_error = f"{type(problem).__name__}: {problem}"[:2000]
    delivery.next_attempt_at = clock.now() + timedelta(minutes=2**delivery.attempts)
    if delivery.attempts >= PARK_AFTER:
        delivery.parked_at = clock.now()
    log.error("reaction_failed", delivery=str(delivery.id), attempts=delivery.attempts, exc_info=problem)


@jobs.job
def sweep() -> None:
    """Line up again every delivery past its time: Redis is a hint, this table the record."""
    late = db.session.scalars(
        sa.select(EventDelivery.id)
        .where(
            EventDelivery.delivered_at.is_(None),
            EventDelivery.parked_at.is_(None),
            EventDelivery.next_attempt_at <= clock.now() - timedelta(seconds=20),
        )
        .order_by(EventDelivery.next_attempt_at)
        .limit(1000)
    )
    for delivery_id in late:
        jobs.enqueue(deliver, delivery_id)


def _pack(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _unpack(value: Any, hint: Any) -> Any:
    if value is None:
        return None
    options = getattr(hint, "__args__", (hint,))
    if UUID in options:
        return UUID(value)
    if datetime in options:
        return datetime.fromisoformat(value)
    return value
