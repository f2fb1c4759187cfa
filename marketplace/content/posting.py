"""Whether a post lies outside the days that were agreed for posting."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.briefs import words
from marketplace.content.models import Deliverable
from marketplace.content.states import DeliverableState


def note(piece: Deliverable, body: dict[str, Any]) -> str | None:
    """What both sides read where a post is not, or would not be today, of the agreed days; None where it is."""
    zone = db.session.get_one(Party, piece.deal.creator_party_id).zone
    live = piece.published_at is not None
    if not live and piece.state != DeliverableState.APPROVED:
        return None
    day = (
        piece.published_at.astimezone(ZoneInfo(zone)).date() if piece.published_at else clock.today(zone)
    ).isoformat()
    opens, ends = body.get("posting_from"), body.get("posting_until")
    if opens and day < opens:
        said = {"day": words.day(day), "first": words.day(opens)}
        if live:
            return gettext("The proof is of %(day)s, before the first agreed day to post: %(first)s.", **said)
        return gettext("The first agreed day to post is %(first)s. Today is earlier.", **said)
    if ends and day > ends:
        said = {"day": words.day(day), "last": words.day(ends)}
        if live:
            return gettext("The proof is of %(day)s, after the last agreed day to post: %(last)s.", **said)
        return gettext("The last agreed day to post was %(last)s.", **said)
    return None
