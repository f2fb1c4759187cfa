"""Who may read a line: whoever it was written to."""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.notifications.models import Notification


def is_own(actor: Actor, row: Notification) -> bool:
    """The line was written to this person."""
    return row.user_id == actor.user_id
