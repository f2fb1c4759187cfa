"""Tables of money on its way to and from banks: payees' bank payouts, the platform's fee sweeps, and how long money is held."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor
from marketplace.payments.states import BANK_PAYOUT, SWEEP


class BankPayout(Base):
    """Stripe's payout from a payee's Stripe balance to her bank. It is Stripe's doing; we only show it."""

    __tablename__ = "bank_payouts"
    machine = BANK_PAYOUT

    id: Mapped[Id]
    stripe_id: Mapped[str] = mapped_column(unique=True)
    party_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[str]
    arrives_on: Mapped[date]
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (sa.CheckConstraint("state IN ('on_its_way','paid','failed','canceled')", name="state"),)


class Sweep(Base):
    """Earned platform fees on their way from the platform's Stripe balance to its bank."""

    __tablename__ = "sweeps"
    machine = SWEEP

    id: Mapped[Id]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[str]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    arrives_on: Mapped[date | None]
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("state IN ('sending','in_transit','paid','failed','refused')", name="state"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.Index(
            "uq_sweeps_under_way",
            "currency",
            unique=True,
            postgresql_where=sa.text("state IN ('sending','in_transit')"),
        ),
    )


class HoldNotice(Base):
    """A lot's money was held long enough for a step: warned, due, expired, returned. Once each; rows are only added."""

    __tablename__ = "hold_notices"

    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("step IN ('warned','due','expired','returned')", name="step"),)
