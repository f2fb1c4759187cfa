"""Reading briefs: one's own, those one may see, and the ones that fit a search."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.brands import queries as brands
from marketplace.briefs import head_count, parts
from marketplace.briefs.models import Brief, Invite
from marketplace.terms.models import TermsVersion

SEEN = ("published", "paused", "closed")
PAGE = 20


def own_brief(actor: Actor, brief_id: UUID) -> Brief | None:
    """A brief of the actor's brand, in any state."""
    return db.session.scalar(_whole().where(Brief.id == brief_id, Brief.brand_party_id == actor.party_id))


def own_briefs(actor: Actor, states: tuple[str, ...] = ()) -> list[Brief]:
    """The brand's briefs, newest first."""
    query = _whole().where(Brief.brand_party_id == actor.party_id).order_by(Brief.id.desc())
    return list(db.session.scalars(query.where(Brief.state.in_(states)) if states else query))


def visible_brief(actor: Actor, brief_id: UUID) -> Brief | None:
    """A brief the actor may read: public ones once published, private ones when invited, its own always."""
    return db.session.scalar(_whole().where(Brief.id == brief_id, _visible_to(actor)))


def may_apply(brief: Brief) -> bool:
    """Is it open for applications at this moment, with a place left?"""
    return in_time(brief) and not is_full(brief)


def in_time(brief: Brief) -> bool:
    """Is it published, with its last day to apply still to come?"""
    over = brief.apply_by and brief.apply_by < clock.today(brief.brand.zone)
    return brief.state == "published" and not over


def is_full(brief: Brief) -> bool:
    """Has a deal taken every place?"""
    return not head_count.of(brief).free(brief.head_count)


def lacks_links(brief: Brief, body: dict[str, Any]) -> bool:
    """Does it pay a commission while its brand has no proven domain, so that a tracking link may lead nowhere?"""
    return parts.part(body, "commission") is not None and not brands.proven_domains(brief.brand_party_id)


def invited(brief: Brief) -> list[tuple[Invite, Party]]:
    """Who was invited, newest first."""
    rows = db.session.execute(
        sa.select(Invite, Party)
        .join(Party, Party.id == Invite.creator_party_id)
        .where(Invite.brief_id == brief.id)
        .order_by(Invite.id.desc())
    )
    return [(invite, party) for invite, party in rows]


def invitations(actor: Actor) -> list[Brief]:
    """Open briefs the acting creator was invited to, newest invitation first."""
    return list(
        db.session.scalars(
            _whole()
            .join(Invite, Invite.brief_id == Brief.id)
            .where(Invite.creator_party_id == actor.party_id, Brief.state == "published")
            .order_by(Invite.id.desc())
        )
    )


def open_of_brand(party_id: UUID, limit: int = 12) -> list[Brief]:
    """A brand's open public briefs, newest first."""
    return list(
        db.session.scalars(
            _whole()
            .where(Brief.brand_party_id == party_id, *_open())
            .order_by(Brief.published_at.desc(), Brief.id.desc())
            .limit(limit)
        )
    )


def published_of(party_id: UUID) -> list[Brief]:
    """Every brief of a brand that takes applications, private ones too."""
    return list(db.session.scalars(_whole().where(Brief.brand_party_id == party_id, Brief.state == "published")))


def versions(brief: Brief) -> list[TermsVersion]:
    """Every published version of a brief, oldest first."""
    if brief.version is None:
        return []
    return list(
        db.session.scalars(
            sa.select(TermsVersion)
            .where(TermsVersion.document_id == brief.version.document_id, TermsVersion.kind == "brief")
            .order_by(TermsVersion.number)
        )
    )


def product_names(body: dict[str, Any]) -> dict[str, str]:
    """Names of the products a body speaks of, by id as text."""
    ids = {UUID(i) for i in body["products"]}
    gift = parts.part(body, "gift")
    if gift and gift.get("product_id"):
        ids.add(UUID(gift["product_id"]))
    return {str(key): row.name for key, row in brands.products_by_id(list(ids)).items()} if ids else {}


def past_apply_by(moment: datetime, limit: int = 500) -> list[UUID]:
    """Briefs whose last day to apply is over in their brand's zone."""
    today = sa.cast(sa.func.timezone(Party.zone, sa.literal(moment.astimezone(UTC))), sa.Date)
    return list(
        db.session.scalars(
            sa.select(Brief.id)
            .join(Party, Party.id == Brief.brand_party_id)
            .where(Brief.state.in_(("published", "paused")), Brief.apply_by < today)
            .order_by(Brief.id)
            .limit(limit)
        )
    )


@dataclass(frozen=True)
class Search:
    """What a person looks for among open briefs. `min_fee` in minor units; `after` is a page's mark."""

    words: str = ""
    kinds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    niches: tuple[str, ...] = ()
    country: str = ""
    min_fee: int | None = None
    apply_from: date | None = None
    after: tuple[datetime, UUID] | None = None


@dataclass(frozen=True)
class Found:
    """One page of results; `total` counts all pages; `next` is the mark of the next page, if any."""

    briefs: list[Brief] = field(default_factory=list)
    total: int = 0
    next: tuple[datetime, UUID] | None = None


def search(wanted: Search, limit: int = PAGE) -> Found:
    """Open public briefs that fit, newest first, a page at a time by keyset."""
    fits = [*_open(), *_conditions(wanted)]
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Brief).where(*fits)) or 0
    query = _whole().where(*fits).order_by(Brief.published_at.desc(), Brief.id.desc()).limit(limit + 1)
    if wanted.after:
        query = query.where(sa.tuple_(Brief.published_at, Brief.id) < sa.tuple_(*map(sa.literal, wanted.after)))
    rows = list(db.session.scalars(query))
    last = rows[limit - 1] if len(rows) > limit else None
    mark = (last.published_at, last.id) if last and last.published_at else None
    return Found(rows[:limit], total, mark)


def _conditions(wanted: Search) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.words:
        found.append(Brief.search.op("@@")(sa.func.websearch_to_tsquery("simple", wanted.words)))
    for column, values in ((Brief.kinds, wanted.kinds), (Brief.platforms, wanted.platforms)):
        if values:
            found.append(column.op("&&")(sa.cast(list(values), column.type)))
    if wanted.niches:
        found.append(Brief.niches.op("&&")(sa.cast(list(wanted.niches), Brief.niches.type)))
    if wanted.country:
        anywhere = sa.func.cardinality(Brief.countries) == 0
        found.append(sa.or_(anywhere, sa.literal(wanted.country) == sa.func.any(Brief.countries)))
    if wanted.min_fee is not None:
        found.append(Brief.fee_minor >= wanted.min_fee)
    if wanted.apply_from:
        found.append(sa.or_(Brief.apply_by.is_(None), Brief.apply_by >= wanted.apply_from))
    return found


def _open() -> tuple[sa.ColumnElement[bool], ...]:
    return (Brief.state == "published", Brief.private.is_(False), head_count.free())


def _visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    public = sa.and_(Brief.state.in_(SEEN), Brief.private.is_(False))
    if actor.party_id is None:
        return public
    asked = sa.exists().where(Invite.brief_id == Brief.id, Invite.creator_party_id == actor.party_id)
    return sa.or_(public, Brief.brand_party_id == actor.party_id, sa.and_(Brief.state.in_(SEEN), asked))


def _whole() -> sa.Select[Brief]:
    return sa.select(Brief).options(joinedload(Brief.brand), joinedload(Brief.version))
