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


@event("creators.holiday_announced", subject="holiday_id")
@dataclass(frozen=True)
class HolidayAnnounced:
    """A creator says when she is away; her clocks stand still in these days."""

    holiday_id: UUID
    party_id: UUID


@event("creators.holiday_called_off", subject="holiday_id")
@dataclass(frozen=True)
class HolidayCalledOff:
    """She is back early, or never goes."""

    holiday_id: UUID
    party_id: UUID
