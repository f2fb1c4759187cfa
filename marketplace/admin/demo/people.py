"""Opening the portal and its accounts: operator, brands, creators."""

from __future__ import annotations

from datetime import date

from marketplace import db
from marketplace.accounts import passwords, places
from marketplace.accounts import service as accounts
from marketplace.accounts.models import Party
from marketplace.admin.demo import PASSWORD, SIGN_INS, till
from marketplace.admin.demo.cast import Brand, Creator
from marketplace.admin.demo.stage import actor
from marketplace.brands import domains
from marketplace.brands import service as brands
from marketplace.creators import rates
from marketplace.creators import service as creators
from marketplace.money import Money


def open_portal() -> None:
    """An open marketplace in the United States, settling in dollars."""
    accounts.set_up(
        shape="open_marketplace",
        name="Ada Falk",
        email=SIGN_INS["staff"],
        password=PASSWORD,
        country="US",
        currency="USD",
        operator_name="Goodword",
        platform_fee_bps=1000,
    )


def open_brand(brand: Brand) -> None:
    """A brand with its profile, proven domain, products and team."""
    accounts.sign_up(
        kind="brand",
        name=brand.person,
        party_name=brand.name,
        email=brand.email,
        password=PASSWORD,
        country="US",
    )
    by = actor(brand.email)
    profile = brands.profile_of(by.own_party_id)
    brands.write_profile(
        profile, site=brand.site, story=brand.story, values=brand.values, category=brand.category, by=by
    )
    brands.verify(profile, how="staff", by=actor(SIGN_INS["staff"]))
    domains.prove(domains.add(by.own_party_id, brand.site, by=by), "staff", by=actor(SIGN_INS["staff"]))
    for name, words, value in brand.products:
        brands.add_product(by.own_party_id, name=name, description=words, value=Money(value, "USD"), by=by)
    party = db.session.get_one(Party, by.party_id)
    for email, name, role in brand.team:
        user = accounts.add_user(
            name=name, email=email, password_hash=passwords.hash_of(PASSWORD), zone=places.zone_of("US")
        )
        accounts.join(user, party, role)


def save_card(brand: Brand) -> None:
    """A card on file for its deals."""
    till.save_card(actor(brand.email))


def open_creator(creator: Creator) -> None:
    """A creator's account."""
    user, party = accounts.sign_up(
        kind="creator", name=creator.name, email=creator.email, password=PASSWORD, country=creator.country
    )
    user.zone = party.zone = creator.zone


def write_profile(creator: Creator) -> None:
    """Everything a brand wants to know before it answers."""
    by = actor(creator.email)
    profile = creators.profile_of(by.own_party_id)
    creators.take_handle(profile, creator.handle, by=by)
    creators.write(
        profile,
        bio=creator.bio,
        city=creator.city,
        niches=list(creator.niches),
        languages=list(creator.languages),
        values=creator.values,
        style=creator.style,
        by=by,
    )
    creators.set_birth_date(profile, date(1961, 3, 9), by=by)
    for platform, handle, followers, engagement in creator.accounts:
        creators.note_account(
            profile, platform=platform, handle=handle, followers=followers, engagement_bps=engagement, by=by
        )
    for platform, kind, cents in creator.rates:
        rates.set_price(profile, platform, kind, Money(cents, "USD"), by=by)
    title, url = creator.sample
    creators.add_sample(profile, title=title, url=url, by=by)
