"""The operator's own words to everybody: terms of service and a privacy notice, in numbered versions that stay.

Publishing replaces what is in force and deletes nothing. Whoever opens an account agrees to the versions in force at
that moment; which these were is kept with the account. Until something is published there is no page and no link.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from marketplace import clock, db, events
from marketplace.accounts import queries
from marketplace.accounts.events import LegalTextPublished
from marketplace.accounts.models import Instance, LegalAcceptance, LegalText, User
from marketplace.authz import Actor
from marketplace.errors import Refused


class Kind(enum.StrEnum):
    """What a text is; its page stands at this address."""

    TERMS = "terms"
    PRIVACY = "privacy"


TITLES = {Kind.TERMS: _("Terms of service"), Kind.PRIVACY: _("Privacy notice")}


def in_force(settings: Instance | None = None) -> dict[Kind, UUID]:
    """The published texts' ids, terms first; empty where nothing is published yet. No query of its own."""
    settings = settings or queries.instance()
    held = {Kind.TERMS: settings.terms_id, Kind.PRIVACY: settings.privacy_id} if settings else {}
    return {kind: id for kind, id in held.items() if id is not None}


def links() -> list[tuple[Kind, str]]:
    """What there is to read, for the foot of a page and beside a sign-up: kind and title."""
    return [(kind, str(TITLES[kind])) for kind in in_force()]


def current(kind: Kind) -> LegalText | None:
    """The text in force."""
    found = in_force().get(kind)
    return db.session.get(LegalText, found) if found else None


def version(kind: Kind, number: int) -> LegalText | None:
    """One version, in force or not."""
    return db.session.scalar(sa.select(LegalText).where(LegalText.kind == kind.value, LegalText.number == number))


def versions(kind: Kind) -> list[LegalText]:
    """Every version, the newest first."""
    query = sa.select(LegalText).where(LegalText.kind == kind.value).order_by(LegalText.number.desc())
    return list(db.session.scalars(query))


def publish(kind: Kind, text: str, *, by: Actor) -> LegalText:
    """Put a text in force from this moment. Raises Refused (422) when it says what the one in force says."""
    settings = db.lock(db.session.get_one(Instance, 1))
    text, before = text.replace("\r\n", "\n").strip(), current(kind)
    if before is not None and before.text == text:
        raise Refused(gettext("Nothing is different from what is published."), status=422, field="text")
    row = LegalText(
        id=db.new_id(),
        kind=kind.value,
        number=before.number + 1 if before else 1,
        text=text,
        published_at=clock.now(),
        published_by_user_id=by.user_id,
    )
    db.session.add(row)
    db.session.flush()
    setattr(settings, f"{kind.value}_id", row.id)
    events.emit(LegalTextPublished(row.id), by=by)
    return row


def accept(user: User, ids: Iterable[UUID]) -> None:
    """Keep that a person opened her account under these versions."""
    for id in ids:
        db.session.add(LegalAcceptance(user_id=user.id, text_id=id, accepted_at=clock.now()))
    db.session.flush()


def agreed_to_earlier(row: LegalText, *, after: UUID | None, limit: int) -> Sequence[User]:
    """Who opened an account under an earlier version than this, the next `limit` of them by id; no closed account."""
    earlier = (
        sa.exists()
        .where(LegalAcceptance.user_id == User.id, LegalAcceptance.text_id == LegalText.id)
        .where(LegalText.kind == row.kind, LegalText.number < row.number)
    )
    query = sa.select(User).where(earlier, User.disabled_at.is_(None)).order_by(User.id).limit(limit)
    return db.session.scalars(query.where(User.id > after) if after else query).all()


def accepted_by(user_id: UUID) -> list[LegalText]:
    """The versions a person opened her account under."""
    query = sa.select(LegalText).join(LegalAcceptance, LegalAcceptance.text_id == LegalText.id)
    return list(db.session.scalars(query.where(LegalAcceptance.user_id == user_id).order_by(LegalText.id)))
