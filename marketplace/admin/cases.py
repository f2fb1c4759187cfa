"""A brand as the operator judges it: its site and whether its people's mail comes from there, who opened it, what it asks for.

A matching address is a hint and no proof: only a domain that was proven is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask_babel import get_locale

from marketplace import db
from marketplace.accounts import places
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Invitation, Membership, Party
from marketplace.brands import names
from marketplace.brands import queries as brands
from marketplace.brands import service as profiles
from marketplace.brands.models import BrandDomain, BrandProfile, BrandRename
from marketplace.briefs.models import Brief
from marketplace.events import Event

SHOWN = 20  # briefs


@dataclass(frozen=True)
class Case:
    """What is known. `first` is whoever opened the brand or was invited to own it; `matches` is None without a site."""

    party: Party
    profile: BrandProfile
    domains: list[BrandDomain]
    people: list[Membership]
    invited: Invitation | None
    briefs: list[Brief]
    names: list[BrandRename]
    vouched_by: str
    site_domain: str
    mail_domain: str

    @property
    def first(self) -> Membership | None:
        """The first person of the brand."""
        return self.people[0] if self.people else None

    @property
    def country(self) -> str:
        """The name of the country it said it is in, in the reader's language."""
        return places.countries(str(get_locale() or "en")).get(self.party.country, self.party.country)

    @property
    def asked(self) -> BrandRename | None:
        """The name that waits for an answer."""
        return next((row for row in self.names if row.decided_at is None), None)

    @property
    def proven(self) -> bool:
        """Has it proven a domain?"""
        return any(row.verified_at for row in self.domains)

    @property
    def matches(self) -> bool | None:
        """Does the first person's mail come from the site's domain, or from one below or above it?"""
        if not self.site_domain or not self.mail_domain:
            return None
        return same_house(self.site_domain, self.mail_domain)


def of(party: Party) -> Case:
    """Everything that helps to decide about a brand."""
    profile = profiles.profile_of(party.id)
    people = accounts.members(party.id)
    asked = sa.select(Invitation).where(Invitation.party_id == party.id).order_by(Invitation.id).limit(1)
    written = sa.select(Brief).where(Brief.brand_party_id == party.id).order_by(Brief.id.desc()).limit(SHOWN)
    invited = None if people else db.session.scalar(asked)
    mail = people[0].user.email if people else invited.email if invited else None
    return Case(
        party=party,
        profile=profile,
        domains=brands.domains(party.id),
        people=people,
        invited=invited,
        briefs=list(db.session.scalars(written)),
        names=names.of(party.id),
        vouched_by=_how(party) if profile.verified_at else "",
        site_domain=host(profile.site),
        mail_domain=(mail or "").rpartition("@")[2].lower(),
    )


def _how(party: Party) -> str:
    """`domain` or `staff`, as it was written down when the brand was verified."""
    verified = sa.select(Event).where(
        Event.name == "brands.verified", Event.subject_type == "party", Event.subject_id == party.id
    )
    row = db.session.scalar(verified.limit(1))
    return str(row.data["how"]) if row else ""


def host(site: str) -> str:
    """The domain of a web address without `www.`; empty for what is none."""
    try:
        name = urlsplit(site).hostname or ""
    except ValueError:
        return ""
    return name.lower().removeprefix("www.")


def same_house(one: str, other: str) -> bool:
    """Are two domains the same, or one below the other? `shop.bramble.example` and `bramble.example` are."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
