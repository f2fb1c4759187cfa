"""Plain functions that make what tests need by calling the verbs, so that nothing impossible exists."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from marketplace import db
from marketplace.accounts import queries, service
from marketplace.accounts.models import Instance, Party, Shape, User
from marketplace.authz import Actor, PartyLine

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


def creator(name: str = "Cleo Creator", *, country: str = "US", email: str | None = None) -> Person:
    """A creator, signed up just now."""
    made = service.sign_up(kind="creator", name=name, email=email or address(name), password=PASSWORD, country=country)
    return Person(*made)


def brand(
    name: str = "Bram Brand", *, party_name: str = "Bramble Tea", country: str = "US", email: str | None = None
) -> Person:
    """A brand and its owner, signed up just now."""
    made = service.sign_up(
        kind="brand", name=name, party_name=party_name, email=email or address(name), password=PASSWORD, country=country
    )
    return Person(*made)


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
