"""Facts about messages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("messaging.sent", subject="message_id", room="room_id")
@dataclass(frozen=True)
class MessageSent:
    """One side wrote to the other."""

    message_id: UUID
    thread_id: UUID
    room_id: UUID
    from_party_id: UUID
    to_party_id: UUID
