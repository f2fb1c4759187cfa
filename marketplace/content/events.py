"""Facts about content; the room is the deal's."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("content.draft_submitted", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class DraftSubmitted:
    """A draft waits for the brand's review."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int
    version: int


@event("content.draft_sent_back", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class DraftSentBack:
    """The disclosure check was red: the draft is back with the creator and no review clock runs."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int
    version: int


@event("content.changes_requested", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class ChangesRequested:
    """The brand asked for changes; `round` counts from 1."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int
    round: int


@event("content.draft_approved", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class DraftApproved:
    """A draft may be published; `by_silence` when the clock approved it."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int
    by_silence: bool


@event("content.published", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class Published:
    """A piece is live, with its proof stored."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int


@event("content.post_refused", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class PostRefused:
    """The brand says that the link does not show the post; `time` counts from 1."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int
    time: int


@event("content.confirmed", subject="deliverable_id", room="deal_id")
@dataclass(frozen=True)
class PublicationConfirmed:
    """The brand, or its silence, confirmed that a piece is live."""

    deliverable_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    number: int
    by_silence: bool
