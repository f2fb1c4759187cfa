"""Reading what a person was told. Always her own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.authz import Actor
from marketplace.deadlines import Deadline
from marketplace.notifications.models import Mail, Notification, NotificationSettings

A_PAGE = 30

PAGE = sa.func.split_part(sa.func.split_part(Notification.link, "#", 1), "?", 1)


def _asked() -> sa.Exists:
    """Is the thing still asked for, and of the party that was told? The turn may have passed to the other side."""
    own = Deadline.id == Notification.deadline_id, Deadline.owner_party_id == Notification.party_id
    return sa.exists().where(*own, deadlines.asking())


def is_unread() -> sa.ColumnElement[bool]:
    """What a person has still to read: what asks for nothing, or for something that nobody has done yet."""
    return sa.and_(Notification.read_at.is_(None), sa.or_(Notification.deadline_id.is_(None), _asked()))


def is_settled() -> sa.ColumnElement[bool]:
    """What nobody has read and nobody needs to: it asks for something that is done, or too late."""
    return sa.and_(Notification.read_at.is_(None), Notification.deadline_id.is_not(None), ~_asked())


def page(actor: Actor, number: int) -> tuple[list[tuple[Notification, bool]], int]:
    """One page of the actor's lines, the newest first, each with whether it is unread; and how many pages there are."""
    total = db.session.scalar(
        sa.select(sa.func.count()).select_from(Notification).where(Notification.user_id == actor.user_id)
    )
    pages = max(1, -(-(total or 0) // A_PAGE))
    rows = db.session.execute(
        sa.select(Notification, is_unread().label("unread"))
        .where(Notification.user_id == actor.user_id)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .offset((min(number, pages) - 1) * A_PAGE)
        .limit(A_PAGE)
    )
    return [(row.Notification, row.unread) for row in rows], pages


def unread(actor: Actor, pages: Sequence[str] = ()) -> tuple[int, int]:
    """How many lines the actor has not read, and how many of these lead to one of `pages`. One query."""
    counts = sa.select(sa.func.count(), sa.func.count().filter(PAGE.in_(pages))).select_from(Notification)
    total, here = db.session.execute(counts.where(Notification.user_id == actor.user_id, is_unread())).one()
    return total, here


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
