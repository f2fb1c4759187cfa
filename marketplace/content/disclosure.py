"""The disclosure check of a draft: for whom it is, and how its maker is tied to the brand."""

from __future__ import annotations

from typing import Any

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.briefs.parts import part
from marketplace.collaborations.models import Deal
from marketplace.content.models import Deliverable
from marketplace.rules import disclosure
from marketplace.rules.disclosure import Verdict


def of_draft(caption: str, piece: Deliverable, deal: Deal, body: dict[str, Any]) -> Verdict:
    """Judge a caption for the audience the brief names, else for the creator's own country."""
    creator = db.session.get_one(Party, deal.creator_party_id)
    countries = (body.get("audience") or {}).get("countries") or [creator.country]
    return disclosure.check(
        caption,
        platform=piece.platform,
        countries=countries,
        day=clock.today(creator.zone),
        connection=connection(body),
    )


def connection(body: dict[str, Any]) -> str:
    """The strongest tie: pay before commission before a gift."""
    if any(part(body, kind) for kind in ("fee", "retainer", "milestones", "royalty")):
        return "paid"
    return "commission" if part(body, "commission") else "gift"
