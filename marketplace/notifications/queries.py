"""Reading what a person was told. Always her own."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.authz import Actor
from marketplace.notifications.models import Mail, Notification, NotificationSettings

A_PAGE = 30


def page(actor: Actor, number: int) -> tuple[list[Notification], int]:
    """One page of the actor's lines, the newest first, and how many pages there are."""
    total = db.session.scalar(
        sa.select(sa.func.count()).select_from(Notification).where(Notification.user_id == actor.user_id)
    )
    pages = max(1, -(-(total or 0) // A_PAGE))
    rows = db.session.scalars(
        sa.select(Notification)
        .where(Notification.user_id == actor.user_id)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .offset((min(number, pages) - 1) * A_PAGE)
        .limit(A_PAGE)
    )
    return list(rows), pages


def unread(actor: Actor) -> int:
    """How many of the actor's lines she has not read."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Notification)
            .where(Notification.user_id == actor.user_id, Notification.read_at.is_(None))
        )
        or 0
    )


def own(actor: Actor, notification_id: UUID) -> Notification | None:
    """One of the actor's lines."""
    row = db.session.get(Notification, notification_id)
    return row if row is not None and row.user_id == actor.user_id else None


def settings(user_id: UUID) -> NotificationSettings:
    """A user's settings; the defaults (not stored) where she has chosen nothing."""
    return db.session.get(NotificationSettings, user_id) or NotificationSettings(
        user_id=user_id, digest=True, digest_hour=8
    )


def mails(limit: int = 100) -> list[Mail]:
    """The newest messages of the outbox, for the development mailbox."""
    return list(db.session.scalars(sa.select(Mail).order_by(Mail.created_at.desc(), Mail.id.desc()).limit(limit)))


def mail(_actor: Actor, mail_id: UUID) -> Mail | None:
    """One message of the outbox, for the development mailbox."""
    return db.session.get(Mail, mail_id)
