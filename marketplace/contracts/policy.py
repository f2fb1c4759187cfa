"""Who may read and sign. Contracts are loaded for their own parties only."""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.contracts.models import Contract


def may_read(actor: Actor, contract: Contract) -> bool:
    """Both sides, in any role."""
    return actor.party_id in (contract.deal.creator_party_id, contract.deal.brand_party_id)


def may_sign(actor: Actor, contract: Contract) -> bool:
    """The creator; for a brand its owners and managers."""
    if actor.party_id == contract.deal.creator_party_id:
        return actor.is_a("creator")
    return actor.party_id == contract.deal.brand_party_id and actor.is_a("brand", "owner", "manager")
