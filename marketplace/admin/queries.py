"""What runs, what waits and what is parked; brands and their verification."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import redis
import sqlalchemy as sa
from flask import current_app

from marketplace import db, jobs
from marketplace.accounts.models import Party, PartyKind
from marketplace.admin import job_words
from marketplace.admin.job_words import JobLine
from marketplace.authz import Actor
from marketplace.brands.models import BrandProfile, BrandRename
from marketplace.events import Event, EventDelivery
from marketplace.notifications.models import Mail


@dataclass(frozen=True)
class Work:
    """The state of the background: `waiting` is None when Redis is away."""

    waiting: int | None
    late: int
    parked: list[tuple[EventDelivery, Event]]
    parked_mail: list[Mail]
    schedule: list[JobLine]

    @property
    def failing(self) -> int:
        """How many jobs keep failing."""
        return sum(line.run is not None and line.run.failures >= jobs.KEEPS_FAILING for line in self.schedule)


def work() -> Work:
    """Everything the jobs screen shows; the latest 100 parked rows."""
    try:
        waiting: int | None = jobs.queue().count
    except redis.RedisError:
        waiting = None
    open_ = EventDelivery.delivered_at.is_(None), EventDelivery.parked_at.is_(None)
    late = db.session.scalar(sa.select(sa.func.count()).select_from(EventDelivery).where(*open_))
    parked = db.session.execute(
        sa.select(EventDelivery, Event)
        .join(Event, Event.id == EventDelivery.event_id)
        .where(EventDelivery.parked_at.is_not(None))
        .order_by(EventDelivery.parked_at.desc())
        .limit(100)
    )
    mails = db.session.scalars(
        sa.select(Mail).where(Mail.parked_at.is_not(None)).order_by(Mail.parked_at.desc()).limit(100)
    )
    return Work(
        waiting=waiting,
        late=late or 0,
        parked=[(row.EventDelivery, row.Event) for row in parked],
        parked_mail=list(mails),
        schedule=job_words.lines(current_app.extensions["schedule"]()),
    )


def parked_delivery(actor: Actor, delivery_id: UUID) -> EventDelivery | None:
    """A parked delivery, for staff."""
    row = db.session.get(EventDelivery, delivery_id)
    return row if row is not None and row.parked_at and actor.is_a(PartyKind.OPERATOR) else None


def parked_mail(actor: Actor, mail_id: UUID) -> Mail | None:
    """A parked message, for staff."""
    row = db.session.get(Mail, mail_id)
    return row if row is not None and row.parked_at and actor.is_a(PartyKind.OPERATOR) else None


def brands() -> list[tuple[Party, BrandProfile | None]]:
    """Every brand with its profile, the unverified first, then by name."""
    rows = db.session.execute(
        sa.select(Party, BrandProfile)
        .outerjoin(BrandProfile, BrandProfile.party_id == Party.id)
        .where(Party.kind == PartyKind.BRAND)
        .order_by(BrandProfile.verified_at.is_not(None), sa.func.lower(Party.name), Party.id)
        .limit(500)
    )
    return [(row.Party, row.BrandProfile) for row in rows]


def brand(actor: Actor, party_id: UUID) -> Party | None:
    """A brand, for staff."""
    row = db.session.get(Party, party_id)
    return row if row is not None and row.kind == PartyKind.BRAND and actor.is_a(PartyKind.OPERATOR) else None


def rename(actor: Actor, party_id: UUID, rename_id: UUID) -> BrandRename | None:
    """A name that a brand has asked for, for staff."""
    row = db.session.get(BrandRename, rename_id)
    return row if row is not None and row.party_id == party_id and actor.is_a(PartyKind.OPERATOR) else None


def renaming() -> set[UUID]:
    """The brands that wait for an answer to a new name."""
    return set(db.session.scalars(sa.select(BrandRename.party_id).where(BrandRename.decided_at.is_(None))))
