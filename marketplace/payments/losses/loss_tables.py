"""Tables of money that comes back or is lost: recoveries, refunds a bank sent back, chargebacks, freezes.

Amounts are whole minor units of the row's currency. `subject_id` and the party ids are opaque.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor
from marketplace.money import Money
from marketplace.payments.states import CHARGEBACK, CHARGEBACK_HOLD, RECOVERY


class Recovery(Base):
    """Released money taken back, one transfer at a time: `amount` from the payee, `fee` from the platform's share.

    `purpose` is refund (it goes to the payer) or chargeback (it covers a loss at the card). `how` it came:
    unsent (it had not left), reversal (Stripe reversed the transfer), receivable (her balance was short: she
    owes it and later earnings pay it). `request_key` groups those asked for together.
    """

    __tablename__ = "recoveries"
    machine = RECOVERY

    id: Mapped[Id]
    request_key: Mapped[str]
    payout_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payouts.id"), index=True)
    transfer_id: Mapped[UUID] = mapped_column(sa.ForeignKey("transfers.id"), index=True)
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payee_party_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str]
    purpose: Mapped[str]
    state: Mapped[str]
    how: Mapped[str | None]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    fee = db.money("fee_minor", "currency")

    @property
    def gross(self) -> Money:
        """What the payer gets of it: the payee's part and the fee's."""
        return self.amount + self.fee

    __table_args__ = (
        sa.UniqueConstraint("request_key", "transfer_id"),
        sa.CheckConstraint("state IN ('sending','done','owed','refused')", name="state"),
        sa.CheckConstraint("purpose IN ('refund','chargeback')", name="purpose"),
        sa.CheckConstraint("how IN ('unsent','reversal','receivable')", name="how"),
        sa.CheckConstraint("amount_minor >= 0 AND fee_minor >= 0 AND amount_minor + fee_minor > 0", name="amounts"),
    )


class ReturnedRefund(Base):
    """A refund that the payer's bank sent back: the money is the payer's and here again until it has another way.

    `failure` is Stripe's code. It ends when it is refunded again (`again_refund_id`) or paid another way, as the
    `note` says; the refund's own state says which.
    """

    __tablename__ = "returned_refunds"

    id: Mapped[Id]
    refund_id: Mapped[UUID] = mapped_column(sa.ForeignKey("refunds.id"), unique=True)
    failure: Mapped[str]
    came_back_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    note: Mapped[str | None]
    by_user_id: Mapped[UUID | None]
    again_refund_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("refunds.id"))


class Chargeback(Base):
    """A payment its payer's bank takes back. One per dispute at Stripe.

    `withheld` is what the bank took, `reinstated` what it gave back, `fee` Stripe's for the case. `lost` is the
    part that was still protected; the rest of a lost one is the platform's loss.
    """

    __tablename__ = "chargebacks"
    machine = CHARGEBACK

    id: Mapped[Id]
    stripe_id: Mapped[str] = mapped_column(unique=True)
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payer_party_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str]
    state: Mapped[str]
    withheld_minor: Mapped[Minor] = mapped_column(default=0)
    reinstated_minor: Mapped[Minor] = mapped_column(default=0)
    fee_minor: Mapped[Minor] = mapped_column(default=0)
    lost_minor: Mapped[Minor] = mapped_column(default=0)
    answer_by: Mapped[datetime | None]
    evidence: Mapped[str | None]
    evidence_sent_at: Mapped[datetime | None]
    evidence_by_user_id: Mapped[UUID | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    withheld = db.money("withheld_minor", "currency")
    lost = db.money("lost_minor", "currency")
    fee = db.money("fee_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("state IN ('asked','open','answered','won','lost')", name="state"),
        sa.CheckConstraint(
            "withheld_minor >= 0 AND reinstated_minor >= 0 AND lost_minor >= 0",
            name="amounts",
        ),
    )


class ChargebackHold(Base):
    """What a chargeback holds of one subject's protected money: held, then freed or lost."""

    __tablename__ = "chargeback_holds"
    machine = CHARGEBACK_HOLD

    id: Mapped[Id]
    chargeback_id: Mapped[UUID] = mapped_column(sa.ForeignKey("chargebacks.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    reservation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_reservations.id"), unique=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    state: Mapped[str]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("state IN ('held','freed','lost')", name="state"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
    )


class Freeze(Base):
    """While one stands on a subject, nothing of its protected money is released.

    `why` is chargeback (at the card) or dispute (between two sides); `ref_id` the row that asked for it.
    """

    __tablename__ = "freezes"

    id: Mapped[Id]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    why: Mapped[str]
    ref_id: Mapped[UUID]
    began_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]

    __table_args__ = (
        sa.CheckConstraint("why IN ('chargeback','dispute')", name="why"),
        sa.Index(
            "uq_freezes_standing", "ref_id", "subject_id", unique=True, postgresql_where=sa.text("lifted_at IS NULL")
        ),
    )
