"""The one door for time: aware UTC instants, and days that always need a zone.

No other module calls `datetime.now()`. Tests and the demo's replay move time with `at()`; a
development server moves it with `shift()`. Production never moves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)
_offset = timedelta()


def now() -> datetime:
    """The present instant, aware, in UTC."""
    frozen = _frozen.get()
    return frozen if frozen is not None else datetime.now(UTC) + _offset


def today(zone: str) -> date:
    """The calendar day it is now in an IANA `zone`."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block it is `moment` (aware) in this thread. For tests and imported history."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a zone.")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def shift(by: timedelta) -> None:
    """Move this process's clock to `by` ahead of the real one. Development and tests only."""
    global _offset
    _offset = by


def start_of_day(day: date, zone: str) -> datetime:
    """The instant a day begins in a zone."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str) -> datetime:
    """The instant a day ends in a zone: the start of the next one (half-open)."""
    return start_of_day(day + timedelta(days=1), zone)


def noon(day: date, zone: str) -> datetime:
    """A date without a time is noon in its zone."""
    return datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)


def add_working_days(day: date, days: int) -> date:
    """The day `days` weekdays after `day`; Saturdays and Sundays are skipped."""
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day
