"""What the operator does: send parked work again, open a brand, vouch for one."""

from __future__ import annotations

from flask_babel import gettext

from marketplace import clock, events, jobs
from marketplace.accounts import members, queries
from marketplace.accounts import service as accounts
from marketplace.accounts.models import Party, PartyKind, Shape
from marketplace.authz import Actor
from marketplace.brands import service as brands
from marketplace.errors import Refused
from marketplace.events import EventDelivery
from marketplace.notifications import outbox
from marketplace.notifications.models import Mail


def deliver_again(row: EventDelivery) -> None:
    """Give a parked delivery its attempts back and line it up now."""
    row.parked_at, row.attempts, row.next_attempt_at = None, 0, clock.now()
    jobs.enqueue(events.deliver, row.id)


def send_again(row: Mail) -> None:
    """Give a parked message its attempts back and line it up now."""
    row.parked_at, row.attempts, row.next_attempt_at = None, 0, clock.now()
    jobs.enqueue(outbox.send, row.id)


def verify(party: Party, *, by: Actor) -> None:
    """Vouch for a brand, so that it may publish and contact creators.

    Raises Refused where brands need no verification: everywhere but on an open marketplace.
    """
    settings = queries.instance()
    if settings is None or settings.shape != Shape.OPEN_MARKETPLACE:
        raise Refused(gettext("Brands of this portal need no verification."))
    brands.verify(brands.profile_of(party.id), how="staff", by=by)


def open_brand(name: str, country: str, email: str, *, by: Actor) -> Party:
    """Open a brand and invite its owner. Raises Refused where the one brand is there already."""
    settings = queries.instance()
    if settings is None or settings.shape == Shape.OWN_PROGRAM:
        raise Refused(gettext("This portal is one brand’s own program and has its brand already."))
    party = accounts.open_party(PartyKind.BRAND, name, country)
    members.invite(party, email, "owner", by=by)
    return party
