"""Tables of what Stripe told us: its messages, and the mirror of its balance."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor
from marketplace.payments.states import WEBHOOK


class WebhookEvent(Base):
    """A message from Stripe, stored before any work. Only what points at the object; the job fetches it anew.

    `fetched`: it never arrived, and we found it in Stripe's list.
    """

    __tablename__ = "webhook_events"
    machine = WEBHOOK

    id: Mapped[Id]
    stripe_id: Mapped[str] = mapped_column(unique=True)
    endpoint: Mapped[str]
    type: Mapped[str]
    account: Mapped[str | None]
    object_id: Mapped[str | None]
    live: Mapped[bool]
    fetched: Mapped[bool] = mapped_column(server_default=sa.false())
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        sa.CheckConstraint("state IN ('received','handled','ignored','parked')", name="state"),
        sa.Index("ix_webhook_events_due", "next_attempt_at", postgresql_where=sa.text("state = 'received'")),
    )


class BalanceTransaction(Base):
    """The mirror of one movement on the platform's Stripe balance: `net` = `amount` - `fee`, negative when it leaves.

    `mark` is what our metadata on its source says: the call or the payment it belongs to; `about` what its source is
    about: a refund's charge, a transfer's account, a reversal's transfer.
    `journal_id` is the journal that explains it; `settled_journal_id` the one that moved it from
    pending to available once `available_on` had passed.
    """

    __tablename__ = "balance_transactions"

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    source: Mapped[str | None]
    mark: Mapped[str | None]
    about: Mapped[str | None]
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    net_minor: Mapped[Minor]
    currency: Mapped[Currency]
    created_at: Mapped[datetime]
    available_on: Mapped[datetime]
    booked_as: Mapped[str | None]
    journal_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    settled_journal_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)

    amount, net = db.money("amount_minor", "currency"), db.money("net_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("net_minor = amount_minor - fee_minor", name="net"),
        sa.Index(
            "ix_balance_transactions_to_settle",
            "available_on",
            postgresql_where=sa.text("booked_as = 'stripe_pending' AND settled_journal_id IS NULL"),
        ),
        sa.Index("ix_balance_transactions_unexplained", "created_at", postgresql_where=sa.text("journal_id IS NULL")),
    )
