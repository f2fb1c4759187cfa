"""Tables of what keeps a payout back: changes of the payout account, and amounts that a person looks at.

`party_id` is whoever is paid; the row says nothing of a bank account but a digest.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import db
from marketplace.db import Base, Currency, Id


class AccountChange(Base):
    """Where a payee is paid was changed after it had been set up. `bank_digest` is the new bank account's.

    `undone_at`: she disowned it from her mail; nothing is paid until a newer change stands, or `owned_at`
    says that it was hers after all.
    """

    __tablename__ = "payout_account_changes"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(index=True)
    bank_digest: Mapped[bytes]
    seen_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    owned_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("owned_at IS NULL OR undone_at IS NOT NULL", name="owned"),)


class PayoutReview(Base):
    """A payout above a limit waits for a person of the staff. `why` is the limit's name, `limit_minor` what it was."""

    __tablename__ = "payout_reviews"

    payout_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payouts.id"), primary_key=True)
    why: Mapped[str]
    limit_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[Currency]
    began_at: Mapped[datetime]
    let_by_user_id: Mapped[UUID | None]
    let_at: Mapped[datetime | None]

    limit = db.money("limit_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("why IN ('payouts_a_day','first_payouts')", name="why"),
        sa.CheckConstraint("(let_at IS NULL) = (let_by_user_id IS NULL)", name="let"),
        sa.Index("ix_payout_reviews_open", "began_at", postgresql_where=sa.text("let_at IS NULL")),
    )
