"""Tables of brands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Currency, Id, Minor, money


class BrandProfile(Base):
    """A brand's public words. `verified_at`: the operator or a proven domain vouches for it."""

    __tablename__ = "brand_profiles"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    site: Mapped[str] = mapped_column(default="")
    story: Mapped[str] = mapped_column(default="")
    values: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="")
    logo_file_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("files.id"))
    verified_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class BrandRename(Base):
    """Another name a brand took or asked for; `agreed` once it was decided. A person's words, so it can be erased."""

    __tablename__ = "brand_renames"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    old_name: Mapped[str]
    new_name: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decided_by_user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    agreed: Mapped[bool | None]

    __table_args__ = (
        sa.Index("uq_brand_renames_waiting", "party_id", unique=True, postgresql_where=sa.text("decided_at IS NULL")),
    )


class BrandDomain(Base):
    """A domain a brand says is its own; proven by a token in DNS or at a well-known address.

    Tracking links may only lead to proven domains and their subdomains.
    """

    __tablename__ = "brand_domains"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    domain: Mapped[str]
    token: Mapped[str]
    proof: Mapped[str | None]
    verified_at: Mapped[datetime | None]

    __table_args__ = (sa.UniqueConstraint("party_id", "domain"),)


class Product(Base):
    """Something a brand sells and may give. `value` is what a customer pays for it."""

    __tablename__ = "products"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    value_minor: Mapped[Minor]
    currency: Mapped[Currency]
    variants: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    retired_at: Mapped[datetime | None]

    value = money("value_minor", "currency")
