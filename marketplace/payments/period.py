"""A calendar year or month in somebody's zone: what a page, a file or a year's total is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_skeleton
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import clock
from marketplace.errors import NotThere

FIRST, LAST = 1970, 2199  # years that a page is asked for


@dataclass(frozen=True)
class Period:
    """A year, or one month of it, half-open in `zone`."""

    year: int
    month: int | None
    zone: str

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month or 1, 1)

    @property
    def after(self) -> date:
        """The day after its last."""
        if self.month is None or self.month == 12:
            return date(self.year + 1, 1, 1)
        return date(self.year, self.month + 1, 1)

    @property
    def start(self) -> datetime:
        """The instant it begins."""
        return clock.start_of_day(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The instant it is over: the first one that is not in it."""
        return clock.start_of_day(self.after, self.zone)

    @property
    def place(self) -> str:
        """The zone as a person reads it: America/New York."""
        return self.zone.replace("_", " ")

    @property
    def words(self) -> str:
        """`2026`, `November 2026`."""
        return str(self.year) if self.month is None else month_name(self.first)

    @property
    def name(self) -> str:
        """For a file's name: `2026`, `2026-11`."""
        return f"{self.year}" if self.month is None else f"{self.year}-{self.month:02}"


def month_name(day: date) -> str:
    """The month of a day, with its year."""
    return format_skeleton("yMMMM", day, locale=str(get_locale() or "en"))


def named(month: str) -> str:
    """The same of a month as evidence writes it, `2026-11`."""
    return month_name(date.fromisoformat(f"{month}-01"))


def titled(title: str | None, month: str | None) -> str:
    """What a payout is for: its deal's or budget's title, behind the month of the statement that it pays."""
    if not title or not month:
        return title or ""
    return _("%(month)s: %(title)s", month=named(month), title=title)


def asked(arguments: dict[str, str], zone: str) -> Period:
    """The period that query arguments name; this year where they name none. Raises `NotThere` for nonsense."""
    try:
        year = int(arguments.get("year") or clock.today(zone).year)
        month = int(arguments["month"]) if arguments.get("month") else None
    except ValueError:
        raise NotThere() from None
    if not FIRST <= year <= LAST or (month is not None and not 1 <= month <= 12):
        raise NotThere()
    return Period(year, month, zone)
