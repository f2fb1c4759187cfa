"""Tables of payments made outside: what a brand says it has paid, and what the payee says of it.

Both are insert-only. A payment's standing is its newest answer, or none yet; nothing is ever updated.
Amounts are whole minor units of the row's currency, and positive.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor

METHODS = ("bank_transfer", "payment_service", "card", "cheque", "cash", "other")
ANSWERS = ("arrived", "missing", "counted", "withdrawn")


class DirectPayment(Base):
    """Money that went from payer to payee without us, as the payer recorded it.

    `subject_id` is what it pays for (a deal, a month's commissions), `title` its name in words;
    `reference` what the payee finds on her account; `evidence` the ids of what it is owed for.
    """

    __tablename__ = "direct_payments"

    id: Mapped[Id]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payer_party_id: Mapped[UUID] = mapped_column(index=True)
    payee_party_id: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    paid_on: Mapped[date]
    method: Mapped[str]
    reference: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime]
    recorded_by_user_id: Mapped[UUID | None]

    amount = db.money("amount_minor", "currency")
    answers: Mapped[list[DirectPaymentAnswer]] = relationship(
        lazy="raise", viewonly=True, order_by="DirectPaymentAnswer.id"
    )

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint(f"method IN ({', '.join(map(repr, METHODS))})", name="method"),
    )


class DirectPaymentAnswer(Base):
    """What became of a recorded payment.

    `arrived` and `missing` are the payee's words, `counted` is her silence, `withdrawn` the payer's:
    it was recorded by mistake. A missing payment may still arrive, or be withdrawn; the rest is final.
    """

    __tablename__ = "direct_payment_answers"

    id: Mapped[Id]
    payment_id: Mapped[UUID] = mapped_column(sa.ForeignKey("direct_payments.id"), index=True)
    word: Mapped[str]
    note: Mapped[str]
    answered_at: Mapped[datetime]
    user_id: Mapped[UUID | None]

    __table_args__ = (sa.CheckConstraint(f"word IN ({', '.join(map(repr, ANSWERS))})", name="word"),)
