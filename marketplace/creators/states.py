"""The machine of an announced holiday."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class HolidayState(enum.StrEnum):
    """Where a holiday stands."""

    ANNOUNCED = "announced"
    RUNNING = "running"
    OVER = "over"
    CALLED_OFF = "called_off"


_H = HolidayState
HOLIDAY = Lifecycle(
    "holiday",
    HolidayState,
    {
        "begin": Move((_H.ANNOUNCED,), _H.RUNNING, "This holiday has begun already, or was called off."),
        "end": Move((_H.RUNNING,), _H.OVER, "This holiday is not running."),
        "call_off": Move((_H.ANNOUNCED, _H.RUNNING), _H.CALLED_OFF, "This holiday is over already."),
    },
    {
        _H.ANNOUNCED: "Announced; brands know the days.",
        _H.RUNNING: "Away; the clocks stand still.",
        _H.OVER: "Over; the clocks have gone on.",
        _H.CALLED_OFF: "Called off; the clocks run.",
    },
)
