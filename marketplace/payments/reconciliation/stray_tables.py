"""What staff booked by hand: movements at Stripe that nothing here had asked for.

`amount` is the movement's own, before Stripe's fee: negative when it left our balance there. `what` it was is a name of
`strays.WHAT`; `subject_id` whose protected money it took, `party_id` who was paid ahead. Rows are only ever added.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import db
from marketplace.db import Base, Currency, Id


class StrayBooking(Base):
    """One movement, booked once by one person with her reason; `source` is Stripe's object that it came from."""

    __tablename__ = "stray_bookings"

    id: Mapped[Id]
    transaction_id: Mapped[str] = mapped_column(sa.ForeignKey("balance_transactions.id"), unique=True)
    source: Mapped[str | None] = mapped_column(index=True)
    what: Mapped[str]
    subject_id: Mapped[UUID | None]
    party_id: Mapped[UUID | None]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[Currency]
    reason: Mapped[str]
    journal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    by_user_id: Mapped[UUID | None]
    booked_at: Mapped[datetime]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint(
            "what IN ('own_money','stripe_fee','borne','refund','paid_ahead','taken_back')", name="what"
        ),
        sa.CheckConstraint("reason <> ''", name="reason"),
    )
