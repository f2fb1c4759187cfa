"""Who someone is, as predicates every package uses. Brand roles are deals.md's, People."""

from __future__ import annotations

from marketplace.accounts.models import Invitation, Membership, UserSession
from marketplace.authz import Actor


def is_creator(actor: Actor) -> bool:
    """Acting as a creator."""
    return actor.is_a("creator")


def is_brand(actor: Actor) -> bool:
    """Acting for a brand, in any role."""
    return actor.is_a("brand")


def owns(actor: Actor) -> bool:
    """Acting for a brand as its owner: team and settings."""
    return actor.is_a("brand", "owner")


def manages(actor: Actor) -> bool:
    """Acting for a brand as owner or manager: briefs and deals."""
    return actor.is_a("brand", "owner", "manager")


def reviews(actor: Actor) -> bool:
    """Acting for a brand as owner, manager or reviewer: content."""
    return actor.is_a("brand", "owner", "manager", "reviewer")


def funds(actor: Actor) -> bool:
    """Acting for a brand as owner or finance: funding and statements."""
    return actor.is_a("brand", "owner", "finance")


def is_staff(actor: Actor) -> bool:
    """Acting for the operator, in any role."""
    return actor.is_a("operator")


def administers(actor: Actor) -> bool:
    """Acting for the operator as an administrator."""
    return actor.is_a("operator", "admin")


def leads(actor: Actor) -> bool:
    """Heads the party: a brand's owner or the operator's administrator. They manage its team."""
    return owns(actor) or administers(actor)


def leads_team_of(actor: Actor, row: Membership | Invitation) -> bool:
    """Heads the party this member or invitation belongs to."""
    return leads(actor) and row.party_id == actor.party_id


def is_own(actor: Actor, row: UserSession) -> bool:
    """The sign-in is the actor's own."""
    return row.user_id == actor.user_id


may_lead = leads
may_administer = administers
