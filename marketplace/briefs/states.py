"""Where a brief stands: draft → published ⇄ paused → closed → archived."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class BriefState(enum.StrEnum):
    """A brief's rung."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    CLOSED = "closed"
    ARCHIVED = "archived"


BRIEF = Lifecycle(
    "brief",
    BriefState,
    {
        "publish": Move((BriefState.DRAFT,), BriefState.PUBLISHED, "Only a draft can be published."),
        "pause": Move((BriefState.PUBLISHED,), BriefState.PAUSED, "Only a published brief can be paused."),
        "resume": Move((BriefState.PAUSED,), BriefState.PUBLISHED, "Only a paused brief can be opened again."),
        "close": Move(
            (BriefState.PUBLISHED, BriefState.PAUSED),
            BriefState.CLOSED,
            "Only a published or paused brief can be closed.",
        ),
        "archive": Move((BriefState.CLOSED,), BriefState.ARCHIVED, "Close the brief before you archive it."),
    },
    {
        BriefState.DRAFT: "Nobody but your team sees it.",
        BriefState.PUBLISHED: "Creators can apply.",
        BriefState.PAUSED: "Creators can read it but not apply for now.",
        BriefState.CLOSED: "No new applications; those that came in go on.",
        BriefState.ARCHIVED: "Put away; its deals and terms stay.",
    },
)
