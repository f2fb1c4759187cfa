"""Tables of payments; those of the ledger are in `ledger_tables.py`, of the checks in `audit.py`, of what comes back
in `loss_tables.py`, of banks in `bank_tables.py`, of payments made outside in `direct_tables.py`, of what keeps a payout back
in `guard_tables.py`, of second approvers in `approval_tables.py`, of tax forms in `tax_tables.py`, of what was booked by
hand in `stray_tables.py`, of what Stripe told us in `heard_tables.py`.

Every amount is whole minor units of the row's currency and positive unless the column says otherwise.
`subject_id` and the party ids are opaque: no foreign key leaves this package.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor
from marketplace.payments.books.audit import CheckRun, Halt
from marketplace.payments.books.ledger_tables import (
    Account,
    ClosedPeriod,
    Journal,
    Posting,
    Reservation,
    ReservationEnd,
    Seal,
    Snapshot,
)
from marketplace.payments.guards.approval_tables import Approval, MoneyLimit
from marketplace.payments.guards.guard_tables import AccountChange, PayoutReview
from marketplace.payments.losses.loss_tables import Chargeback, ChargebackHold, Freeze, Recovery, ReturnedRefund
from marketplace.payments.money_in.card_models import CardSetup, Payer, PaymentMethod
from marketplace.payments.money_out.bank_tables import BankPayout, HoldNotice, Sweep
from marketplace.payments.paid_directly.direct_tables import DirectPayment, DirectPaymentAnswer
from marketplace.payments.reconciliation.differences import Difference, Reconciliation
from marketplace.payments.reconciliation.heard_tables import BalanceTransaction, WebhookEvent
from marketplace.payments.reconciliation.stray_tables import StrayBooking
from marketplace.payments.states import FUNDING, OPERATION, PAYOUT, PAYOUT_ACCOUNT, REFUND, TRANSFER
from marketplace.payments.tax.tax_tables import TaxForm, TaxFormDetails

__all__ = [
    "Account", "AccountChange", "Approval", "BalanceTransaction", "BankPayout", "CardSetup", "Chargeback",
    "ChargebackHold", "CheckRun", "ClosedPeriod", "Difference", "DirectPayment", "DirectPaymentAnswer", "Freeze",
    "Halt", "HoldNotice", "Journal", "MoneyLimit", "Payer", "PaymentMethod", "PayoutReview", "Posting",
    "Reconciliation", "Recovery", "Reservation", "ReservationEnd", "ReturnedRefund", "Seal", "Snapshot",
    "StrayBooking", "Sweep", "TaxForm", "TaxFormDetails", "WebhookEvent",
]  # fmt: skip


class StripeOperation(Base):
    """One thing we want from Stripe, committed before it is asked for: the outbox towards Stripe.

    `kind` is a name of `stripe.CALLS`, `row_id` the row that wants it. The idempotency key is made of
    both and `generation`, which goes up only after Stripe said no or a look-up found nothing.
    """

    __tablename__ = "stripe_operations"
    machine = OPERATION

    id: Mapped[Id]
    kind: Mapped[str]
    row_id: Mapped[UUID]
    params: Mapped[dict[str, Any]]
    generation: Mapped[int] = mapped_column(default=1)
    state: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    first_sent_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    object_id: Mapped[str | None]
    error_code: Mapped[str | None]
    error: Mapped[str | None]

    __table_args__ = (
        sa.UniqueConstraint("kind", "row_id"),
        sa.CheckConstraint("state IN ('intended','sent','unknown','done','refused')", name="state"),
        sa.Index(
            "ix_stripe_operations_due",
            "next_attempt_at",
            postgresql_where=sa.text("state IN ('intended','sent','unknown')"),
        ),
    )


class Funding(Base):
    """A payer's payment for a subject. `amount` is what the payer pays, fees included.

    `way` is how: on Stripe's hosted `page` (a card or, in dollars, a bank account), by the `card` on
    file, or by `invoice` and bank transfer. `session_url` is where the payer acts next: the hosted page,
    or her bank's for a card. `automatic` charges that
    card with nobody there. `transfer_to` is where an invoice is paid, as Stripe says it (account,
    reference, what is missing). `failure` is Stripe's code of why it failed.
    """

    __tablename__ = "fundings"
    machine = FUNDING

    id: Mapped[Id]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payer_party_id: Mapped[UUID] = mapped_column(index=True)
    purpose: Mapped[str]
    way: Mapped[str] = mapped_column(default="page", server_default="page")
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    description: Mapped[str]
    return_url: Mapped[str]
    state: Mapped[str]
    session_id: Mapped[str | None] = mapped_column(unique=True)
    session_url: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    method_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("payment_methods.id"))
    transfer_to: Mapped[dict[str, Any] | None]
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    funded_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    lots: Mapped[list[Lot]] = relationship(lazy="raise", viewonly=True, order_by="Lot.id")

    __table_args__ = (
        sa.CheckConstraint("state IN ('begun','open','pending','funded','expired','failed')", name="state"),
        sa.CheckConstraint("purpose IN ('deal','brief','budget')", name="purpose"),
        sa.CheckConstraint("way IN ('page','card','invoice','automatic')", name="way"),
        sa.CheckConstraint("(way IN ('card','automatic')) = (method_id IS NOT NULL)", name="method"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
    )


class Lot(Base):
    """One charge's protected money, drawn first in, first out. `fee` is Stripe's, borne by the platform.

    `subject_id` is what it was paid for; allocations may hand shares of it on. What is left is `amount`
    less its draws.
    """

    __tablename__ = "funding_lots"

    id: Mapped[Id]
    funding_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fundings.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    charge_id: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    currency: Mapped[Currency]
    journal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    created_at: Mapped[datetime]

    amount = db.money("amount_minor", "currency")


class LotDraw(Base):
    """What a payout, a refund or a chargeback took from a lot; a negative amount puts it back. Rows are only added."""

    __tablename__ = "lot_draws"

    id: Mapped[Id]
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), index=True)
    payout_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("payouts.id"), index=True)
    refund_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("refunds.id"), index=True)
    chargeback_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("chargebacks.id"), index=True)
    amount_minor: Mapped[Minor]
    created_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("num_nonnulls(payout_id, refund_id, chargeback_id) = 1", name="one_purpose"),
        sa.CheckConstraint("amount_minor <> 0", name="something"),
    )


class Allocation(Base):
    """Protected money of one payer handed from one subject to another, as from a budget to what it pays for.

    `description` names what it is for. Rows are only added; what comes back is an allocation the other way.
    """

    __tablename__ = "allocations"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    from_subject_id: Mapped[UUID] = mapped_column(index=True)
    to_subject_id: Mapped[UUID] = mapped_column(index=True)
    payer_party_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    description: Mapped[str]
    journal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    created_at: Mapped[datetime]

    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.CheckConstraint("from_subject_id <> to_subject_id", name="moves"),
    )


class AllocationShare(Base):
    """What an allocation handed on of one lot. Rows are only added."""

    __tablename__ = "allocation_shares"

    allocation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("allocations.id"), primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), primary_key=True, index=True)
    amount_minor: Mapped[Minor]

    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="positive"),)


class Payout(Base):
    """A release: `amount` goes to the payee, `fee` stays with the platform; both left the protected money.

    `reason` is a name of `releases.EVIDENCE`, `evidence` the ids it demands.
    """

    __tablename__ = "payouts"
    machine = PAYOUT

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payee_party_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]]
    state: Mapped[str]
    journal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    fee = db.money("fee_minor", "currency")
    transfers: Mapped[list[Transfer]] = relationship(
        lazy="raise", viewonly=True, order_by="Transfer.id", back_populates="payout"
    )

    __table_args__ = (
        sa.CheckConstraint("state IN ('waiting_for_account','sending','stuck','paid','withdrawn')", name="state"),
        sa.CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name="amounts"),
    )


class Transfer(Base):
    """A payout's share from one lot: Stripe moves `amount` from the lot's charge to the payee's account.

    What was set off against what she owed (`netted`) or taken back before it left (`withdrawn`) is not in `amount`;
    the three make her share. `bank_payout_id` is the payout of Stripe's that took it to her bank.
    """

    __tablename__ = "transfers"
    machine = TRANSFER

    id: Mapped[Id]
    payout_id: Mapped[UUID] = mapped_column(sa.ForeignKey("payouts.id"), index=True)
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), index=True)
    amount_minor: Mapped[Minor]
    netted_minor: Mapped[Minor] = mapped_column(default=0)
    withdrawn_minor: Mapped[Minor] = mapped_column(default=0)
    currency: Mapped[Currency]
    state: Mapped[str]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    bank_payout_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("bank_payouts.id"), index=True)
    done_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    netted = db.money("netted_minor", "currency")
    withdrawn = db.money("withdrawn_minor", "currency")
    payout: Mapped[Payout] = relationship(lazy="raise", viewonly=True, back_populates="transfers")
    lot: Mapped[Lot] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        sa.CheckConstraint("state IN ('ready','sending','done','netted','withdrawn')", name="state"),
        sa.CheckConstraint(
            "amount_minor >= 0 AND netted_minor >= 0 AND withdrawn_minor >= 0"
            " AND amount_minor + netted_minor + withdrawn_minor > 0",
            name="amounts",
        ),
    )


class Refund(Base):
    """Protected money of one lot on its way back to the payer. `request_key` groups those asked for together."""

    __tablename__ = "refunds"
    machine = REFUND

    id: Mapped[Id]
    request_key: Mapped[str]
    lot_id: Mapped[UUID] = mapped_column(sa.ForeignKey("funding_lots.id"), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    payer_party_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str]
    state: Mapped[str]
    reservation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_reservations.id"), unique=True)
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    lot: Mapped[Lot] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        sa.UniqueConstraint("request_key", "lot_id"),
        sa.CheckConstraint("state IN ('sending','done','refused','came_back','again','paid_otherwise')", name="state"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
    )


class PayoutAccount(Base):
    """A party's account at Stripe. `missing` names what Stripe still asks for; the forms are Stripe's own.

    `capability` is Stripe's word on transfers (active, pending, restricted, rejected, unsupported); `bank_problem` why the
    last payout to her bank failed, until one arrives. `bank_digest` tells one bank account from another and says nothing
    else of it; `bank_last_four` are the digits she knows it by.
    """

    __tablename__ = "payout_accounts"
    machine = PAYOUT_ACCOUNT

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(unique=True)
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    missing: Mapped[list[str]]
    capability: Mapped[str | None]
    bank_problem: Mapped[str | None]
    bank_digest: Mapped[bytes | None]
    bank_last_four: Mapped[str | None]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    __table_args__ = (sa.CheckConstraint("state IN ('onboarding','ready','restricted')", name="state"),)
