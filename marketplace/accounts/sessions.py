"""Signed-in browsers: one row each, so that any of them, or all, can be ended from anywhere.

The browser holds a random token in its signed cookie; the row holds only the token's digest.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db
from marketplace.accounts.models import User, UserSession
from marketplace.errors import NotThere

LASTS = timedelta(days=60)  # since it was last seen
NOTE_EVERY = timedelta(minutes=5)  # how often `seen_at` is written


def start(user: User, *, strength: str, device: str, party_id: UUID | None = None) -> str:
    """Begin a session and return its token, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    db.session.add(
        UserSession(
            id=db.new_id(),
            token_digest=_digest(token),
            user_id=user.id,
            party_id=party_id,
            strength=strength,
            device=device[:200],
            created_at=moment,
            seen_at=moment,
        )
    )
    db.session.flush()
    return token


def find(token: str) -> tuple[UserSession, User] | None:
    """The living session behind a token and its user, or None."""
    row = db.session.execute(
        sa.select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.token_digest == _digest(token),
            UserSession.ended_at.is_(None),
            UserSession.seen_at > clock.now() - LASTS,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    if row.UserSession.seen_at < clock.now() - NOTE_EVERY:
        row.UserSession.seen_at = clock.now()
    return row.UserSession, row.User


def of(user_id: UUID) -> list[UserSession]:
    """A user's living sessions, the latest seen first."""
    return list(
        db.session.scalars(
            sa.select(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.ended_at.is_(None),
                UserSession.seen_at > clock.now() - LASTS,
            )
            .order_by(UserSession.seen_at.desc(), UserSession.id)
        )
    )


def end(session_id: UUID, user_id: UUID) -> None:
    """End one of a user's sessions. Raises NotThere when it is not hers or has ended."""
    row = db.session.get(UserSession, session_id)
    if row is None or row.user_id != user_id or row.ended_at is not None:
        raise NotThere(gettext("This sign-in has ended already."))
    row.ended_at = clock.now()


def end_all(user_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of a user, except `but`. Returns how many."""
    rows = [row for row in of(user_id) if row.id != but]
    for row in rows:
        row.ended_at = clock.now()
    return len(rows)


def act_for(session_id: UUID, party_id: UUID) -> None:
    """From now on this browser acts for that party (membership is checked by who calls)."""
    db.session.get_one(UserSession, session_id).party_id = party_id


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux",
}  # fmt: skip


def device_words(user_agent: str) -> str:
    """`Firefox on Android`: enough to recognise one's own browser by."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), None)
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), None)
    if browser and system:
        return gettext("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or gettext("An unknown browser")
