"""Reading people, parties and the instance."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from flask import current_app, g
from sqlalchemy.orm import joinedload

from marketplace import db
from marketplace.accounts.models import Instance, Invitation, Membership, Party, PartyKind, Shape, User, UserSession
from marketplace.authz import Actor
from marketplace.config import DEFAULT_NAME


def instance() -> Instance | None:
    """This installation's settings, or None before set-up. Looked up once a request or job."""
    if "instance" not in g:
        g.instance = db.session.get(Instance, 1)
    return g.instance


def party(party_id: UUID) -> Party | None:
    """A party by id."""
    return db.session.get(Party, party_id)


def own_party(actor: Actor) -> Party:
    """The party somebody acts for. Raises LookupError when there is none, which a policy should have refused."""
    return db.session.get_one(Party, actor.own_party_id)


def parties(ids: set[UUID]) -> list[Party]:
    """Several parties by id."""
    return list(db.session.scalars(sa.select(Party).where(Party.id.in_(ids)))) if ids else []


def user_by_email(email: str) -> User | None:
    """The user with this address, in any case of letters."""
    return db.session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def memberships_of(user_id: UUID) -> list[Membership]:
    """A user's roles with their parties: the operator last, then in the order they were given."""
    return list(
        db.session.scalars(
            sa.select(Membership)
            .join(Party)
            .options(joinedload(Membership.party))
            .where(Membership.user_id == user_id)
            .order_by(Party.kind == PartyKind.OPERATOR, Membership.id)
        )
    )


def membership(user_id: UUID, party_id: UUID) -> Membership | None:
    """A user's role in a party, if any."""
    return db.session.scalar(
        sa.select(Membership).where(Membership.user_id == user_id, Membership.party_id == party_id)
    )


def member(actor: Actor, membership_id: UUID) -> Membership | None:
    """A member of the actor's own party."""
    row = db.session.get(Membership, membership_id)
    return row if row is not None and row.party_id == actor.party_id else None


def invitation(actor: Actor, invitation_id: UUID) -> Invitation | None:
    """An invitation of the actor's own party."""
    row = db.session.get(Invitation, invitation_id)
    return row if row is not None and row.party_id == actor.party_id else None


def own_session(actor: Actor, session_id: UUID) -> UserSession | None:
    """One of the actor's own sign-ins."""
    row = db.session.get(UserSession, session_id)
    return row if row is not None and row.user_id == actor.user_id else None


def members(party_id: UUID, roles: tuple[str, ...] = ()) -> list[Membership]:
    """Who belongs to a party, with their users; only those in `roles`, if any are named."""
    query = (
        sa.select(Membership)
        .options(joinedload(Membership.user))
        .where(Membership.party_id == party_id)
        .order_by(Membership.id)
    )
    if roles:
        query = query.where(Membership.role.in_(roles))
    return list(db.session.scalars(query))


def members_emails(party_id: UUID, roles: tuple[str, ...] = ()) -> list[str]:
    """The addresses of a party's members."""
    return [row.user.email for row in members(party_id, roles) if row.user.email]


def parties_of_kind(kind: str) -> list[Party]:
    """Every party of a kind, by name."""
    return list(db.session.scalars(sa.select(Party).where(Party.kind == kind).order_by(Party.name, Party.id)))


def only_brand() -> Party | None:
    """The one brand of an instance that is its own program; None in the other shapes. Once a request or job."""
    settings = instance()
    if settings is None or settings.shape != Shape.OWN_PROGRAM:
        return None
    if "only_brand" not in g:
        first = sa.select(Party).where(Party.kind == PartyKind.BRAND).order_by(Party.id).limit(1)
        g.only_brand = db.session.scalar(first)
    return g.only_brand


def site_name() -> str:
    """What this portal is called: one brand's own program goes by the brand's name, unless a name was set."""
    named: str = current_app.config["SITE_NAME"]
    brand = only_brand() if named == DEFAULT_NAME else None
    return brand.name if brand else named
