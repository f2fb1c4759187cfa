"""Tables of people, parties, sessions and the instance's settings."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Id, Json


class PartyKind(enum.StrEnum):
    """What a party is."""

    CREATOR = "creator"
    BRAND = "brand"
    OPERATOR = "operator"


class Shape(enum.StrEnum):
    """What an instance is for; chosen at set-up (deals.md, People)."""

    OWN_PROGRAM = "own_program"
    AGENCY = "agency"
    OPEN_MARKETPLACE = "open_marketplace"


BRAND_ROLES = ("owner", "manager", "reviewer", "finance", "viewer")
STAFF_ROLES = ("admin", "support", "finance")
CREATOR_ROLES = ("owner",)


class User(Base):
    """One login. `email` is kept in lower case; erasure empties the personal columns."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    zone: Mapped[str] = mapped_column(default="UTC")
    created_at: Mapped[datetime]
    email_verified_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(lazy="raise", back_populates="user")


class Party(Base):
    """Someone who agrees, owes and is owed: a creator, a brand or the operator.

    `country` is ISO 3166-1 alpha-2; `zone` an IANA time zone.
    """

    __tablename__ = "parties"

    id: Mapped[Id]
    kind: Mapped[str]
    name: Mapped[str]
    country: Mapped[str] = mapped_column(sa.CHAR(2))
    zone: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("kind IN ('creator','brand','operator')", name="kind"),)


class Membership(Base):
    """A user's role in a party. A creator has one owner."""

    __tablename__ = "memberships"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"))
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    role: Mapped[str]

    user: Mapped[User] = relationship(lazy="raise", back_populates="memberships")
    party: Mapped[Party] = relationship(lazy="raise")

    __table_args__ = (sa.UniqueConstraint("user_id", "party_id"),)


class UserSession(Base):
    """One signed-in browser. Only a digest of its token is kept; `ended_at` ends it everywhere."""

    __tablename__ = "user_sessions"

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("parties.id"))
    strength: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class EmailCode(Base):
    """A six-digit code sent by mail, for `sign_up`, `reset` or `change_email`.

    `payload` carries what was typed before the code was asked for (a password only as its hash).
    The six digits are kept nowhere: `codes.digits` derives them from the row's id.
    """

    __tablename__ = "email_codes"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    payload: Mapped[Json]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class EmailChange(Base):
    """A user's address was changed: what it was before, and whether that was undone from there."""

    __tablename__ = "email_changes"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"), index=True)
    old_email: Mapped[str | None]
    changed_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Invitation(Base):
    """An address asked to join a party in a role; accepted once, by the link in the mail."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    email: Mapped[str]
    role: Mapped[str]
    invited_by_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Instance(Base):
    """This installation's one row of settings: shape, country, settlement currency; the texts it has in force."""

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True)
    shape: Mapped[str]
    country: Mapped[str] = mapped_column(sa.CHAR(2))
    currency: Mapped[str] = mapped_column(sa.CHAR(3))
    platform_fee_bps: Mapped[int]
    operator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    set_up_at: Mapped[datetime]
    terms_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("legal_texts.id"))
    privacy_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("legal_texts.id"))

    __table_args__ = (
        sa.CheckConstraint("id = 1", name="one"),
        sa.CheckConstraint("shape IN ('own_program','agency','open_marketplace')", name="shape"),
        sa.CheckConstraint("platform_fee_bps BETWEEN 0 AND 5000", name="fee"),
    )


class LegalText(Base):
    """A version of the operator's terms or privacy notice, as it was published. Never changed."""

    __tablename__ = "legal_texts"

    id: Mapped[Id]
    kind: Mapped[str]
    number: Mapped[int]
    text: Mapped[str]
    published_at: Mapped[datetime]
    published_by_user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id"))

    __table_args__ = (
        sa.UniqueConstraint("kind", "number"),
        sa.CheckConstraint("kind IN ('terms','privacy')", name="kind"),
    )


class LegalAcceptance(Base):
    """A user opened an account while this version was in force and shown."""

    __tablename__ = "legal_acceptances"

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    text_id: Mapped[UUID] = mapped_column(sa.ForeignKey("legal_texts.id"), primary_key=True)
    accepted_at: Mapped[datetime]


class SetUpKey(Base):
    """The one-time key of set-up in production, as a SHA-256 digest; gone once it was used (`setup_key.py`)."""

    __tablename__ = "set_up_key"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes]
    made_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("id = 1", name="one"),)
