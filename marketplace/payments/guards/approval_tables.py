"""Tables of the second approver: what one person asked for and another decides, and the limits staff set.

`key` is the business key of the money's movement (a payout's, a recovery's or a refund's), so that the check B15
finds who agreed to it. Ids are opaque; amounts are minor units of the row's currency.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor
from marketplace.payments.guards.approval_states import APPROVAL


class Approval(Base):
    """Money above the limit that somebody wants to move. `act` is a name of `approvals.ACTS`, done to `target_id`.

    `party_id` is whose people decide; `other_party_id` who gets the money or loses it; `details` what the act
    needs besides. A row in state `alone` had nobody to ask, and `words` says why; else `words` is the reason of a
    refusal. `asked_by_user_id` is empty only there, where the clock acted.
    """

    __tablename__ = "approvals"
    machine = APPROVAL

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(index=True)
    act: Mapped[str]
    target_id: Mapped[UUID]
    party_id: Mapped[UUID] = mapped_column(index=True)
    other_party_id: Mapped[UUID | None]
    title: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    details: Mapped[dict[str, Any]]
    state: Mapped[str]
    asked_by_user_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    decided_by_user_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    words: Mapped[str | None]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("state IN ('asked','approved','refused','lapsed','overtaken','alone')", name="state"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("asked_by_user_id IS NOT NULL OR state = 'alone'", name="asked_by"),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by_user_id IS NOT NULL AND decided_by_user_id <> asked_by_user_id)",
            name="two_people",
        ),
        sa.Index("uq_approvals_open", "key", unique=True, postgresql_where=sa.text("state = 'asked'")),
    )


class MoneyLimit(Base):
    """A limit staff set at a moment; the newest of its name and currency counts. An empty `amount_minor` is off."""

    __tablename__ = "money_limits"

    id: Mapped[Id]
    name: Mapped[str]
    amount_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    currency: Mapped[Currency]
    set_by_user_id: Mapped[UUID | None]
    set_at: Mapped[datetime]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("ix_money_limits_newest", "name", "currency", "id"),
    )
