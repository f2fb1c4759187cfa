"""What a brand does with its own page: words, products, verification."""

from __future__ import annotations

import re
import unicodedata
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.brands.events import BrandVerified
from marketplace.brands.models import BrandProfile, Product
from marketplace.errors import Refused
from marketplace.files import StoredFile
from marketplace.money import Money


def profile_of(party_id: UUID) -> BrandProfile:
    """The brand's profile, begun the first time it is asked for with an address made of its name."""
    found = db.session.get(BrandProfile, party_id)
    if found is not None:
        return found
    party = db.session.get_one(Party, party_id)
    row = BrandProfile(party_id=party_id, slug=_free_slug(party.name), updated_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row


def write_profile(
    profile: BrandProfile,
    *,
    site: str,
    story: str,
    values: str,
    category: str,
    by: Actor,
    logo: StoredFile | None = None,
) -> BrandProfile:
    """The brand's public words. `site` is a web address or empty."""
    profile.site, profile.story, profile.values, profile.category = site, story, values, category
    if logo is not None:
        profile.logo_file_id = logo.id
    profile.updated_at = clock.now()
    db.session.flush()
    return profile


def verify(profile: BrandProfile, *, how: str, by: Actor) -> BrandProfile:
    """The operator or a proven domain vouches for the brand; a second time changes nothing.

    `how` is `domain` or `staff`.
    """
    db.lock(profile)
    if profile.verified_at is None:
        profile.verified_at = clock.now()
        events.emit(BrandVerified(profile.party_id, how), by=by)
        db.session.flush()
    return profile


def add_product(
    party_id: UUID,
    *,
    name: str,
    value: Money,
    by: Actor,
    description: str = "",
    url: str = "",
    variants: list[str] | None = None,
) -> Product:
    """Something the brand sells and may give."""
    row = Product(
        id=db.new_id(),
        party_id=party_id,
        name=name,
        description=description,
        url=url,
        value_minor=value.minor,
        currency=value.currency,
        variants=variants or [],
    )
    db.session.add(row)
    db.session.flush()
    return row


def write_product(
    product: Product, *, name: str, value: Money, description: str, url: str, variants: list[str], by: Actor
) -> Product:
    """Change a product; briefs already published keep what they said."""
    if product.retired_at is not None:
        raise Refused(gettext("This product is retired. Bring it back before you change it."))
    product.name, product.description, product.url = name, description, url
    product.value, product.variants = value, variants
    db.session.flush()
    return product


def retire_product(product: Product, *, by: Actor) -> Product:
    """Offer it in no new brief; what was agreed about it stays."""
    product.retired_at = product.retired_at or clock.now()
    db.session.flush()
    return product


def return_product(product: Product, *, by: Actor) -> Product:
    """Offer a retired product again."""
    product.retired_at = None
    db.session.flush()
    return product


def _free_slug(name: str) -> str:
    """An address nobody has yet: the name in ASCII, with a number where it is taken."""
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")[:60] or "brand"
    taken = set(db.session.scalars(sa.select(BrandProfile.slug).where(BrandProfile.slug.like(f"{base}%"))))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
