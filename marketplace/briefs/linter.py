"""Reads a brief as a wary friend would: the same flags for the brand before publishing and for the creator after.

A flag explains itself; what the brand could do about it, the brand alone reads. Only two block publishing: a
missing disclosure (16 CFR 255.5) and pay tied to a positive opinion (16 CFR 465.4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext, ngettext

from marketplace.accounts import places
from marketplace.briefs import parts
from marketplace.money import Money
from marketplace.rules import queries as rules

MANY_ROUNDS = 3
SCRIPT_WORDS = 40  # fewer required words than this are never called a script
QUOTED_WORDS = 25  # words to be repeated verbatim
SWIFT_DAYS = 2  # a piece due sooner than this is no realistic date
OPINION = re.compile(
    r"\b(positive|favou?rable|glowing|(five|5)[- ]?stars?)\s+(review|opinion|rating|feedback|comment|testimonial|post)s?\b"
    r"|\b(only|must|always)\s+(say|post|share|speak|write|mention)\s+(good|positive|nice)\b"
    r"|\b(no|not|never|nothing|avoid|without|don['’]t)\b[^.\n]{0,40}\b(negative|critical|bad)\s+"
    r"(review|opinion|rating|feedback|comment|word|thing|remark)s?\b"
    r"|\b(nothing|anything)\s+(negative|critical|bad)\b"
    r"|\bpa(id|y)\s+only\s+(if|when)\b[^.\n]{0,40}\b(like|love|recommend|positive|happy)\b"
    r"|\bmust\s+(love|praise|recommend)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Flag:
    """One finding: `says` what is there, `why` it matters; `advice` is for the brand; `field` is the editor's section."""

    name: str
    field: str
    says: str
    why: str
    advice: str = ""
    blocks: bool = False


def flags(body: dict[str, Any], day: date) -> list[Flag]:
    """Every flag of a body on a day, blocking ones first."""
    found = [flag for look in LOOKS for flag in look(body, day)]
    return sorted(found, key=lambda flag: not flag.blocks)


def _disclosure(body: dict[str, Any], day: date) -> list[Flag]:
    label = (body.get("disclosure") or "").strip()
    why = gettext(
        "Free products and pay must both be disclosed, and a brand that asks for too little shares the blame."
    )
    if not label:
        says = gettext("The brief does not name a disclosure label.")
        return [Flag("disclosure", "disclosure", says, why, blocks=True)]
    for country in body["audience"]["countries"] or ["US"]:
        weak = {row["phrase"] for row in rules.too_weak([country], day)}
        accepted = [name for name in rules.labels(country, day) if name not in weak]
        if not set(re.split(r"[\s,/+]+", label.lower())) & set(accepted) and label.lower() not in accepted:
            says = gettext(
                "“%(label)s” is not enough in %(country)s.",
                label=label,
                country=places.countries().get(country, country),
            )
            better = next((name for name in accepted if name.startswith("#")), accepted[0])
            advice = gettext("Use %(better)s.", better=better)
            return [Flag("disclosure", "disclosure", says, why, advice, blocks=True)]
    return []


def _opinion(body: dict[str, Any], day: date) -> list[Flag]:
    for text in _texts(body):
        if found := OPINION.search(text):
            return [
                Flag(
                    "opinion",
                    "content",
                    gettext("“%(words)s” ties the pay to a good opinion.", words=found.group()),
                    gettext("Paying for a review of a stated sentiment is banned (16 CFR 465.4)."),
                    gettext("Ask for an honest one."),
                    blocks=True,
                )
            ]
    return []


def _perpetual(body: dict[str, Any], day: date) -> list[Flag]:
    endless = [grant for grant in body.get("rights", []) if grant["days"] is None]
    floor = parts.fixed_money(body) or Money(0, body["currency"])
    if not any((grant.get("price") or 0) <= floor.minor for grant in endless):
        return []
    return [
        Flag(
            "perpetual",
            "rights",
            gettext("Rights for ever are asked for at the price of a post."),
            gettext("Use without an end is usually priced at several times the fee."),
            gettext("An end date costs you less."),
        )
    ]


def _rounds(body: dict[str, Any], day: date) -> list[Flag]:
    rounds = body.get("rounds")
    if rounds is not None and rounds <= MANY_ROUNDS:
        return []
    says = (
        gettext("The rounds of changes have no limit.")
        if rounds is None
        else gettext("%(n)s rounds of changes are included.", n=rounds)
    )
    advice = gettext("Creators price in endless changes.")
    return [Flag("rounds", "review", says, gettext("One or two rounds are usual."), advice)]


def _scripted(body: dict[str, Any], day: date) -> list[Flag]:
    required = " ".join(body["must_haves"] + body["key_messages"])
    free = f"{body['freedom']} {body['summary']}"
    quoted = " ".join(re.findall(r"[“\"]([^”\"]+)[”\"]", required))
    asked, open_ = len(required.split()), len(free.split())
    share = asked * 10_000 // max(1, asked + open_)
    long = asked >= SCRIPT_WORDS and share > rules.amount(rules.SCRIPTED_SHARE, day)
    if not long and len(quoted.split()) < QUOTED_WORDS:
        return []
    return [
        Flag(
            "scripted",
            "content",
            gettext("%(n)s %% of the brief is required wording.", n=share // 100),
            gettext("What makes a small creator’s work good is a voice of their own."),
            gettext("Say what matters and leave them the words."),
        )
    ]


def _exclusivity(body: dict[str, Any], day: date) -> list[Flag]:
    window = body.get("exclusivity")
    if not window or window.get("price"):
        return []
    says = gettext("Exclusivity for %(days)s days comes without pay.", days=window["days"])
    return [Flag("exclusivity", "rights", says, gettext("It rules out other work in the category, so it has a price."))]


def _dates(body: dict[str, Any], day: date) -> list[Flag]:
    clocks = parts.DEFAULT_CLOCKS | body["clocks"]
    apply_by, opens, ends = (_day(body.get(key)) for key in ("apply_by", "posting_from", "posting_until"))
    says = ""
    if apply_by and apply_by < day:
        says = gettext("The apply-by day has passed.")
    elif opens and ends and ends < opens:
        says = gettext("Posting ends before it begins.")
    elif any(piece["due_days"] < SWIFT_DAYS for piece in body["deliverables"]):
        says = gettext("A draft is due less than two days after the start.")
    elif ends and ends < (apply_by or day) + timedelta(days=_needed(clocks)):
        says = gettext("Between applying and the last posting day there is not enough time for every step.")
    if not says:
        return []
    why = gettext("From answering to publishing, the steps of this brief take up to %(n)s days.", n=_needed(clocks))
    return [Flag("dates", "dates", says, why)]


def _needed(clocks: dict[str, int]) -> int:
    return sum(clocks[step] for step in ("answer", "sign", "fund", "draft", "review"))


def _gift(body: dict[str, Any], day: date) -> list[Flag]:
    gift = parts.part(body, "gift")
    paid = any(p["kind"] in ("fee", "retainer", "milestones") for p in body["parts"])
    if not gift or gift["mode"] == "no_strings" or paid:
        return []
    pieces = sum(piece["count"] for piece in body["deliverables"])
    floor = Money.parse(str(rules.amount(rules.GIFT_FLOOR, day)), body["currency"])
    if not pieces or Money(gift["value"], body["currency"]) >= floor * pieces:
        return []
    return [
        Flag(
            "gift",
            "parts",
            ngettext(
                "The gift is worth less than the work asked: %(num)d piece of content.",
                "The gift is worth less than the work asked: %(num)d pieces of content.",
                pieces,
            ),
            gettext("A post takes hours and has a price."),
            gettext("Ask for less, add a fee, or give the product with no strings."),
        )
    ]


def _texts(body: dict[str, Any]) -> list[str]:
    lists = [*body["must_haves"], *body["key_messages"], *body["avoid"]]
    return [body["title"], body["summary"], body["freedom"], *lists]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


LOOKS = (_disclosure, _opinion, _perpetual, _exclusivity, _gift, _rounds, _scripted, _dates)
