"""Plain functions that make what tests need by calling the verbs, so that nothing impossible exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from marketplace import db
from marketplace.accounts import queries, service
from marketplace.accounts.models import Instance, Party, Shape, User
from marketplace.authz import Actor, PartyLine
from marketplace.brands import service as brands
from marketplace.brands.models import Product
from marketplace.briefs import parts
from marketplace.briefs import service as briefs
from marketplace.briefs.models import Brief
from marketplace.creators import rates
from marketplace.creators import service as creators
from marketplace.creators.models import CreatorProfile
from marketplace.money import Money
from marketplace.payments.models import PaymentMethod, TaxForm
from marketplace.payments.money_in import cards
from marketplace.payments.tax import tax_forms
from marketplace.payments.tax.tax_rules import Filled

PASSWORD = "a long enough password"
_number = count(1)


@dataclass(frozen=True)
class Person:
    """Somebody who can act: in verbs by `.actor`, in pages by `client.sign_in(person)`."""

    user: User
    party: Party
    role: str = "owner"

    @property
    def actor(self) -> Actor:
        """The actor a request of theirs would have."""
        return Actor(
            kind="user",
            user_id=self.user.id,
            party_id=self.party.id,
            party_kind=self.party.kind,
            roles=frozenset([self.role]),
            strength="password",
            user_name=self.user.name,
            party_name=self.party.name,
            zone=self.user.zone,
            parties=(PartyLine(self.party.id, self.party.name, self.party.kind),),
        )


def address(name: str = "person") -> str:
    """An address nobody has yet."""
    return f"{name.lower().replace(' ', '.')}.{next(_number)}@example.com"


def instance(
    shape: str = Shape.OPEN_MARKETPLACE,
    *,
    currency: str = "USD",
    country: str = "US",
    platform_fee_bps: int | None = None,
) -> Instance:
    """The set-up instance; every test that has the application begins with the default one."""
    service.set_up(
        shape=shape,
        name="Ada Admin",
        email="admin@example.com",
        password=PASSWORD,
        country=country,
        currency=currency,
        operator_name="Goodword Operator",
        platform_fee_bps=platform_fee_bps,
    )
    settings = queries.instance()
    assert settings is not None
    return settings


def own_program(brand_name: str = "Bramble Tea") -> Person:
    """Set up as one brand's own portal; its owner, who is the administrator too."""
    user = service.set_up(
        shape=Shape.OWN_PROGRAM, name="Bram Brand", email="admin@example.com", password=PASSWORD, country="US",
        currency="USD", operator_name="Bramble Ltd", brand_name=brand_name,
    )  # fmt: skip
    party = queries.only_brand()
    assert party is not None
    return Person(user, party)


def creator(
    name: str = "Cleo Creator",
    *,
    country: str = "US",
    email: str | None = None,
    followers: int = 12_000,
    ready: bool = True,
    taxed: bool = True,
) -> Person:
    """A creator, signed up just now; `ready` to apply: handle, followers, niche and a sample; `taxed`: her tax form is signed."""
    made = service.sign_up(kind="creator", name=name, email=email or address(name), password=PASSWORD, country=country)
    person = Person(*made)
    if ready:
        complete_profile(person, followers=followers)
    if taxed:
        sign_tax_form(person)
    return person


TAX = {
    "w9": {
        "classification": "individual",
        "number_kind": "ssn",
        "typed_number": "457-55-5462",
        "region": "OR",
        "postal_code": "97201",
    },
    "w8ben": {
        "citizenship": "DE",
        "works_in_us": False,
        "birth_date": date(1995, 5, 4),
        "typed_number": "83 095 742 719",
    },
    "platform": {"birth_date": date(1995, 5, 4), "typed_number": "83 095 742 719"},
}


def sign_tax_form(person: Person, kind: str | None = None, **changes: Any) -> TaxForm | None:
    """She signs the tax form this instance asks of her (or `kind`), with `changes`; None where it asks for none."""
    party = person.party
    kind = kind or next(iter(tax_forms.asked(party.id)), None)
    if kind is None:
        return None
    said = {"legal_name": party.name, "street": "12 Harbour Lane", "city": "Lakeside", "country": party.country}
    name = changes.get("legal_name", party.name)
    origin = tax_forms.Origin(name, consent=True, address="203.0.113.7", user_agent="Mozilla/5.0 (test)")
    once = changes.pop("once", db.new_id().hex)
    return tax_forms.sign(party, Filled(kind=kind, **(said | TAX[kind] | changes)), origin, once=once, by=person.actor)


def complete_profile(person: Person, *, followers: int = 12_000) -> CreatorProfile:
    """Everything a creator needs to apply."""
    profile = creators.profile_of(person.party.id)
    creators.take_handle(profile, f"creator{next(_number)}", by=person.actor)
    creators.write(profile, niches=["food"], bio="Tea, toast and small kitchens.", by=person.actor)
    creators.set_birth_date(profile, date(1995, 5, 4), by=person.actor)
    creators.note_account(profile, platform="instagram", handle="cleo.eats", followers=followers, by=person.actor)
    creators.add_sample(profile, title="A week of teas", url="https://example.com/p/1", by=person.actor)
    return profile


def price(person: Person, platform: str, format: str, amount: int) -> None:
    """A price on a creator's rate card, in minor units of USD."""
    rates.set_price(creators.profile_of(person.party.id), platform, format, Money(amount, "USD"), by=person.actor)


def brand(
    name: str = "Bram Brand",
    *,
    party_name: str = "Bramble Tea",
    country: str = "US",
    email: str | None = None,
    verified: bool = True,
) -> Person:
    """A brand and its owner, signed up just now; `verified` by the operator."""
    made = service.sign_up(
        kind="brand", name=name, party_name=party_name, email=email or address(name), password=PASSWORD, country=country
    )
    person = Person(*made)
    if verified:
        brands.verify(brands.profile_of(person.party.id), how="staff", by=person.actor)
    return person


def product(owner: Person, name: str = "Ceylon tin", *, value: int = 2_400, currency: str = "USD") -> Product:
    """A product of a brand; `value` in minor units."""
    return brands.add_product(owner.party.id, name=name, value=Money(value, currency), by=owner.actor)


def brief_body(**changes: Any) -> dict[str, Any]:
    """A whole brief that pays 300 USD for one reel within two weeks; `changes` replace its fields."""
    body = parts.blank("USD", "pay_per_post")
    body |= {
        "title": "A reel about the new Ceylon tin",
        "summary": "Show how you drink our tea at home. Your kitchen, your words, your light.",
        "category": "tea",
        "parts": [{"kind": "fee", "amount": 30_000}],
        "deliverables": [{"platform": "instagram", "format": "reel", "count": 1, "due_days": 10}],
        "must_haves": ["The tin is visible for three seconds"],
        "freedom": "Everything else is yours: the story, the music, the pace and the time of day.",
        "hashtags": ["#brambletea"],
    }
    return body | changes


def draft_brief(owner: Person, **changes: Any) -> Brief:
    """A brief nobody sees yet."""
    return briefs.begin(body=brief_body(**changes), by=owner.actor)


def card(owner: Person, **changes: Any) -> PaymentMethod:
    """A card on file, as Stripe tells of it; `changes` replace what is on it."""
    shown = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040} | changes
    return cards.put_on_file(owner.party.id, {"id": f"pm_{db.new_id().hex}", "card": shown})


def published_brief(owner: Person | None = None, **changes: Any) -> Brief:
    """A brief creators can apply to, with a card of its brand behind its pay; `changes` replace fields of its body."""
    owner = owner or brand()
    if cards.of(owner.party.id) is None:
        card(owner)
    return briefs.publish(draft_brief(owner, **changes), by=owner.actor)


def colleague(of: Person, role: str, name: str = "Cora Colleague") -> Person:
    """One more member of a party, in a role."""
    user = service.add_user(name=name, email=address(name), password_hash=None, zone=of.party.zone)
    service.join(user, of.party, role)
    return Person(user, of.party, role)


def staff(role: str = "admin", name: str = "Stef Staff") -> Person:
    """Someone of the operator."""
    settings = queries.instance()
    assert settings is not None
    operator = db.session.get_one(Party, settings.operator_party_id)
    user = service.add_user(name=name, email=address(name), password_hash=None)
    service.join(user, operator, role)
    return Person(user, operator, role)
