"""What a person does with what she was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.notifications import queries
from marketplace.notifications.models import Notification, NotificationSettings


def read(row: Notification) -> None:
    """She has seen it."""
    row.read_at = row.read_at or clock.now()


def read_all(actor: Actor) -> None:
    """She has seen everything."""
    db.session.execute(
        sa.update(Notification)
        .where(Notification.user_id == actor.user_id, Notification.read_at.is_(None))
        .values(read_at=clock.now())
    )


def read_here(actor: Actor, pages: Sequence[str]) -> None:
    """She has opened these pages: what led to them has been seen."""
    db.session.execute(
        sa.update(Notification)
        .where(Notification.user_id == actor.user_id, Notification.read_at.is_(None), queries.PAGE.in_(pages))
        .values(read_at=clock.now())
    )


def settle() -> None:
    """Write down as read what asked for something that is done by now, so that nobody looks through it again."""
    db.session.execute(sa.update(Notification).where(queries.is_settled()).values(read_at=clock.now()))


def done(party_id: UUID, *asked: str, link: str | None = None) -> None:
    """What these events asked of a party (behind `link`) is done: its whole team need not read it any more.

    For what has no clock; what has one is settled by it.
    """
    lines = [Notification.party_id == party_id, Notification.event.in_(asked), Notification.read_at.is_(None)]
    if link is not None:
        lines.append(Notification.link == link)
    db.session.execute(sa.update(Notification).where(*lines).values(read_at=clock.now()))


def choose(actor: Actor, *, digest: bool, digest_hour: int, away_until: date | None) -> NotificationSettings:
    """Keep when the digest comes and until when nothing reminds."""
    if actor.user_id is None:
        raise ValueError("Only a person has notification settings.")
    row = queries.settings(actor.user_id)
    row.digest, row.digest_hour, row.away_until = digest, digest_hour, away_until
    db.session.add(row)
    db.session.flush()
    return row
