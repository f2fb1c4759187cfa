"""Facts of second approvers, limits and payouts that a person looks at before they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("payments.approval_asked", subject="approval_id")
@dataclass(frozen=True)
class ApprovalAsked:
    """Somebody wants to move money above the limit; another person of the party decides."""

    approval_id: UUID
    party_id: UUID


@event("payments.approval_given", subject="approval_id")
@dataclass(frozen=True)
class ApprovalGiven:
    """A second person agreed, and it was done."""

    approval_id: UUID
    party_id: UUID


@event("payments.approval_refused", subject="approval_id")
@dataclass(frozen=True)
class ApprovalRefused:
    """A second person said no, with words; nothing was moved."""

    approval_id: UUID
    party_id: UUID


@event("payments.approval_lapsed", subject="approval_id")
@dataclass(frozen=True)
class ApprovalLapsed:
    """No second person answered in time: it is back with whoever asked."""

    approval_id: UUID
    party_id: UUID


@event("payments.limit_set", subject="limit_id")
@dataclass(frozen=True)
class LimitSet:
    """Staff set a limit, in minor units; None is off."""

    limit_id: UUID
    name: str
    before_minor: int | None
    amount_minor: int | None
    currency: str


@event("payments.payout_reviewed", subject="payout_id")
@dataclass(frozen=True)
class PayoutReviewed:
    """A payout is above a limit: it waits until staff have looked at it."""

    payout_id: UUID
    payee_party_id: UUID
    amount_minor: int
    currency: str


@event("payments.payout_let_through", subject="payout_id")
@dataclass(frozen=True)
class PayoutLetThrough:
    """Staff looked at a payout above a limit and sent it on."""

    payout_id: UUID
    payee_party_id: UUID
    amount_minor: int
    currency: str
