"""What a home shows besides its queue: what runs, at a glance. Reads only, scoped to the party."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs.models import Brief
from marketplace.collaborations.models import Application, Deal
from marketplace.creators.models import CreatorProfile, SocialAccount

SHOWN = 5
OPEN_APPLICATION = ("submitted", "shortlisted", "offered", "countered")
OPEN_DEAL = ("signing", "funding", "active")


@dataclass(frozen=True)
class Going:
    """A deal or application under way: its name, the other side, its state and address parts."""

    id: UUID
    kind: str
    title: str
    other: str
    state: str
    since: datetime


@dataclass(frozen=True)
class BriefLine:
    """A brief of the brand and how many applications it has."""

    brief: Brief
    waiting: int
    total: int


def going(actor: Actor) -> list[Going]:
    """Open deals, then open applications, newest first."""
    mine, theirs = ("creator", "brand") if actor.party_kind == "creator" else ("brand", "creator")
    deals = _open(Deal, "deal", mine, theirs, OPEN_DEAL, actor, Deal.title)
    applications = _open(Application, "application", mine, theirs, OPEN_APPLICATION, actor, Brief.title)
    return deals + applications


def _open(
    model: type[Deal] | type[Application],
    kind: str,
    mine: str,
    theirs: str,
    states: tuple[str, ...],
    actor: Actor,
    title: sa.SQLColumnExpression[str],
) -> list[Going]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(model.id, title.label("title"), Party.name, model.state, model.created_at)
        .join(Brief, Brief.id == model.brief_id)
        .join(Party, Party.id == getattr(model, f"{theirs}_party_id"))
        .where(getattr(model, f"{mine}_party_id") == actor.party_id, model.state.in_(states))
        .order_by(model.created_at.desc())
        .limit(SHOWN)
    )
    return [Going(row.id, kind, row.title, row.name, row.state, row.created_at) for row in db.session.execute(query)]


def briefs_of(party_id: UUID | None) -> list[BriefLine]:
    """A brand's live briefs with their applications counted."""
    waiting = sa.func.count().filter(Application.state == "submitted")
    query = (
        sa.select(Brief, waiting.label("waiting"), sa.func.count(Application.id).label("total"))
        .outerjoin(Application, Application.brief_id == Brief.id)
        .where(Brief.brand_party_id == party_id, Brief.state.in_(["draft", "published", "paused"]))
        .group_by(Brief.id)
        .order_by(Brief.created_at.desc())
        .limit(SHOWN)
    )
    return [BriefLine(row.Brief, row.waiting, row.total) for row in db.session.execute(query)]


def matching(actor: Actor) -> list[tuple[Brief, str]]:
    """Open briefs in the creator's niches or on her platforms, newest first, with the brand's name."""
    niches = sa.select(CreatorProfile.niches).where(CreatorProfile.party_id == actor.party_id).scalar_subquery()
    platforms = sa.select(sa.func.array_agg(sa.cast(SocialAccount.platform, sa.Text))).where(
        SocialAccount.party_id == actor.party_id
    )
    applied = sa.select(Application.brief_id).where(Application.creator_party_id == actor.party_id)
    query = (
        sa.select(Brief, Party.name)
        .join(Party, Party.id == Brief.brand_party_id)
        .where(
            Brief.state == "published",
            Brief.private.is_(False),
            sa.or_(Brief.apply_by.is_(None), Brief.apply_by >= clock.today(actor.zone)),
            sa.or_(Brief.niches.op("&&")(niches), Brief.platforms.op("&&")(platforms.scalar_subquery())),
            Brief.id.not_in(applied),
        )
        .order_by(Brief.published_at.desc())
        .limit(SHOWN)
    )
    return [(row.Brief, row.name) for row in db.session.execute(query)]
