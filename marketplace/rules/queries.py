"""Which rule holds on a day: every question takes the day, no answer is a constant in the code.

A row is valid from `from` up to, but without, `to` (both ISO days; a null `to` has no end yet).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
ADULT, ORGANIC_DAYS, SCRIPTED_SHARE, GIFT_FLOOR = "adult_age", "organic_days", "scripted_share", "gift_floor"


@dataclass(frozen=True)
class Tier:
    """A band of followers: at least `at_least`, below `below` (None: no upper end)."""

    name: str
    at_least: int
    below: int | None


@cache
def rows(table: str) -> tuple[dict[str, Any], ...]:
    """Every row of a table of `data/`, whatever its days."""
    return tuple(json.loads((DATA / f"{table}.json").read_text(encoding="utf-8")))


def valid(table: str, day: date) -> list[dict[str, Any]]:
    """The rows of a table that hold on a day."""
    on = day.isoformat()
    return [row for row in rows(table) if row["from"] <= on and (row["to"] is None or on < row["to"])]


def _concerns(row: dict[str, Any], countries: list[str]) -> bool:
    return "*" in row["countries"] or not set(row["countries"]).isdisjoint(countries)


def labels(country: str, day: date, platform: str = "*") -> list[str]:
    """The disclosure labels a country accepts, strongest first; those of the FTC where it names none."""
    found = [
        row
        for row in valid("disclosure_labels", day)
        if country in row["countries"] and ("*" in row["platforms"] or platform in row["platforms"])
    ]
    found = found or [row for row in valid("disclosure_labels", day) if "*" in row["countries"]]
    return [label for row in found for label in row["labels"]]


def too_weak(countries: list[str], day: date) -> list[dict[str, Any]]:
    """Words that do not count as disclosure in any of the countries: {phrase, why, source}."""
    return [row for row in valid("disclosure_weak", day) if _concerns(row, countries)]


def platform(name: str, day: date) -> dict[str, Any] | None:
    """Where a platform folds a caption (characters) and the name of its own label tool."""
    return next((row for row in valid("platforms", day) if row["platform"] == name), None)


def threshold(name: str, day: date, country: str = "*", region: str | None = None) -> dict[str, Any] | None:
    """One threshold: {amount, currency, window_days, pay_days, says, source}; None where there is none."""
    for row in valid("thresholds", day):
        if row["name"] == name and row["country"] in (country, "*") and row["region"] in (region, None):
            return row
    return None


def amount(name: str, day: date) -> int:
    """A house threshold's number. Raises KeyError for a name without a row on that day."""
    row = threshold(name, day)
    if row is None:
        raise KeyError(name)
    return int(row["amount"])


def written_contract(country: str, day: date, region: str | None = None) -> dict[str, Any] | None:
    """From which amount a country (or its region) asks for a written contract."""
    return threshold("written_contract", day, country, region)


def tiers(day: date) -> list[Tier]:
    """The bands, smallest first."""
    return [Tier(row["tier"], row["at_least"], row["below"]) for row in valid("tiers", day)]


def tier_of(followers: int, day: date) -> str:
    """The band a number of followers falls in."""
    for tier in reversed(tiers(day)):
        if followers >= tier.at_least:
            return tier.name
    return tiers(day)[0].name


def platform_countries(day: date) -> list[str]:
    """From which countries (ISO 3166-1 alpha-2) a portal can be run on a day; the first is the one to name first."""
    return [country for row in valid("platform_countries", day) for country in row["countries"]]


def platform_currencies(country: str, day: date) -> list[str]:
    """What Stripe settles without converting it (ISO 4217) for a portal run from `country`, its own money first."""
    found = [row for row in valid("platform_countries", day) if country in row["countries"]]
    return [currency for row in found for currency in row["currencies"]]


def payable(country: str, day: date, platform_country: str = "US") -> bool:
    """Can a person in `country` be paid by a platform in `platform_country`?"""
    if country == platform_country:
        return True
    found = [row for row in valid("countries", day) if row["from_country"] == platform_country]
    found = found or [row for row in valid("countries", day) if row["from_country"] == "*"]
    return any(country in row["countries"] for row in found)


def uses(day: date) -> dict[str, dict[str, Any]]:
    """The rights vocabulary: use → {label, says, multiplier}; `multiplier` is the rate card's."""
    return {row["use"]: row for row in valid("uses", day)}


def holding(country: str, day: date) -> dict[str, Any]:
    """How long a platform in `country` may hold money: {warn_days, rule_days, resolve_days, limit_days, source}."""
    found = valid("holding", day)
    return next(
        (row for row in found if row["country"] == country), next(row for row in found if row["country"] == "*")
    )


def tax_forms(country: str, payee_country: str, day: date) -> tuple[str, ...]:
    """Which tax forms an instance in `country` accepts from a payee in `payee_country`, the likeliest first.

    Names: `w9`, `w8ben`, `platform` (the self-certification of platform reporting). Empty where nothing is asked.
    """
    found = [row for row in valid("tax_forms", day) if country in row["instance"]]
    for row in found:
        if payee_country in row["payee"] or "*" in row["payee"]:
            return tuple(row["forms"])
    return ()


def tax_form_ends(form: str, signed: date) -> date | None:
    """The last day on which a tax form signed on a day can be relied on; None where it has no end. Raises KeyError."""
    row = next((row for row in valid("tax_form_terms", signed) if row["form"] == form), None)
    if row is None:
        raise KeyError(form)
    if row["years"] is None:
        return None
    year = signed.year + int(row["years"])
    if row["until"] == "end of year":
        return date(year, 12, 31)
    leap = (signed.month, signed.day) == (2, 29)
    return date(year, 2, 28) if leap else signed.replace(year=year)
