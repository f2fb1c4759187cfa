"""The state machine of what a second person decides."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class ApprovalState(enum.StrEnum):
    """How far a request is."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"
    OVERTAKEN = "overtaken"
    ALONE = "alone"


_A = ApprovalState
OVER = "This has been decided already, or its time is over."
APPROVAL = Lifecycle(
    "approval",
    ApprovalState,
    {
        "approve": Move((_A.ASKED,), _A.APPROVED, OVER),
        "refuse": Move((_A.ASKED,), _A.REFUSED, OVER),
        "lapse": Move((_A.ASKED,), _A.LAPSED, OVER),
        "overtake": Move((_A.ASKED,), _A.OVERTAKEN, OVER),
        # Where nobody could be asked a row begins there; where everybody else has left meanwhile it moves there.
        "go_alone": Move((_A.ASKED,), _A.ALONE, OVER),
    },
    {
        _A.ASKED: "Waits for a second person",
        _A.APPROVED: "Approved by a second person",
        _A.REFUSED: "Refused by a second person",
        _A.LAPSED: "Nobody answered in time",
        _A.OVERTAKEN: "No answer is needed any more",
        _A.ALONE: "Nobody else may decide about money",
    },
)
