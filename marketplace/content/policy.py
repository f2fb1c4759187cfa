"""Who may do what with a piece of work. Pieces are loaded for the deal's own parties only."""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.content.models import Deliverable


def may_see(actor: Actor, piece: Deliverable) -> bool:
    """Both sides, in any role."""
    return actor.party_id in (piece.deal.creator_party_id, piece.deal.brand_party_id)


def may_make(actor: Actor, piece: Deliverable) -> bool:
    """The creator sends drafts and publishes."""
    return actor.is_a("creator") and actor.party_id == piece.deal.creator_party_id


def may_review(actor: Actor, piece: Deliverable) -> bool:
    """The brand's owners, managers and reviewers answer drafts."""
    return actor.is_a("brand", "owner", "manager", "reviewer") and actor.party_id == piece.deal.brand_party_id
