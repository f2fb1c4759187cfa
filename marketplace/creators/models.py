"""Tables of creators' public face and of what they keep private until a deal needs it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.creators.states import HOLIDAY
from marketplace.db import Base, Currency, Id, Minor, money


class CreatorProfile(Base):
    """A creator's own words. `handle` is lower case and stands in the address `/@handle`.

    `multipliers` holds basis points of the rate: `paid_use` (per month), `whitelisting` (per
    month), `exclusivity` (per month), `raw_files` (once).
    """

    __tablename__ = "creator_profiles"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), primary_key=True)
    handle: Mapped[str | None] = mapped_column(unique=True)
    bio: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    niches: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    values: Mapped[str] = mapped_column(default="")
    style: Mapped[str] = mapped_column(default="")
    availability: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    photo_file_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("files.id"))
    multipliers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    listed: Mapped[bool] = mapped_column(default=True)
    show_rates: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    updated_at: Mapped[datetime]
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        sa.Computed(
            "to_tsvector('simple', coalesce(handle,'') || ' ' || bio || ' ' || city || ' ' || "
            "\"values\" || ' ' || style)",
            persisted=True,
        ),
        deferred=True,
    )

    accounts: Mapped[list[SocialAccount]] = relationship(
        lazy="raise",
        primaryjoin="and_(CreatorProfile.party_id == foreign(SocialAccount.party_id), SocialAccount.removed_at.is_(None))",
        order_by="SocialAccount.followers.desc()", viewonly=True,
    )  # fmt: skip

    __table_args__ = (
        sa.Index("ix_creator_profiles_search", "search", postgresql_using="gin"),
        sa.Index("ix_creator_profiles_niches", "niches", postgresql_using="gin"),
    )


class SocialAccount(Base):
    """A creator's account on a platform, with its newest figures and where they came from.

    `source` is typed, screenshot, csv or api; `engagement_bps` is interactions per follower in
    basis points. `removed_at`: no longer shown; its snapshots stay.
    """

    __tablename__ = "social_accounts"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    platform: Mapped[str]
    handle: Mapped[str]
    followers: Mapped[int]
    engagement_bps: Mapped[int | None]
    source: Mapped[str]
    noted_on: Mapped[date]
    proven_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("party_id", "platform", "handle"),
        sa.CheckConstraint("followers >= 0", name="followers"),
        sa.CheckConstraint("source IN ('typed','screenshot','csv','api')", name="source"),
    )


class AudienceSnapshot(Base):
    """An account's figures on a day, as they were then; insert-only."""

    __tablename__ = "audience_snapshots"

    id: Mapped[Id]
    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("social_accounts.id"))
    taken_on: Mapped[date]
    followers: Mapped[int]
    engagement_bps: Mapped[int | None]
    source: Mapped[str]

    __table_args__ = (sa.Index("ix_audience_snapshots_account", "account_id", "taken_on"),)


class Sample(Base):
    """A piece of past work: a link or an uploaded file."""

    __tablename__ = "samples"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    title: Mapped[str]
    url: Mapped[str | None]
    file_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("files.id"))
    position: Mapped[int] = mapped_column(default=0)


class Rate(Base):
    """A price on the rate card from a moment on; a change is a new row, so history stays."""

    __tablename__ = "rates"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    platform: Mapped[str]
    format: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    amount = money("amount_minor", "currency")


class ShippingAddress(Base):
    """Where gifts go. Erasable; shown to a brand only with the creator's consent in a deal."""

    __tablename__ = "shipping_addresses"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), primary_key=True)
    lines: Mapped[str]
    updated_at: Mapped[datetime]


class Holiday(Base):
    """Days a creator is away, first and last included, as her `zone` counts them (`holidays.py`)."""

    __tablename__ = "holidays"
    machine = HOLIDAY

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    from_day: Mapped[date]
    until_day: Mapped[date]
    zone: Mapped[str]
    state: Mapped[str]
    announced_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("until_day >= from_day", name="days"),
        sa.CheckConstraint("state IN ('announced','running','over','called_off')", name="state"),
        sa.Index("ix_holidays_live", "party_id", postgresql_where=sa.text("state IN ('announced','running')")),
    )


class Commitment(Base):
    """An exclusivity window a creator signed: no work in `category` from `starts_on` to `ends_on`.

    Days are inclusive. `deal_id` is opaque here.
    """

    __tablename__ = "commitments"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    deal_id: Mapped[UUID]
    category: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
