"""Tables of orders, commission lines, statements and release batches. All of them append-only.

Sign convention: a positive line is owed to the affiliate, a negative one takes it back. Money is
integer minor units. A line's state (refused, accrued, held, releasable, in payout, paid) is derived
from these rows; nothing is ever updated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.db import Base, Currency, Id, Json, Minor, money

ORDER_EVENTS = (
    "paid", "edited", "partly_refunded", "refunded", "cancelled",
    "disputed", "dispute_won", "dispute_lost", "refund_failed",
)  # fmt: skip
LINE_KINDS = (
    "commission", "refund", "edit", "chargeback", "reinstatement", "clawback", "bonus", "correction",
)  # fmt: skip
REASONS = (
    "credited", "outside_window", "other_affiliate", "self_referral", "cap_reached", "not_enrolled",
    "code_expired", "bot", "duplicate_order", "excluded_product", "held_for_review", "returning_customer",
)  # fmt: skip


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ",".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


class Order(Base):
    """An order as the shop reported it when paid. Its state is derived from its events.

    `tax_minor` is the tax contained in the lines' amounts; `shipping_minor` lies outside of them;
    `discount_minor` is what the order as a whole was reduced by. `customer` and `email` are keyed
    or plain digests, never the customer's own words.
    """

    __tablename__ = "orders"

    id: Mapped[Id]
    shop_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shops.id"))
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"))
    number: Mapped[str]
    placed_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    currency: Mapped[Currency]
    tax_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    base_minor: Mapped[Minor]
    customer: Mapped[str | None]
    source: Mapped[str]
    digest: Mapped[str]

    lines: Mapped[list[OrderLine]] = relationship(lazy="raise", order_by="OrderLine.position", viewonly=True)
    base = money("base_minor", "currency")

    __table_args__ = (
        sa.UniqueConstraint("shop_id", "number"),
        sa.Index("ix_orders_program", "program_id", "placed_at", "id"),
    )


class OrderLine(Base):
    """One line of an order. `base_minor` = amount − its discounts − its tax, never below zero."""

    __tablename__ = "order_lines"

    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    quantity: Mapped[int]
    amount_minor: Mapped[Minor]
    discount_minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    base_minor: Mapped[Minor]


class OrderEvent(Base):
    """What happened to an order, in the shop's time and in ours.

    `amount_minor` is the goods' share of a refund, `parts` how much of it fell on which line
    (`{"0": 500}`); what `parts` does not name is spread over the lines. `reference` tells disputes
    apart.
    """

    __tablename__ = "order_events"

    id: Mapped[Id]
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"))
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    amount_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor]
    parts: Mapped[Json]
    reference: Mapped[str]
    source_event_id: Mapped[str]

    __table_args__ = (
        sa.UniqueConstraint("order_id", "source_event_id"),
        _one_of("kind", ORDER_EVENTS),
        sa.CheckConstraint("amount_minor >= 0 AND shipping_minor >= 0", name="amounts"),
    )


class Conversion(Base):
    """The parent of commission lines: an order (later also a lead, or a day of clicks)."""

    __tablename__ = "conversions"

    id: Mapped[Id]
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), index=True)
    kind: Mapped[str]
    order_id: Mapped[UUID] = mapped_column(sa.ForeignKey("orders.id"), unique=True)
    occurred_at: Mapped[datetime]

    __table_args__ = (_one_of("kind", ("order",)),)


class AttributionDecision(Base):
    """Why an order went to whom. `touches` holds every candidate in order with its judgement;
    the same touches under the same terms give the same `shares` again.
    """

    __tablename__ = "attribution_decisions"

    conversion_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conversions.id"), primary_key=True)
    program_terms_id: Mapped[UUID] = mapped_column(sa.ForeignKey("program_terms.id"))
    touches: Mapped[list[Any]] = mapped_column(JSONB)
    shares: Mapped[list[Any]] = mapped_column(JSONB)
    rule: Mapped[str]
    decided_at: Mapped[datetime]


class Line(Base):
    """One commission line. Keyed by enrolment and id, so that it can be partitioned by id.

    `components` holds how the base came about, order line by order line. `posted_at` decides the
    statement, `releases_at` (frozen) when it may be paid.
    """

    __tablename__ = "lines"

    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolments.id"), primary_key=True)
    id: Mapped[Id]
    program_id: Mapped[UUID]
    conversion_id: Mapped[UUID] = mapped_column(sa.ForeignKey("conversions.id"), index=True)
    order_event_id: Mapped[UUID] = mapped_column(sa.ForeignKey("order_events.id"))
    kind: Mapped[str]
    parent_id: Mapped[UUID | None]
    reason: Mapped[str]
    rule: Mapped[str]
    rate_bps: Mapped[int | None]
    base_minor: Mapped[Minor]
    components: Mapped[Json]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    program_terms_id: Mapped[UUID] = mapped_column(sa.ForeignKey("program_terms.id"))
    enrolment_terms_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("enrolment_terms.id"))
    occurred_at: Mapped[datetime]
    posted_at: Mapped[datetime]
    releases_at: Mapped[datetime]

    amount = money("amount_minor", "currency")
    base = money("base_minor", "currency")

    __table_args__ = (
        _one_of("kind", LINE_KINDS),
        _one_of("reason", REASONS),
        sa.CheckConstraint("reason = 'credited' OR amount_minor = 0", name="refused_is_zero"),
        sa.ForeignKeyConstraint(["enrolment_id", "parent_id"], ["lines.enrolment_id", "lines.id"]),
        sa.Index(
            "ix_lines_statement",
            "enrolment_id",
            "currency",
            "posted_at",
            "id",
            postgresql_include=["amount_minor", "kind", "reason", "releases_at"],
        ),
        sa.Index("ix_lines_program", "program_id", "posted_at"),
    )


class LineHold(Base):
    """A commission held beyond its date, and why; ended by a `LineHoldEnd`."""

    __tablename__ = "line_holds"

    id: Mapped[Id]
    enrolment_id: Mapped[UUID]
    line_id: Mapped[UUID]
    reason: Mapped[str]
    reference: Mapped[str]
    opened_at: Mapped[datetime]

    __table_args__ = (
        sa.ForeignKeyConstraint(["enrolment_id", "line_id"], ["lines.enrolment_id", "lines.id"]),
        sa.UniqueConstraint("enrolment_id", "line_id", "reference"),
        _one_of("reason", ("dispute", "review")),
    )


class LineHoldEnd(Base):
    """A hold is over."""

    __tablename__ = "line_hold_ends"

    hold_id: Mapped[UUID] = mapped_column(sa.ForeignKey("line_holds.id"), primary_key=True)
    outcome: Mapped[str]
    ended_at: Mapped[datetime]


class Close(Base):
    """A program's month was closed: nothing is ever posted before `period_end` again."""

    __tablename__ = "program_closes"

    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), primary_key=True)
    period_start: Mapped[datetime] = mapped_column(primary_key=True)
    period_end: Mapped[datetime]
    statements: Mapped[int]
    closed_at: Mapped[datetime]


class Statement(Base):
    """A closed month of one enrolment. It owns the lines posted in [period_start, period_end).

    opening + earned + adjustments − paid = closing
    closing = held + releasable + carried_forward + in_payout
    """

    __tablename__ = "statements"

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolments.id"))
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"))
    number: Mapped[int]
    currency: Mapped[Currency]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    opening_minor: Mapped[Minor]
    earned_minor: Mapped[Minor]
    adjustments_minor: Mapped[Minor]
    paid_minor: Mapped[Minor]
    closing_minor: Mapped[Minor]
    held_minor: Mapped[Minor]
    releasable_minor: Mapped[Minor]
    carried_forward_minor: Mapped[Minor]
    in_payout_minor: Mapped[Minor]
    refused_count: Mapped[int]
    refused_base_minor: Mapped[Minor]
    line_count: Mapped[int]
    lines_digest: Mapped[str]
    digest: Mapped[str]
    previous_digest: Mapped[str | None]
    closed_at: Mapped[datetime]

    opening = money("opening_minor", "currency")
    earned = money("earned_minor", "currency")
    adjustments = money("adjustments_minor", "currency")
    paid = money("paid_minor", "currency")
    closing = money("closing_minor", "currency")
    held = money("held_minor", "currency")
    releasable = money("releasable_minor", "currency")
    carried_forward = money("carried_forward_minor", "currency")
    in_payout = money("in_payout_minor", "currency")
    refused_base = money("refused_base_minor", "currency")

    __table_args__ = (
        sa.UniqueConstraint("enrolment_id", "number"),
        sa.UniqueConstraint("enrolment_id", "period_start"),
        sa.CheckConstraint(
            "opening_minor + earned_minor + adjustments_minor - paid_minor = closing_minor", name="adds_up"
        ),
        sa.CheckConstraint(
            "held_minor + releasable_minor + carried_forward_minor + in_payout_minor = closing_minor",
            name="closing_parts",
        ),
        sa.Index("ix_statements_program", "program_id", "period_start"),
    )


class ReleaseBatch(Base):
    """Lines released together: one payout out of the program's budget, all or nothing.

    With `paid_directly` the brand pays past the budget, and its `DirectPayment`s name this batch.
    """

    __tablename__ = "release_batches"

    id: Mapped[Id]
    enrolment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("enrolments.id"), index=True)
    program_id: Mapped[UUID] = mapped_column(sa.ForeignKey("programs.id"), index=True)
    statement_id: Mapped[UUID] = mapped_column(sa.ForeignKey("statements.id"), unique=True)
    payout_id: Mapped[UUID | None] = mapped_column(unique=True)
    paid_directly: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    created_at: Mapped[datetime]

    amount = money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("paid_directly = (payout_id IS NULL)", name="one_way"),
    )


class ReleasedLine(Base):
    """A line's claim by its batch. The key keeps a line out of a second one."""

    __tablename__ = "released_lines"

    enrolment_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("release_batches.id"), index=True)

    __table_args__ = (sa.ForeignKeyConstraint(["enrolment_id", "line_id"], ["lines.enrolment_id", "lines.id"]),)


class BatchPayment(Base):
    """The batch's payout has arrived; `posted_at` decides the statement that shows it."""

    __tablename__ = "batch_payments"

    batch_id: Mapped[UUID] = mapped_column(sa.ForeignKey("release_batches.id"), primary_key=True)
    posted_at: Mapped[datetime]
