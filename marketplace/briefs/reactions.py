"""What briefs do when a brand's way to pay is gone."""

from __future__ import annotations

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.briefs import backing, queries, service
from marketplace.briefs.states import BriefState
from marketplace.payments.events import CardRemoved


def pause_unbacked(fact: CardRemoved) -> None:
    """No card any more: what relied on it takes no applications until another is saved or its budget is paid in."""
    briefs = queries.published_of(fact.party_id)
    backed = backing.of_many(briefs)
    for brief in briefs:
        if backed.get(brief.id) == backing.NOTHING and db.lock(brief).state == BriefState.PUBLISHED:
            service.pause(brief, by=CLOCK)


REACTIONS = {CardRemoved: (pause_unbacked,)}
