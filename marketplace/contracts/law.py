"""When a deal needs the signing ceremony: pay, rights, duties, or what the dated law table demands."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.briefs.parts import part, protected_amount
from marketplace.money import Money
from marketplace.rules import queries as rules

US_REGIONS = ("NY", "CA")  # a party's state is not known, so every state's rule is weighed


def value_of(body: dict[str, Any]) -> Money:
    """Fixed pay plus the gift's stated value, in the body's currency."""
    gift = part(body, "gift") or {}
    return protected_amount(body) + Money(int(gift.get("value") or 0), body["currency"])


def demands(body: dict[str, Any], countries: set[str], day: date) -> list[str]:
    """The rules that ask for a written contract at this value, as sentences.

    A threshold in another currency is taken as reached: the stricter reading costs a signature.
    """
    value = value_of(body)
    found = []
    for country in sorted(countries):
        for region in US_REGIONS if country == "US" else (None,):
            row = rules.written_contract(country, day, region)
            if row and value and (row["currency"] != value.currency or value.minor >= row["amount"]):
                found.append(row["says"])
    return found


def needs_ceremony(body: dict[str, Any], countries: set[str], day: date) -> bool:
    """Everything but a plain gift without strings is signed."""
    kinds = {(p["kind"], p.get("mode")) for p in body.get("parts", [])}
    plain = bool(kinds) and kinds == {("gift", "no_strings")} and not body.get("rights") and not body.get("exclusivity")
    return not plain or bool(demands(body, countries, day))
