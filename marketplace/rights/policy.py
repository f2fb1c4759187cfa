"""Who may ask the register. Licences are loaded for their own parties only."""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.rights.models import Licence


def may_ask(actor: Actor, licence: Licence) -> bool:
    """Both sides, in any role."""
    return actor.party_id in (licence.creator_party_id, licence.brand_party_id)
