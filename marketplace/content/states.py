"""The machine of a deliverable (deals.md, Content)."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class DeliverableState(enum.StrEnum):
    """Where a piece of work stands."""

    PLANNED = "planned"
    SUBMITTED = "draft_submitted"
    CHANGES = "changes_requested"
    APPROVED = "approved"
    PUBLISHED = "published"
    VERIFIED = "verified"
    DONE = "done"
    DROPPED = "dropped"


S = DeliverableState
UNFINISHED = (S.PLANNED, S.SUBMITTED, S.CHANGES, S.APPROVED, S.PUBLISHED)

DELIVERABLE = Lifecycle(
    "deliverable",
    DeliverableState,
    {
        "submit": Move((S.PLANNED, S.CHANGES), S.SUBMITTED, "This piece is not waiting for a draft."),
        "send_back": Move((S.PLANNED, S.CHANGES), S.CHANGES, "This piece is not waiting for a draft."),
        "request_changes": Move((S.SUBMITTED,), S.CHANGES, "There is no draft to answer."),
        "approve": Move((S.SUBMITTED,), S.APPROVED, "There is no draft to approve."),
        "publish": Move((S.APPROVED,), S.PUBLISHED, "Only an approved piece can be published."),
        "not_the_post": Move((S.PUBLISHED,), S.APPROVED, "There is no publication to answer."),
        "verify": Move((S.PUBLISHED,), S.VERIFIED, "There is no publication to confirm."),
        "finish": Move((S.VERIFIED,), S.DONE, "Only a confirmed piece is done."),
        "drop": Move(UNFINISHED, S.DROPPED, "A confirmed piece stays what it is."),
    },
    {
        S.PLANNED: "Agreed; the draft is due.",
        S.SUBMITTED: "The draft waits for the brand's review.",
        S.CHANGES: "The draft is back with the creator.",
        S.APPROVED: "Approved; may be published.",
        S.PUBLISHED: "Live; the brand confirms.",
        S.VERIFIED: "Live and confirmed.",
        S.DONE: "Live, confirmed and paid.",
        S.DROPPED: "The deal ended before.",
    },
)
