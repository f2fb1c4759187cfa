"""Who may see and do what on the operator's pages."""

from __future__ import annotations

from marketplace.accounts.models import Party
from marketplace.accounts.policy import administers, is_staff
from marketplace.authz import Actor
from marketplace.brands.models import BrandRename
from marketplace.events import EventDelivery
from marketplace.notifications.models import Mail


def may_see_staff_pages(actor: Actor) -> bool:
    """Anybody of the operator's."""
    return is_staff(actor)


def may_run_jobs_on(actor: Actor, row: EventDelivery | Mail) -> bool:
    """Send a parked delivery or message again: administrators."""
    return administers(actor)


def may_answer_name(actor: Actor, row: BrandRename | None = None) -> bool:
    """Agree to a brand's new name or refuse it: who may vouch for the brand."""
    return may_verify(actor)


def may_see_brand(actor: Actor, brand: Party) -> bool:
    """Look at what is known of a brand: anybody of the operator's."""
    return is_staff(actor)


def may_verify(actor: Actor, brand: Party | None = None) -> bool:
    """Open a brand or vouch for one: administrators and support."""
    return actor.is_a("operator", "admin", "support")
