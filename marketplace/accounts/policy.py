"""Who someone is, as predicates every package uses. Brand roles are deals.md's, People."""

from __future__ import annotations

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


may_manage_team = owns
may_administer = administers
