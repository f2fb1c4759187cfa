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


@event("brands.renamed", subject="rename_id")
@dataclass(frozen=True)
class Renamed:
    """A brand goes by another name. `by_operator`: it had to be looked at first."""

    rename_id: UUID
    party_id: UUID
    by_operator: bool


@event("brands.rename_asked", subject="rename_id")
@dataclass(frozen=True)
class RenameAsked:
    """A verified brand asks to go by another name; the operator looks at it."""

    rename_id: UUID
    party_id: UUID


@event("brands.rename_refused", subject="rename_id")
@dataclass(frozen=True)
class RenameRefused:
    """The operator did not agree to a name: the old one stays."""

    rename_id: UUID
    party_id: UUID
