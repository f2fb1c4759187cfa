"""Tables of programs, links and clicks, and of the shops that send orders.

Orders, lines and statements are in `sales_models.py`. Codes are normalised once (NFKC, casefold,
trim) and unique in a program per time interval. Clicks are append-only; labelled ones never count.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Party
from marketplace.affiliate.states import ENROLMENT, IMPORT, PROGRAM
from marketplace.db import Base, Currency, Id, Json, Minor, money


class Program(Base):
    """A brand's affiliate program.

    `zone` (IANA) decides days, months and dates without a time. A calendar month is closed from
    `statement_day` of the next month on. `joining` is open, approval or invited; `consent` says
    what an unknown visitor counts as: required (no token, no cookie) or not_required. Below
    `top_up_below` the budget is filled by `top_up` with the brand's card; null: never by itself.
    """

    __tablename__ = "programs"
    machine = PROGRAM

    id: Mapped[Id]
    brand_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    currency: Mapped[Currency]
    zone: Mapped[str]
    payout_minimum_minor: Mapped[Minor]
    statement_day: Mapped[int]
    joining: Mapped[str]
    consent: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]

    top_up_below_minor: Mapped[Minor | None]
    top_up_minor: Mapped[Minor | None]

    payout_minimum = money("payout_minimum_minor", "currency")
    top_up_below = money("top_up_below_minor", "currency")
    top_up = money("top_up_minor", "currency")
    brand: Mapped[Party] = relationship(lazy="raise")

    __table_args__ = (
        sa.CheckConstraint("payout_minimum_minor >= 0", name="payout_minimum"),
        sa.CheckConstraint(
            "(top_up_below_minor IS NULL) = (top_up_minor IS NULL) AND top_up_below_minor > 0"
            " AND top_up_minor >= top_up_below_minor",
            name="top_up",
        ),
        sa.CheckConstraint("statement_day BETWEEN 1 AND 28", name="statement_day"),
        sa.CheckConstraint("joining IN ('open','approval','invited')", name="joining"),
        sa.CheckConstraint("consent IN ('required','not_required')", name="consent"),
        sa.CheckConstraint("state IN ('open','closed')", name="state"),
    )


class ProgramTerms(Base):
    """The typed row over a terms version: insert-only, numbered, in force from `valid_from`.

    `rules` is the ordered list of commission rules (`commissions.RULE`): the first that matches
    wins. Model, window and code policy hold for the whole program; rates bind an enrolment only
    through its own `EnrolmentTerms`.
    """

    __tablename__ = "program_terms"

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_versions.id"))
    number: Mapped[int]
    model: Mapped[str]
    window_seconds: Mapped[int]
    code_policy: Mapped[str]
    hold_days: Mapped[int]
    rules: Mapped[list[Any]] = mapped_column(JSONB)
    valid_from: Mapped[datetime]

    __table_args__ = (
        sa.UniqueConstraint("program_id", "number"),
        sa.CheckConstraint("window_seconds > 0", name="window"),
        sa.CheckConstraint(
            "model IN ('last_touch','first_touch','linear','position','time_decay','code_first')", name="model"
        ),
        sa.CheckConstraint("code_policy IN ('code_wins','link_wins')", name="code_policy"),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 365", name="hold_days"),
    )


class Enrolment(Base):
    """A creator in a program.

    Orders count from `active_from` until `paused_at` or `ended_at`, except in `gaps`: earlier
    pauses and absences, a list of [from, until) as ISO instants. `waits_for_rates`: paused because
    newer rates were not accepted by their day; accepting them resumes.
    """

    __tablename__ = "enrolments"
    machine = ENROLMENT

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"))
    creator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    deal_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("deals.id"))
    state: Mapped[str]
    created_at: Mapped[datetime]
    active_from: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    waits_for_rates: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    gaps: Mapped[list[Any]] = mapped_column(JSONB, default=list)

    creator: Mapped[Party] = relationship(lazy="raise")
    program: Mapped[Program] = relationship(lazy="raise")

    def active_at(self, moment: datetime) -> bool:
        """Did links and codes earn at a moment?"""
        if self.active_from is None or moment < self.active_from:
            return False
        if any(end is not None and moment >= end for end in (self.paused_at, self.ended_at)):
            return False
        spans = [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in self.gaps]
        return not any(start <= moment < end for start, end in spans)

    __table_args__ = (
        sa.UniqueConstraint("program_id", "creator_party_id"),
        sa.CheckConstraint("state IN ('pending','active','paused','ended')", name="state"),
    )


class EnrolmentTerms(Base):
    """The rates one affiliate accepted, from `valid_from` on; insert-only.

    `version_id` is the version that was accepted: the program's, or the signed terms of a deal.
    """

    __tablename__ = "enrolment_terms"

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolments.id"), index=True)
    program_terms_id: Mapped[UUID] = mapped_column(sa.ForeignKey("program_terms.id"))
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_versions.id"))
    hold_days: Mapped[int]
    rules: Mapped[list[Any]] = mapped_column(JSONB)
    valid_from: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("hold_days BETWEEN 0 AND 365", name="hold_days"),)


class ProgramInvite(Base):
    """An invitation: the program's link for anybody who has it (`reusable`), or one person's, with a code kept for her.

    `name` and `email` may be erased. Claiming binds the person's invitation to an enrolment.
    """

    __tablename__ = "program_invites"

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), index=True)
    reusable: Mapped[bool]
    name: Mapped[str]
    email: Mapped[str | None]
    code: Mapped[str]
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    enrolment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("enrolments.id"))

    __table_args__ = (
        sa.Index(
            "uq_program_invites_link",
            "program_id",
            unique=True,
            postgresql_where=sa.text("reusable AND withdrawn_at IS NULL"),
        ),
        sa.Index(
            "uq_program_invites_email",
            "program_id",
            "email",
            unique=True,
            postgresql_where=sa.text("NOT reusable AND withdrawn_at IS NULL AND claimed_at IS NULL"),
        ),
    )


class TrackingLink(Base):
    """A short address that counts and forwards. `destination` lies on a proven domain."""

    __tablename__ = "tracking_links"

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolments.id"), index=True)
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str] = mapped_column(default="")
    destination: Mapped[str]
    sub_ids: Mapped[Json] = mapped_column(default=dict)
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")


class DiscountCode(Base):
    """A code and who holds it in which interval; `enrolment_id` is null for a public code."""

    __tablename__ = "discount_codes"

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"))
    enrolment_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("enrolments.id"), index=True)
    text: Mapped[str]
    code: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]

    __table_args__ = (
        ExcludeConstraint(
            (sa.text("program_id"), "="),
            (sa.text("code"), "="),
            (sa.text("tstzrange(valid_from, valid_until)"), "&&"),
            name="ex_discount_codes_interval",
            using="gist",
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="interval"),
    )


class Click(Base):
    """One visit through a link, written before the redirect; append-only.

    `label` is empty for a click that counts, else bot, prefetch, head or inactive. `browser` is a
    keyed digest of the consented first-party cookie, null without consent. No address is kept.
    """

    __tablename__ = "clicks"

    link_id: Mapped[UUID] = mapped_column(sa.ForeignKey("tracking_links.id"), primary_key=True)
    id: Mapped[Id]
    program_id: Mapped[UUID]
    enrolment_id: Mapped[UUID]
    occurred_at: Mapped[datetime]
    sub_ids: Mapped[Json]
    referrer_host: Mapped[str]
    device: Mapped[str]
    label: Mapped[str]
    consent: Mapped[bool | None]
    browser: Mapped[bytes | None]

    __table_args__ = (
        sa.CheckConstraint("label IN ('','bot','prefetch','head','inactive')", name="label"),
        sa.Index("ix_clicks_enrolment", "enrolment_id", "occurred_at"),
        sa.Index("ix_clicks_browser", "program_id", "browser", postgresql_where=sa.text("browser IS NOT NULL")),
    )


class Shop(Base):
    """A brand's own system or connected shop; its orders count in one program."""

    __tablename__ = "shops"

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class ShopKey(Base):
    """An API key of a shop. The signing secret is encrypted with a key derived from SECRET_KEY."""

    __tablename__ = "shop_keys"

    id: Mapped[Id]
    shop_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shops.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    secret_encrypted: Mapped[bytes]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class InboundEvent(Base):
    """News of an order as it arrived: the idempotency record, kept for ever.

    `payload` is the raw body, `digest` its SHA-256, `response` the answer given. `verdict` is null
    until processed, then accepted, duplicate_order, known, waiting or refused, with `detail`. What was
    refused before it was stored has the source `refused` and is no such record: its key stays free.
    """

    __tablename__ = "inbound_events"

    id: Mapped[Id]
    shop_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shops.id"))
    source: Mapped[str]
    source_event_id: Mapped[str]
    order_number: Mapped[str]
    digest: Mapped[str]
    payload: Mapped[bytes]
    response: Mapped[Json]
    received_at: Mapped[datetime]
    verdict: Mapped[str | None]
    detail: Mapped[str] = mapped_column(default="")
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("shop_id", "source", "source_event_id"),
        sa.CheckConstraint("verdict IN ('accepted','duplicate_order','known','waiting','refused')", name="verdict"),
        sa.Index("ix_inbound_events_open", "shop_id", "id", postgresql_where=sa.text("verdict IS NULL")),
        sa.Index(
            "ix_inbound_events_waiting",
            "shop_id",
            "order_number",
            postgresql_where=sa.text("verdict = 'waiting'"),
        ),
    )


class InboundConflict(Base):
    """The same key came again with another payload; refused with 409, kept as evidence."""

    __tablename__ = "inbound_conflicts"

    id: Mapped[Id]
    inbound_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("inbound_events.id"), index=True)
    digest: Mapped[str]
    received_at: Mapped[datetime]


class Import(Base):
    """A CSV of orders: stored, checked (`report` is the dry run), then imported."""

    __tablename__ = "order_imports"
    machine = IMPORT

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), index=True)
    shop_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shops.id"))
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("files.id"))
    name: Mapped[str]
    mapping: Mapped[Json]
    report: Mapped[Json]
    state: Mapped[str]
    created_at: Mapped[datetime]
    imported_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("state IN ('checked','importing','imported')", name="state"),)


from marketplace.affiliate import sales_models  # noqa: E402, F401 - the other half of the tables
