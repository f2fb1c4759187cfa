"""Reading brands: profiles, products, domains."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Party, PartyKind, Shape
from marketplace.authz import Actor
from marketplace.brands.models import BrandDomain, BrandProfile, Product
from marketplace.files import StoredFile


def profile(party_id: UUID) -> BrandProfile | None:
    """A brand's profile, if it has begun one."""
    return db.session.get(BrandProfile, party_id)


def profiles(party_ids: list[UUID]) -> dict[UUID, BrandProfile]:
    """Several brands' profiles by party."""
    found = db.session.scalars(sa.select(BrandProfile).where(BrandProfile.party_id.in_(party_ids)))
    return {row.party_id: row for row in found}


def by_slug(slug: str) -> BrandProfile | None:
    """The brand behind `/brands/<slug>`."""
    return db.session.scalar(sa.select(BrandProfile).where(BrandProfile.slug == slug))


def public_logo(file_id: UUID) -> StoredFile | None:
    """A logo some brand shows."""
    shown = sa.exists().where(BrandProfile.logo_file_id == StoredFile.id)
    return db.session.scalar(sa.select(StoredFile).where(StoredFile.id == file_id, shown))


def may_reach_creators(party_id: UUID) -> bool:
    """May this brand publish and contact creators? On an open marketplace only once verified."""
    settings = accounts.instance()
    if settings is None or settings.shape != Shape.OPEN_MARKETPLACE:
        return True
    found = profile(party_id)
    return found is not None and found.verified_at is not None


def to_verify() -> int:
    """How many brands may not reach creators until the operator, or a domain of theirs, vouches for them."""
    settings = accounts.instance()
    if settings is None or settings.shape != Shape.OPEN_MARKETPLACE:
        return 0
    known = sa.select(BrandProfile.party_id).where(BrandProfile.verified_at.is_not(None))
    waiting = sa.select(sa.func.count(Party.id)).where(Party.kind == PartyKind.BRAND, Party.id.not_in(known))
    return db.session.scalar(waiting) or 0


def products(party_id: UUID, *, retired: bool = False) -> list[Product]:
    """A brand's products by name; the retired ones only when asked for."""
    query = sa.select(Product).where(Product.party_id == party_id).order_by(Product.name, Product.id)
    return list(db.session.scalars(query if retired else query.where(Product.retired_at.is_(None))))


def products_by_id(ids: list[UUID]) -> dict[UUID, Product]:
    """Products by id, retired ones too: a published brief keeps naming them."""
    return {row.id: row for row in db.session.scalars(sa.select(Product).where(Product.id.in_(ids)))}


def own_product(actor: Actor, product_id: UUID) -> Product | None:
    """A product of the actor's brand."""
    return db.session.scalar(sa.select(Product).where(Product.id == product_id, Product.party_id == actor.party_id))


def domains(party_id: UUID) -> list[BrandDomain]:
    """The domains a brand named, proven first."""
    return list(
        db.session.scalars(
            sa.select(BrandDomain)
            .where(BrandDomain.party_id == party_id)
            .order_by(BrandDomain.verified_at.is_(None), BrandDomain.domain)
        )
    )


def own_domain(actor: Actor, domain_id: UUID) -> BrandDomain | None:
    """A domain of the actor's brand."""
    return db.session.scalar(
        sa.select(BrandDomain).where(BrandDomain.id == domain_id, BrandDomain.party_id == actor.party_id)
    )


def proven_domains(party_id: UUID) -> list[str]:
    """The domains tracking links may lead to (and their subdomains)."""
    return [row.domain for row in domains(party_id) if row.verified_at is not None]
