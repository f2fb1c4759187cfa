"""Facts of payments. `subject_id` is the opaque id the money belongs to, and the room its timeline is shown in."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("payments.funded", subject="funding_id", room="subject_id")
@dataclass(frozen=True)
class Funded:
    """A payer's money has arrived and is protected. `amount_minor` is the gross amount."""

    funding_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.released", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class Released:
    """Protected money now belongs to the payee. `amount_minor` is hers, `fee_minor` the platform's."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    fee_minor: int
    currency: str


@event("payments.payout_waiting", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class PayoutWaiting:
    """Money waits because its payee's payout account is not ready."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.payout_paid", subject="payout_id", room="subject_id")
@dataclass(frozen=True)
class PayoutPaid:
    """The whole payout has been transferred to the payee's Stripe balance."""

    payout_id: UUID
    payee_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.refunded", subject="refund_id", room="subject_id")
@dataclass(frozen=True)
class Refunded:
    """Protected money went back to its payer."""

    refund_id: UUID
    payer_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.account_ready", subject="party_id")
@dataclass(frozen=True)
class AccountReady:
    """A party can be sent money from now on."""

    party_id: UUID


@event("payments.direct_payment_recorded", subject="direct_payment_id", room="subject_id")
@dataclass(frozen=True)
class DirectPaymentRecorded:
    """A brand wrote down that it paid a creator outside. The money never touched us."""

    direct_payment_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    payee_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.direct_payment_answered", subject="direct_payment_id", room="subject_id")
@dataclass(frozen=True)
class DirectPaymentAnswered:
    """It arrived, is missing, counts by silence, or was taken back (`word`, see `DirectPaymentAnswer`)."""

    direct_payment_id: UUID
    subject_id: UUID
    payer_party_id: UUID
    payee_party_id: UUID
    word: str
    amount_minor: int
    currency: str
