"""What happens to briefs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("briefs.published", subject="brief_id")
@dataclass(frozen=True)
class BriefPublished:
    """Creators can read it and apply. `version_id` is the terms version that binds."""

    brief_id: UUID
    brand_party_id: UUID
    version_id: UUID


@event("briefs.revised", subject="brief_id")
@dataclass(frozen=True)
class BriefRevised:
    """A published brief has new terms; who applied stays on `old_version_id` until they accept."""

    brief_id: UUID
    brand_party_id: UUID
    old_version_id: UUID
    version_id: UUID


@event("briefs.paused", subject="brief_id")
@dataclass(frozen=True)
class BriefPaused:
    """No applications for now."""

    brief_id: UUID
    brand_party_id: UUID


@event("briefs.resumed", subject="brief_id")
@dataclass(frozen=True)
class BriefResumed:
    """Applications are open again."""

    brief_id: UUID
    brand_party_id: UUID


@event("briefs.closed", subject="brief_id")
@dataclass(frozen=True)
class BriefClosed:
    """No more applications; by its brand, or by the clock after the apply-by day."""

    brief_id: UUID
    brand_party_id: UUID


@event("briefs.archived", subject="brief_id")
@dataclass(frozen=True)
class BriefArchived:
    """Put away."""

    brief_id: UUID
    brand_party_id: UUID


@event("briefs.creator_invited", subject="brief_id")
@dataclass(frozen=True)
class CreatorInvited:
    """A brand asked a creator to look at its brief."""

    brief_id: UUID
    brand_party_id: UUID
    creator_party_id: UUID
