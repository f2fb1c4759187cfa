"""One mail a day with everything that did not mail at once and is still to be read, at the hour a person chose."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import current_app

from marketplace import clock, db, jobs
from marketplace.accounts.models import User
from marketplace.notifications import queries, service, tell
from marketplace.notifications.models import Notification

MOST_LINES = 50


@jobs.job
def sweep() -> None:
    """Line up a digest for everybody who has unmailed, unread lines and whose hour has come."""
    service.settle()
    waiting = db.session.scalars(
        sa.select(Notification.user_id).where(Notification.mailed_at.is_(None), queries.is_unread()).distinct()
    )
    for user_id in waiting:
        jobs.enqueue(send, user_id)


@jobs.job
def send(user_id: UUID) -> None:
    """Write one person's digest, once a day; nothing when it is not her hour or she is away."""
    user = db.lock(db.session.get_one(User, user_id))
    settings = queries.settings(user.id)
    local = clock.now().astimezone(ZoneInfo(user.zone))
    off = not settings.digest or user.email is None or user.disabled_at is not None
    if off or local.hour < settings.digest_hour or settings.digested_on == local.date() or tell.away(user):
        return
    lines = _lines(user.id)
    if not lines or user.email is None:
        return
    tell.mail(
        user.email,
        "digest",
        "/notifications",
        language=user.language,
        lines=lines,
        base=current_app.config["BASE_URL"],
    )
    for line in lines:
        line.mailed_at = clock.now()
    settings.digested_on = local.date()
    db.session.add(settings)


def _lines(user_id: UUID) -> list[Notification]:
    return list(
        db.session.scalars(
            sa.select(Notification)
            .where(Notification.user_id == user_id, Notification.mailed_at.is_(None), queries.is_unread())
            .order_by(Notification.created_at, Notification.id)
            .limit(MOST_LINES)
        )
    )
