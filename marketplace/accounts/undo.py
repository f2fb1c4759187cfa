"""Undoing a change that somebody else made: from the old address, by a signed link that works once.

Whoever changed it knew the password and had a sign-in. So an undo ends every sign-in and makes the
password fit no more; a new one is chosen by a code that goes to the old address.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer

from marketplace import clock, db, events
from marketplace.accounts import queries, service, sessions
from marketplace.accounts.events import EmailRestored
from marketplace.accounts.models import EmailChange, Membership, User
from marketplace.errors import NotThere, Refused

LASTS = timedelta(hours=72)  # how long a change can be undone, and how long it keeps payouts back


def token(what: str, id: UUID) -> str:
    """The signed part of an undo link; `what` names the kind of change."""
    return _signer(what).dumps(db.short(id))


def signed_id(what: str, token: str) -> UUID:
    """The id in an undo link. Raises NotThere for one that we did not sign."""
    try:
        return db.long(_signer(what).loads(token))
    except (BadSignature, ValueError, TypeError):
        raise NotThere(gettext("This link is not whole. Copy all of it from the mail.")) from None


def _signer(what: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"undo {what}")


def remember_email(user: User) -> EmailChange:
    """Keep the address a user is about to leave."""
    row = EmailChange(id=db.new_id(), user_id=user.id, old_email=user.email, changed_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row


def email_change(token: str) -> EmailChange:
    """The change behind a link. Raises NotThere."""
    row = db.session.get(EmailChange, signed_id("e-mail", token))
    if row is None:
        raise NotThere()
    return row


def refuse_if_over(changed_at: datetime, undone_at: datetime | None) -> None:
    """Raises Refused for a link that was used, or is older than 72 hours."""
    if undone_at is not None:
        raise Refused(gettext("This was undone already; the link works once."))
    if clock.now() >= changed_at + LASTS:
        raise Refused(gettext("This link is older than 72 hours. Write to us, and we look at it together."))


def undo_email(row: EmailChange) -> User:
    """Give the old address back, take back later changes too, and lock everybody out. Raises Refused."""
    db.lock(row)
    refuse_if_over(row.changed_at, row.undone_at)
    user = db.lock(db.session.get_one(User, row.user_id))
    holder = queries.user_by_email(row.old_email or "")
    if row.old_email is None or (holder is not None and holder.id != user.id):
        raise Refused(gettext("The old address belongs to another account by now. Write to us."))
    user.email = row.old_email
    db.session.execute(
        sa.update(EmailChange)
        .where(
            EmailChange.user_id == user.id, EmailChange.changed_at >= row.changed_at, EmailChange.undone_at.is_(None)
        )
        .values(undone_at=clock.now())
    )
    db.session.expire(row)
    lock_out(user)
    events.emit(EmailRestored(user.id), by=service.acting(user))
    return user


def lock_out(user: User) -> None:
    """End every sign-in; the password fits no more, a new one is chosen by a code."""
    sessions.end_all(user.id)
    user.password_hash = None


def recent_email_change(party_id: UUID) -> EmailChange | None:
    """The latest change of a member's address that is younger than 72 hours and was not undone."""
    query = (
        sa.select(EmailChange)
        .join(Membership, Membership.user_id == EmailChange.user_id)
        .where(
            Membership.party_id == party_id,
            EmailChange.undone_at.is_(None),
            EmailChange.changed_at > clock.now() - LASTS,
        )
        .order_by(EmailChange.changed_at.desc())
    )
    return db.session.scalar(query.limit(1))


def addresses(user: User) -> list[str]:
    """Where a warning must go: the present address and those she left within 72 hours."""
    query = sa.select(EmailChange.old_email).where(
        EmailChange.user_id == user.id,
        EmailChange.undone_at.is_(None),
        EmailChange.changed_at > clock.now() - LASTS,
    )
    return [one for one in dict.fromkeys([user.email, *db.session.scalars(query)]) if one]
