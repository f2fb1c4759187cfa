"""News of an order in one shape, whatever brought it, and how a shop's JSON becomes it.

Amounts in JSON are decimal text in major units ("29.33"), never numbers: a float has no cents.
Inside they are integer minor units of the order's currency.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from flask_babel import gettext

from marketplace import clock
from marketplace.money import Money

KINDS = {
    "order.paid": "paid",
    "order.edited": "edited",
    "order.refunded": "refunded",
    "order.refund_failed": "refund_failed",
    "order.cancelled": "cancelled",
    "order.disputed": "disputed",
    "order.dispute_won": "dispute_won",
    "order.dispute_lost": "dispute_lost",
}
MOST_LINES, MOST_TOUCHES, LONGEST = 500, 20, 200
EARLIEST = 1990  # the year
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class LineIn:
    """One line: what was paid for it, its own discount, the tax contained in it (minor units)."""

    amount: int
    discount: int = 0
    tax: int = 0
    quantity: int = 1
    sku: str = ""
    name: str = ""


@dataclass(frozen=True)
class Incoming:
    """One piece of news. `tax` is contained in the lines' amounts, `shipping` is not.

    `codes` are (text, discount it gave); `clicks` signed tokens; `link` the slug that travelled
    without consent. `amount` and `parts` are a refund's, by line position; with neither, nor
    shipping, it is all.
    """

    kind: str
    number: str
    occurred_at: datetime
    currency: str
    source: str
    source_event_id: str
    lines: tuple[LineIn, ...] = ()
    tax: int = 0
    shipping: int = 0
    discount: int = 0
    codes: tuple[tuple[str, int], ...] = ()
    clicks: tuple[str, ...] = ()
    link: str = ""
    customer: str = ""
    email: str = ""
    amount: int | None = None
    parts: Mapping[int, int] = field(default_factory=dict)
    reference: str = ""

    def digest(self) -> str:
        """SHA-256 of what the order says of itself, to tell a repetition from a difference."""
        whole: dict[str, Any] = {
            "currency": self.currency,
            "discount": self.discount,
            "lines": [[line.amount, line.discount, line.tax] for line in self.lines],
            "placed": self.occurred_at.isoformat(),
            "shipping": self.shipping,
            "tax": self.tax,
        }
        return hashlib.sha256(rfc8785.dumps(whole)).hexdigest()


class Unreadable(ValueError):
    """A payload that cannot be taken. `problems` maps a field's path to a sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {says}" for path, says in problems.items()))
        self.problems = problems


def read_json(body: Any, *, source: str, source_event_id: str) -> Incoming:
    """A postback's JSON as news. Raises Unreadable with a sentence for each bad field."""
    if not isinstance(body, dict):
        raise Unreadable({"": gettext("Send one JSON object.")})
    reader = _Reader(body)
    news = reader.news(source, source_event_id)
    if reader.problems or news is None:
        raise Unreadable(reader.problems)
    return news


class _Reader:
    """Reads field by field and collects what is wrong."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.problems: dict[str, str] = {}
        self.currency = "USD"

    def news(self, source: str, source_event_id: str) -> Incoming | None:
        kind = KINDS.get(str(self.body.get("type")))
        if kind is None:
            self.problems["type"] = gettext("This must be one of %(kinds)s.", kinds=", ".join(KINDS))
            return None
        self.currency = self.read_currency()
        common: dict[str, Any] = {
            "kind": kind,
            "number": self.text("order_id", needed=True),
            "occurred_at": self.moment("occurred_at"),
            "currency": self.currency,
            "source": source,
            "source_event_id": source_event_id,
            "shipping": self.amount("shipping"),
            "reference": self.text("reference"),
        }
        more = self.sale(kind) if kind in ("paid", "edited") else self.reversal()
        return None if self.problems else Incoming(**common, **more)

    def sale(self, kind: str) -> dict[str, Any]:
        customer = self.part("customer")
        email = str(customer.get("email_sha256") or "").lower()
        if email and not _SHA256.fullmatch(email):
            self.problems["customer.email_sha256"] = gettext("Send the SHA-256 of the address, in hexadecimal.")
        return {
            "lines": self.lines(),
            "tax": self.amount("tax"),
            "discount": self.amount("discount"),
            "codes": self.codes(),
            "clicks": tuple(self.texts("clicks")),
            "link": self.text("link"),
            "customer": words(customer.get("id")),
            "email": email,
        }

    def reversal(self) -> dict[str, Any]:
        parts: dict[int, int] = {}
        for index, item in enumerate(self.items("lines", MOST_LINES)):
            position = item.get("position")
            if type(position) is not int or not 0 <= position < MOST_LINES:
                self.problems[f"lines.{index}.position"] = gettext("Say which line of the order, from 0.")
                continue
            parts[position] = parts.get(position, 0) + self.money(item.get("amount"), f"lines.{index}.amount")
        amount = self.amount("amount") if self.body.get("amount") is not None else None
        return {"parts": parts, "amount": amount}

    def read_currency(self) -> str:
        value = self.body.get("currency")
        try:
            return Money(0, value if isinstance(value, str) else "").currency
        except ValueError:
            self.problems["currency"] = gettext("Give the currency as three letters, such as USD.")
            return "USD"

    def lines(self) -> tuple[LineIn, ...]:
        found = []
        for index, item in enumerate(self.items("lines", MOST_LINES)):
            path = f"lines.{index}"
            quantity = item.get("quantity", 1)
            if type(quantity) is not int or not 0 <= quantity <= 1_000_000:
                self.problems[f"{path}.quantity"] = gettext("Give a whole number.")
                continue
            found.append(
                LineIn(
                    amount=self.money(item.get("amount"), f"{path}.amount"),
                    discount=self.money(item.get("discount", "0"), f"{path}.discount"),
                    tax=self.money(item.get("tax", "0"), f"{path}.tax"),
                    quantity=quantity,
                    sku=words(item.get("sku")),
                    name=words(item.get("name")),
                )
            )
        if not found and not any(path.startswith("lines") for path in self.problems):
            self.problems["lines"] = gettext("An order has at least one line.")
        return tuple(found)

    def codes(self) -> tuple[tuple[str, int], ...]:
        found = []
        for index, item in enumerate(self.items("codes", MOST_TOUCHES)):
            code = words(item.get("code"))
            if code:
                found.append((code, self.money(item.get("discount", "0"), f"codes.{index}.discount")))
        return tuple(found)

    def items(self, name: str, most: int) -> list[dict[str, Any]]:
        value = self.body.get(name, [])
        if not isinstance(value, list) or len(value) > most or not all(isinstance(item, dict) for item in value):
            self.problems[name] = gettext("Send a list of at most %(n)s objects.", n=most)
            return []
        return value

    def texts(self, name: str) -> list[str]:
        value = self.body.get(name, [])
        if not isinstance(value, list) or len(value) > MOST_TOUCHES or not all(isinstance(v, str) for v in value):
            self.problems[name] = gettext("Send a list of at most %(n)s texts.", n=MOST_TOUCHES)
            return []
        return [words(item) for item in value]

    def part(self, name: str) -> dict[str, Any]:
        value = self.body.get(name) or {}
        if isinstance(value, dict):
            return value
        self.problems[name] = gettext("Send an object.")
        return {}

    def text(self, name: str, *, needed: bool = False) -> str:
        value = self.body.get(name, "")
        if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
            self.problems[name] = gettext("Send text of at most %(n)s characters.", n=LONGEST)
            return ""
        if needed and not value.strip():
            self.problems[name] = gettext("This is missing.")
        return value.strip()

    def amount(self, name: str) -> int:
        return self.money(self.body.get(name, "0"), name)

    def money(self, value: Any, path: str) -> int:
        if not isinstance(value, str):
            self.problems[path] = gettext('Send amounts as text, such as "29.33".')
            return 0
        try:
            minor = Money.parse(value[:40], self.currency).minor
        except ValueError as problem:
            self.problems[path] = str(problem)
            return 0
        if minor < 0:
            self.problems[path] = gettext("An amount here is never negative.")
        return minor

    def moment(self, name: str) -> datetime | None:
        value = self.body.get(name)
        try:
            found = datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.problems[name] = gettext("Send a time such as 2026-03-02T12:00:00Z.")
            return None
        if found.tzinfo is None:
            self.problems[name] = gettext("A time needs its offset, such as Z or +01:00.")
        elif wrong := impossible(found):
            self.problems[name] = wrong
        return found


def impossible(moment: datetime) -> str:
    """A sentence when no order can have happened at a moment, or nothing."""
    if moment > clock.now() + timedelta(minutes=10):
        return gettext("This time lies in the future.")
    return gettext("This time is too long ago.") if moment.year < EARLIEST else ""


def words(value: Any) -> str:
    """Text as PostgreSQL can keep it: printable and bounded."""
    return "".join(c for c in str(value or "") if c.isprintable())[:LONGEST]
