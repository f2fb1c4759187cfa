"""What an order earns. Pure arithmetic in integer minor units.

The base is net of tax, shipping and discount, per order line. A share of it is rounded half away
from zero, per order line, in both directions. What is left after refunds, cancellations and lost
disputes is a function of the set of the order's events, not of their order, so a line's change is
always `new total − old total` and refunding in any number of pieces ends at exactly zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from marketplace.affiliate.incoming import LineIn
from marketplace.money import Money, split_minor


@dataclass(frozen=True)
class Based:
    """A line's base and how it came about: its own and its share of the order's discount and tax."""

    amount: int
    discount: int
    tax: int
    base: int


@dataclass(frozen=True)
class Happening:
    """An order's event as far as money goes. `amount` None: all of it."""

    kind: str
    at: datetime
    amount: int | None
    parts: dict[int, int]
    reference: str = ""


def bases(lines: Sequence[LineIn], *, tax: int, discount: int) -> list[Based]:
    """The base of each line: amount − its discounts − its tax, never below zero.

    The order's own discount and tax are spread over the lines by what they cost.
    """
    weights = [line.amount for line in lines]
    if not any(weights):
        return [Based(line.amount, line.discount, line.tax, 0) for line in lines]
    out = []
    for line, less, share in zip(lines, split_minor(discount, weights), split_minor(tax, weights), strict=True):
        reduced, taxed = less + line.discount, share + line.tax
        out.append(Based(line.amount, reduced, taxed, max(0, line.amount - reduced - taxed)))
    return out


def remaining(original: Sequence[int], events: Sequence[Happening]) -> list[int]:
    """What is left of each line's base after everything that happened; never below 0 or above it."""
    base = _edited(original, events)
    if _all_gone(events):
        return [0] * len(base)
    named = [0] * len(base)
    spread = 0
    for event in events:
        sign = {"partly_refunded": 1, "refund_failed": -1}.get(event.kind, 0)
        if not sign or (event.kind == "refund_failed" and event.amount is None and not event.parts):
            continue
        for position, amount in event.parts.items():
            if position < len(base):
                named[position] += sign * amount
        spread += sign * max(0, (event.amount or 0) - sum(event.parts.values()))
    left = [min(whole, max(0, whole - gone)) for whole, gone in zip(base, named, strict=True)]
    off = min(max(spread, 0), sum(left))
    if not off:
        return left
    return [whole - part for whole, part in zip(left, split_minor(off, left), strict=True)]


def gone(original: Sequence[int], events: Sequence[Happening]) -> tuple[int, int]:
    """What an order's base comes to by its latest edit, and how much of that is refunded or lost by now."""
    whole = sum(_edited(original, events))
    return whole, whole - sum(remaining(original, events))


def _edited(original: Sequence[int], events: Sequence[Happening]) -> list[int]:
    edits = [event for event in events if event.kind == "edited"]
    if not edits:
        return list(original)
    latest = max(edits, key=lambda event: (event.at, sorted(event.parts.items())))
    return [min(whole, latest.parts.get(position, 0)) for position, whole in enumerate(original)]


def _all_gone(events: Sequence[Happening]) -> bool:
    """Cancelled, wholly refunded (and it did not fail), or lost in a dispute that was not won."""
    whole = sum(1 for event in events if event.kind == "refunded")
    failed = sum(1 for e in events if e.kind == "refund_failed" and e.amount is None and not e.parts)
    if whole > failed or any(event.kind == "cancelled" for event in events):
        return True
    # Opening a dispute only holds the commission, so it never decides: news of it may come after its outcome.
    rank = {"dispute_lost": 1, "dispute_won": 2}
    ends: dict[str, tuple[datetime, int]] = {}
    for event in events:
        if event.kind in rank:
            mark = (event.at, rank[event.kind])
            ends[event.reference] = max(ends.get(event.reference, mark), mark)
    return any(mark[1] == 1 for mark in ends.values())


def match(rules: Sequence[dict[str, Any]], base: int, *, code_used: bool) -> dict[str, Any] | None:
    """The first rule whose conditions hold for an order of this base."""
    for rule in rules:
        when = rule.get("when", {})
        if base < when.get("min_base_minor", 0) or (when.get("code_used") and not code_used):
            continue
        return rule
    return None


def earn(rule: dict[str, Any] | None, original: Sequence[int], left: Sequence[int], currency: str) -> list[int]:
    """The commission of each line of an order of which `left` remains.

    A flat amount shrinks with the order and is spread over its lines; of an order of nothing it
    pays nothing. Each line is an amount that can be paid: a multiple of ten where the currency has three decimals.
    """
    if rule is None:
        return [0] * len(left)
    if "percent_bps" in rule:
        return [Money(base, currency).rate(rule["percent_bps"]).minor for base in left]
    if not sum(left):
        return [0] * len(left)
    whole = Money(rule["flat_minor"], currency).part(Fraction(sum(left), sum(original)))
    return [share.minor for share in whole.split(list(left))]
