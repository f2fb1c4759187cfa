"""Terms in words: pieces of work, rights, rates, and the differences between two versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale
from babel.dates import format_date
from flask_babel import get_locale, gettext, ngettext

from marketplace import clock
from marketplace.briefs import differences as brief_differences
from marketplace.briefs import words
from marketplace.briefs.parts import PARTS, paid_directly, protected_amount
from marketplace.money import Money
from marketplace.payments.words import DIRECT
from marketplace.rules import queries as rules
from marketplace.rules import vocabulary

# Clauses of a brief that `rows` says in its own words.
NEGOTIATED = {"part", "payment", "deliverables", "posting", "rounds", "rights", "exclusivity"}


@dataclass(frozen=True)
class Difference:
    """One changed term as both sides read it; None where it was not there."""

    label: str
    old: str | None
    new: str | None


def platform(name: str) -> str:
    """A platform's own spelling."""
    return str(vocabulary.PLATFORMS[name])


def piece(line: dict[str, Any]) -> str:
    """`2 × Instagram reel, draft within 10 days`."""
    name = vocabulary.piece_name(line["platform"], line["format"])
    what = gettext("%(count)s × %(name)s", count=line["count"], name=name)
    if line.get("due_days"):
        return ngettext(
            "%(what)s, draft within %(num)s day", "%(what)s, draft within %(num)s days", line["due_days"], what=what
        )
    return what


def timing(body: dict[str, Any]) -> str:
    """`Posting Dec 10, 2026 to Dec 20, 2026, 2 rounds of changes`."""
    posting, rounds = words.posting_days(body), body.get("rounds")
    agreed = gettext("Posting %(days)s", days=posting) if posting else gettext("No set days to post")
    reviews = (
        gettext("no limit to the rounds of changes")
        if rounds is None
        else ngettext("%(num)s round of changes", "%(num)s rounds of changes", rounds)
    )
    return f"{agreed}, {reviews}"


def use(name: str) -> str:
    """A use of the rights vocabulary in words."""
    row = rules.uses(clock.now().date()).get(name)
    return gettext(row["label"]) if row else name.replace("_", " ")


def territory(code: str) -> str:
    """`worldwide`, or a country by name."""
    if code == "worldwide":
        return gettext("worldwide")
    locale = get_locale() or Locale("en")
    return locale.territories.get(code, code)


def days(count: int | None) -> str:
    """A length of time; None is for ever, and says so."""
    return gettext("for ever") if count is None else ngettext("%(num)s day", "%(num)s days", count)


def grant(row: dict[str, Any], currency: str, locale: str | None = None) -> str:
    """`Organic repost, United States, 90 days, included in the pay`."""
    return ", ".join([use(row["use"]), *_granted(row, currency, locale)])


def _granted(row: dict[str, Any], currency: str, locale: str | None = None) -> list[str]:
    """Where, for how long and at what price a use is granted."""
    amount = Money(int(row.get("price") or 0), currency)
    price = amount.format(locale or str(get_locale() or "en")) if amount else gettext("included in the pay")
    exclusive = [gettext("exclusive")] if row.get("exclusive") else []
    return [territory(row["territory"]), days(row["days"]), *exclusive, price]


def compensation(body: dict[str, Any], kinds: tuple[str, ...] = tuple(PARTS)) -> list[str]:
    """What the creator gets, a line for each part of these kinds."""
    locale = str(get_locale() or "en")

    def amount(minor: Any) -> str:
        return Money(int(minor or 0), body["currency"]).format(locale)

    lines = []
    for part in body.get("parts", []):
        if part["kind"] not in kinds:
            continue
        if part["kind"] == "fee":
            lines.append(gettext("%(amount)s fee", amount=amount(part["amount"])))
        elif part["kind"] == "gift":
            gift, free = words.short(part, body), part.get("mode") == "no_strings"
            lines.append(
                gettext("%(gift)s without strings", gift=gift) if free else gettext("%(gift)s for content", gift=gift)
            )
        elif part["kind"] == "commission":
            line, promise = words.short(part, body), part.get("program")
            lines.append(gettext("%(line)s in %(program)s", line=line, program=promise["name"]) if promise else line)
        elif part["kind"] == "retainer":
            lines.append(words.part(part, body))
        elif part["kind"] == "milestones":
            lines += [f"{item['title']}: {amount(item['amount'])}" for item in part.get("items", [])]
        elif part["kind"] == "royalty":
            lines.append(gettext("a royalty of %(what)s", what=words.part(part, body)))
    return lines


def pay(body: dict[str, Any], kinds: tuple[str, ...] = tuple(PARTS)) -> str:
    """The same in one line."""
    return _opening(", ".join(compensation(body, kinds)))


def differences(old: dict[str, Any], new: dict[str, Any], products: dict[str, str] | None = None) -> list[Difference]:
    """What changed between two bodies, in words and in a fixed order: what one negotiates, then every other clause
    that came with newer terms of the brief. `products`: names by id."""
    before, after = rows(old), rows(new)
    talked = [
        Difference(label, before.get(label), after.get(label))
        for label in [*after, *(label for label in before if label not in after)]
        if before.get(label) != after.get(label)
    ]
    others = brief_differences.binding(old, new, products)
    return talked + [
        Difference(row["label"], row["old"], row["new"])
        for row in others
        if row["key"].partition(".")[0] not in NEGOTIATED
    ]


def fee_minor(body: dict[str, Any]) -> int:
    """The fee part in minor units; zero without one."""
    return next((int(part["amount"]) for part in body.get("parts", []) if part["kind"] == "fee"), 0)


def rows(body: dict[str, Any]) -> dict[str, str]:
    """The negotiable terms as label → words; a term that is not there has no row."""
    found = {gettext("Pay"): pay(body)}
    if paid_directly(body) and protected_amount(body):
        found[gettext("How it is paid")] = str(DIRECT)
    for number, line in enumerate(body.get("deliverables") or [], 1):
        found[gettext("Piece %(n)s", n=number)] = piece(line)
    if body.get("posting_from"):
        found[gettext("First day to post")] = _day(body["posting_from"])
    if body.get("posting_until"):
        found[gettext("Last day to post")] = _day(body["posting_until"])
    if body.get("deliverables"):  # without a piece there is nothing to review
        found[gettext("Rounds of changes")] = gettext("no limit") if body.get("rounds") is None else str(body["rounds"])
    for row in body.get("rights") or []:
        found[gettext("Right: %(use)s", use=use(row["use"]))] = _opening(", ".join(_granted(row, body["currency"])))
    exclusivity = body.get("exclusivity")
    if exclusivity:
        found[gettext("Exclusivity")] = f"{exclusivity['category']}, {days(exclusivity['days'])}"
    return found


def _opening(words: str) -> str:
    """As it stands at the beginning of a line."""
    return words[:1].upper() + words[1:]


def asked(body: dict[str, Any]) -> dict[str, str]:
    """What else the work must have, as the brief says it: label → words."""
    work = [line for line in words.lines(body) if line.group == "work"]
    return {line.label: line.text for line in work if line.key not in (*NEGOTIATED, "products")}


def _day(text: str) -> str:
    return format_date(date.fromisoformat(text), "medium", locale=str(get_locale() or "en"))


def as_day(text: str | None) -> date | None:
    """The day an ISO text names; None for none."""
    return date.fromisoformat(text) if text else None
