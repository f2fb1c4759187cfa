"""One question: may I use this, here, in this way, on this day? Yes or no, with the clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from flask_babel import format_date, gettext
from sqlalchemy.orm import joinedload, selectinload

from marketplace import db
from marketplace.authz import Actor
from marketplace.collaborations import wording
from marketplace.collaborations.models import Deal
from marketplace.content.models import Deliverable
from marketplace.rights.models import Grant, Licence, Window


@dataclass(frozen=True)
class Answer:
    """`yes` and the clause it rests on, a sentence; `until` is the last day, if there is one."""

    yes: bool
    clause: str
    until: date | None = None


def of_deal(actor: Actor, deal_id: UUID) -> Licence | None:
    """The licence of one of the actor's deals, with grants and windows."""
    return db.session.scalar(_whole(actor).where(Licence.deal_id == deal_id))


def licences_of(actor: Actor, limit: int = 100) -> list[Licence]:
    """Every licence the actor's party gave or got, newest first."""
    return list(db.session.scalars(_whole(actor).order_by(Licence.id.desc()).limit(limit)))


def may_use(piece: Deliverable, use: str, territory: str, day: date) -> Answer:
    """May the brand use a piece in this way, in this country (ISO code or `worldwide`), on this day?"""
    found = db.session.execute(
        sa.select(Grant, Window)
        .join(Licence, Licence.id == Grant.licence_id)
        .outerjoin(Window, sa.and_(Window.grant_id == Grant.id, Window.deliverable_id == piece.id))
        .where(Licence.deal_id == piece.deal_id, Grant.use == use)
        .order_by(Grant.position, Window.starts_on)
    ).all()
    newest = {grant.id: (grant, window if piece.published_at else None) for grant, window in found}
    rows = list(newest.values())
    if not rows:
        return Answer(False, gettext("%(use)s was not granted in this deal.", use=wording.use(use)))
    here = [(grant, window) for grant, window in rows if grant.territory in ("worldwide", territory)]
    if not here:
        places = ", ".join(wording.territory(grant.territory) for grant, _ in rows)
        return Answer(False, gettext("%(use)s is granted for %(places)s only.", use=wording.use(use), places=places))
    answers = [_on(grant, window, day) for grant, window in here]
    return next((answer for answer in answers if answer.yes), answers[0])


def _on(grant: Grant, window: Window | None, day: date) -> Answer:
    clause = gettext(
        "Section 5, right %(n)s: %(words)s",
        n=grant.position,
        words=", ".join([wording.use(grant.use), wording.territory(grant.territory), wording.days(grant.days)]),
    )
    if window is None:
        return Answer(False, gettext("%(clause)s. It begins when the piece is published.", clause=clause))
    if day < window.starts_on:
        begins = format_date(window.starts_on)
        return Answer(False, gettext("%(clause)s. It began on %(day)s.", clause=clause, day=begins))
    if window.ends_on and day > window.ends_on:
        ended = format_date(window.ends_on)
        return Answer(False, gettext("%(clause)s. It ended on %(day)s.", clause=clause, day=ended), window.ends_on)
    return Answer(True, clause + ".", window.ends_on)


def _whole(actor: Actor) -> sa.Select[Licence]:
    return (
        sa.select(Licence)
        .options(
            joinedload(Licence.deal).options(joinedload(Deal.creator), joinedload(Deal.brand)),
            selectinload(Licence.grants).selectinload(Grant.windows).joinedload(Window.deliverable),
        )
        .where(sa.or_(Licence.creator_party_id == actor.party_id, Licence.brand_party_id == actor.party_id))
    )
