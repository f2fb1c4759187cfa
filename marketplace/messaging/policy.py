"""Who may write. Threads are loaded for their own parties only."""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.messaging.models import Thread


def may_read(actor: Actor, thread: Thread) -> bool:
    """Both sides, in any role."""
    return actor.party_id in (thread.creator_party_id, thread.brand_party_id)


def may_write(actor: Actor, thread: Thread) -> bool:
    """Both sides; a brand's viewers and finance people only read."""
    if actor.party_id == thread.creator_party_id:
        return True
    return actor.party_id == thread.brand_party_id and actor.is_a("brand", "owner", "manager", "reviewer")
