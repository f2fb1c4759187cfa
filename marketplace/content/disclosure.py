"""The disclosure check of a draft: for whom it is, how its maker is tied to the brand, and the agreed hashtags."""

from __future__ import annotations

import re
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


def missing_hashtags(caption: str, body: dict[str, Any]) -> list[str]:
    """The agreed hashtags that a caption does not have, as they were agreed. Told to both sides; it stops nothing."""
    agreed = [tag for line in body.get("hashtags") or [] for tag in line.split()]
    return [tag for tag in dict.fromkeys(agreed) if not _has(caption, tag)]


def _has(caption: str, tag: str) -> bool:
    return re.search(rf"(?<!\w)#{re.escape(tag.lstrip('#'))}(?!\w)", caption, re.IGNORECASE) is not None


def connection(body: dict[str, Any]) -> str:
    """The strongest tie: pay before commission before a gift."""
    if any(part(body, kind) for kind in ("fee", "retainer", "milestones", "royalty")):
        return "paid"
    return "commission" if part(body, "commission") else "gift"
