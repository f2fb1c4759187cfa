"""Who may do what with a brief. The brand's owners and managers write; everybody in the team reads."""

from __future__ import annotations

from typing import Any

from marketplace.accounts import policy as accounts
from marketplace.authz import Actor


def may_begin(actor: Actor) -> bool:
    """Start a brief for the brand acted for."""
    return accounts.manages(actor)


def may_list(actor: Actor) -> bool:
    """See the brand's own briefs."""
    return accounts.is_brand(actor)


def may_read(actor: Actor, brief: Any) -> bool:
    """See the brand's own pages of a brief, drafts and history too."""
    return accounts.is_brand(actor) and brief.brand_party_id == actor.party_id


def may_edit(actor: Actor, brief: Any) -> bool:
    """Write, publish, pause, close, duplicate, invite."""
    return accounts.manages(actor) and brief.brand_party_id == actor.party_id


def may_write_to(actor: Actor, party: Any) -> bool:
    """Begin a private brief for a creator."""
    return accounts.manages(actor)


def may_fund(actor: Actor, brief: Any) -> bool:
    """Pay its budget in, or leave a card for it: the brand's owners and finance people."""
    return accounts.funds(actor) and brief.brand_party_id == actor.party_id
