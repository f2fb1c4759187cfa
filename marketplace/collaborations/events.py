"""Facts about applications and deals. `room` is the application or deal whose timeline shows it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("collaborations.applied", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Applied:
    """A creator sent an application; the brand's answer clock runs."""

    application_id: UUID
    brief_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.shortlisted", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Shortlisted:
    """The brand put an applicant on its shortlist."""

    application_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.declined", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Declined:
    """The brand said no, and why (a key of DECLINE_REASONS)."""

    application_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    reason: str


@event("collaborations.withdrawn", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Withdrawn:
    """The creator took the application back."""

    application_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.expired", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Expired:
    """Nobody answered in time; `silent_party_id` owed the answer."""

    application_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    silent_party_id: UUID


@event("collaborations.offered", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Offered:
    """The brand proposed terms."""

    application_id: UUID
    version_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.countered", subject="application_id", room="application_id")
@dataclass(frozen=True)
class Countered:
    """The creator proposed other terms."""

    application_id: UUID
    version_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.new_terms_accepted", subject="application_id", room="application_id")
@dataclass(frozen=True)
class NewTermsAccepted:
    """A creator's application moved from one version of its brief to a newer one, by her own word."""

    application_id: UUID
    brief_id: UUID
    old_version_id: UUID
    version_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.old_terms_kept", subject="application_id", room="application_id")
@dataclass(frozen=True)
class OldTermsKept:
    """A creator keeps the terms she applied with; `version_id` is the newer version she said no to."""

    application_id: UUID
    brief_id: UUID
    version_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.accepted", subject="deal_id", room="deal_id")
@dataclass(frozen=True)
class Accepted:
    """One side accepted the other's terms; a deal exists and its contract is to be drawn up."""

    deal_id: UUID
    application_id: UUID
    brief_id: UUID
    version_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    accepted_by_party_id: UUID


@event("collaborations.funding_due", subject="deal_id", room="deal_id")
@dataclass(frozen=True)
class FundingDue:
    """Both signed; the brand pays in before work starts. `amount_minor` of `currency`."""

    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    amount_minor: int
    currency: str


@event("collaborations.deal_active", subject="deal_id", room="deal_id")
@dataclass(frozen=True)
class DealActive:
    """Work may start: signed, and paid in where pay was agreed."""

    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.deal_completed", subject="deal_id", room="deal_id")
@dataclass(frozen=True)
class DealCompleted:
    """Everything agreed was delivered and its pay released, or paid directly."""

    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("collaborations.pay_due", subject="deal_id", room="deal_id")
@dataclass(frozen=True)
class PayDue:
    """The brand owes the creator `amount_minor` of `currency`, to be paid directly; `late` if not for the first time."""

    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    amount_minor: int
    currency: str
    late: bool


@event("collaborations.deal_cancelled", subject="deal_id", room="deal_id")
@dataclass(frozen=True)
class DealCancelled:
    """Ended early. `to_creator_minor` of `currency` went to the creator by the ladder, the rest back; in a deal
    that is paid directly the brand owes it."""

    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    cancelled_by_party_id: UUID | None
    to_creator_minor: int
    currency: str
