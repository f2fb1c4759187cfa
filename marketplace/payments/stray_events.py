"""Facts of what Stripe has and nothing here asked for, and of refunds that came back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("payments.differences_stood", subject="difference_id")
@dataclass(frozen=True)
class DifferencesStand:
    """Stripe and our books tell `many` things differently for longer than an answer takes; the largest is named."""

    difference_id: UUID
    many: int
    amount_minor: int
    currency: str


@event("payments.refund_came_back", subject="refund_id", room="subject_id")
@dataclass(frozen=True)
class RefundCameBack:
    """The payer's bank sent a refund back: we have the money again, and owe it to the payer."""

    refund_id: UUID
    payer_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str


@event("payments.refund_paid_otherwise", subject="refund_id", room="subject_id")
@dataclass(frozen=True)
class RefundPaidOtherwise:
    """Staff paid a payer outside what a refund could not bring; `note` is what she finds on her account."""

    refund_id: UUID
    payer_party_id: UUID
    subject_id: UUID
    amount_minor: int
    currency: str
    note: str
