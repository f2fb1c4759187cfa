"""What happens to brands."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("brands.verified", subject="party_id")
@dataclass(frozen=True)
class BrandVerified:
    """Someone vouches for the brand: `how` is `domain` (it proved one) or `staff`."""

    party_id: UUID
    how: str


@event("brands.domain_proven", subject="domain_id")
@dataclass(frozen=True)
class DomainProven:
    """A domain is the brand's: `proof` is `file`, `dns` or `staff`."""

    domain_id: UUID
    party_id: UUID
    proof: str
