"""Who may do what with applications and deals. Rows are the actor's party's own (queries load only those)."""

from __future__ import annotations

from marketplace.authz import Actor
from marketplace.collaborations.models import Application, Deal


def may_apply(actor: Actor) -> bool:
    """Creators apply."""
    return actor.is_a("creator")


def may_see(actor: Actor, row: Application | Deal) -> bool:
    """Both sides, in any role."""
    return actor.party_id in (row.creator_party_id, row.brand_party_id)


def may_withdraw(actor: Actor, application: Application) -> bool:
    """The creator takes her own application back."""
    return actor.is_a("creator") and actor.party_id == application.creator_party_id


def may_take_terms(actor: Actor, application: Application) -> bool:
    """The creator says whether the brief's newer terms are hers."""
    return may_withdraw(actor, application)


def may_answer(actor: Actor, application: Application) -> bool:
    """The brand's owners and managers answer applications."""
    return actor.is_a("brand", "owner", "manager") and actor.party_id == application.brand_party_id


def may_propose(actor: Actor, application: Application) -> bool:
    """Either side may propose terms."""
    return may_withdraw(actor, application) or may_answer(actor, application)


def may_manage(actor: Actor) -> bool:
    """Who answers for the brand at all."""
    return actor.is_a("brand", "owner", "manager")


def may_cancel(actor: Actor, deal: Deal) -> bool:
    """The creator, or who answers for the brand."""
    if actor.party_id == deal.creator_party_id:
        return actor.is_a("creator")
    return actor.party_id == deal.brand_party_id and actor.is_a("brand", "owner", "manager")


def may_fund(actor: Actor, deal: Deal) -> bool:
    """The brand's owners and finance people pay in."""
    return actor.is_a("brand", "owner", "finance") and actor.party_id == deal.brand_party_id
