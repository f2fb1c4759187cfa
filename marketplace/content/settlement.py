"""When everything is published and confirmed: release the pay, then the deal is done.

The whole protected payment goes out at once: the portal's shown fee stays, the rest is the
creator's. The key makes a second release of the same deal impossible.
"""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.collaborations import deals
from marketplace.collaborations.models import Deal
from marketplace.content.models import Deliverable
from marketplace.content.states import DELIVERABLE
from marketplace.lifecycle import advance


def settle(deal: Deal, pieces: list[Deliverable], *, by: Actor) -> Deal:
    """Release what is protected, finish the pieces, complete the deal."""
    for piece in pieces:
        advance(DELIVERABLE, piece, "finish", by=by, room_id=deal.id)
    return deals.complete(deal, by=by)
