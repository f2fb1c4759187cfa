"""Opening accounts, proving who one is, and setting the instance up."""

from __future__ import annotations

from uuid import UUID

from flask import g
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts import passwords, places, queries, throttle
from marketplace.accounts.events import SetUp, SignedUp
from marketplace.accounts.models import Instance, Membership, Party, PartyKind, Shape, User
from marketplace.authz import Actor
from marketplace.errors import Refused

DEFAULT_FEE = {Shape.OWN_PROGRAM: 0, Shape.AGENCY: 0, Shape.OPEN_MARKETPLACE: 1000}  # basis points


def open_to(instance: Instance) -> tuple[str, ...]:
    """Which kinds of party may sign up by themselves: brands only on an open marketplace."""
    if instance.shape == Shape.OPEN_MARKETPLACE:
        return (PartyKind.CREATOR.value, PartyKind.BRAND.value)
    return (PartyKind.CREATOR.value,)


def add_user(*, name: str, email: str, password_hash: str | None, language: str = "en", zone: str = "UTC") -> User:
    """A user whose address has been proven. Raises Refused when the address is taken."""
    if queries.user_by_email(email):
        raise Refused(gettext("This address already has an account."), field="email")
    row = User(
        id=db.new_id(),
        email=email.strip().lower(),
        password_hash=password_hash,
        name=name,
        language=language,
        zone=zone,
        created_at=clock.now(),
        email_verified_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def open_party(kind: str, name: str, country: str, *, zone: str | None = None, language: str = "en") -> Party:
    """A new creator, brand or operator, in its country's main time zone unless told otherwise."""
    row = Party(
        id=db.new_id(),
        kind=kind,
        name=name,
        country=country,
        zone=zone or places.zone_of(country),
        language=language,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def join(user: User, party: Party, role: str) -> Membership:
    """Give a user a role in a party."""
    row = Membership(id=db.new_id(), user_id=user.id, party_id=party.id, role=role)
    db.session.add(row)
    db.session.flush()
    return row


def sign_up(
    *,
    kind: str,
    name: str,
    email: str,
    country: str,
    password: str | None = None,
    password_hash: str | None = None,
    party_name: str | None = None,
    language: str = "en",
    zone: str | None = None,
) -> tuple[User, Party]:
    """Open an account whose address has been proven, and its party, owned by the user.

    `kind` is `creator` or `brand`; `party_name` is the brand's name (a creator goes by her own).
    Give the password, or its hash where it was typed before the code was. Without a `zone` it is the
    country's main one. Raises Refused when the address is taken.
    """
    zone = zone or places.zone_of(country)
    hashed = password_hash or (passwords.hash_of(password) if password else None)
    user = add_user(name=name, email=email, password_hash=hashed, language=language, zone=zone)
    party = open_party(kind, party_name or name, country, zone=zone, language=language)
    join(user, party, "owner")
    events.emit(SignedUp(user.id, party.id, kind), by=acting(user, party))
    return user, party


def acting(user: User, party: Party | None = None) -> Actor:
    """The user as an actor before there is a session: she opens her account herself."""
    return Actor(
        kind="user",
        user_id=user.id,
        party_id=party.id if party else None,
        party_kind=party.kind if party else None,
        user_name=user.name,
    )


def set_up(
    *,
    shape: str,
    name: str,
    email: str,
    password: str,
    country: str,
    currency: str,
    operator_name: str,
    platform_fee_bps: int | None = None,
    brand_name: str | None = None,
) -> User:
    """Write the instance's one row, its operator and its first administrator.

    In the shape of an own program the one brand is opened too, owned by the administrator, and no
    platform fee is taken. Raises Refused when the instance has been set up already.
    """
    db.hold("accounts.set_up")
    if db.session.get(Instance, 1) is not None:
        raise Refused(gettext("This portal has been set up already."))
    zone = places.zone_of(country)
    user = add_user(name=name, email=email, password_hash=passwords.hash_of(password), zone=zone)
    operator = open_party(PartyKind.OPERATOR, operator_name, country)
    join(user, operator, "admin")
    fee = DEFAULT_FEE[Shape(shape)] if platform_fee_bps is None else platform_fee_bps
    _write_instance(shape, country, currency, 0 if shape == Shape.OWN_PROGRAM else fee, operator.id)
    events.emit(SetUp(operator.id, shape), by=acting(user, operator))
    if shape == Shape.OWN_PROGRAM:
        brand = open_party(PartyKind.BRAND, brand_name or operator_name, country)
        join(user, brand, "owner")
        events.emit(SignedUp(user.id, brand.id, PartyKind.BRAND.value), by=acting(user, brand))
    return user


def _write_instance(shape: str, country: str, currency: str, fee: int, operator_id: UUID) -> None:
    row = Instance(
        id=1,
        shape=shape,
        country=country,
        currency=currency,
        platform_fee_bps=fee,
        operator_party_id=operator_id,
        set_up_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    g.instance = row


def sign_in(email: str, password: str) -> User:
    """The user behind an address and a password.

    Raises Refused in the same words, after the same time, for an unknown address and a wrong
    password; 429 after too many tries.
    """
    throttle.count("sign_in", email)
    user = queries.user_by_email(email)
    if not passwords.fits(user, password) or user is None or user.disabled_at is not None:
        raise Refused(gettext("This address and password do not go together."), status=422)
    throttle.forget("sign_in", email)
    if passwords.outdated(user):
        user.password_hash = passwords.hash_of(password)
    return user


def change_profile(user: User, *, name: str, language: str, zone: str) -> None:
    """How the portal calls a person, in which language and zone it speaks to her."""
    user.name, user.language, user.zone = name, language, zone
