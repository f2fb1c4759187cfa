"""What happens to creators' profiles."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("creators.profile_written", subject="party_id")
@dataclass(frozen=True)
class ProfileWritten:
    """A creator changed her public words, figures or samples."""

    party_id: UUID
