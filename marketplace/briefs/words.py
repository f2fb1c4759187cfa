"""A body said in sentences: for the brief's page, the preview, the difference between versions, the contract.

`lines()` is the one reading of a body; whatever shows terms to a person uses it, so that a clause
reads the same before applying, in the offer and under the signature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale, gettext, ngettext

from marketplace.accounts import places
from marketplace.briefs import parts
from marketplace.money import Money, percentage
from marketplace.payments.words import DIRECT
from marketplace.rules import vocabulary

ITEMS = "\u00a0· "  # between several things of one clause; each is a person's own words and may begin large


@dataclass(frozen=True)
class Line:
    """One clause: `key` names it for a comparison, `group` the heading it stands under."""

    key: str
    group: str
    label: str
    text: str


@dataclass(frozen=True)
class Clock:
    """A hand-off in words: who has how long, and what happens on silence."""

    step: str
    who: str
    says: str
    silence: str


def lines(body: dict[str, Any], products: dict[str, str] | None = None) -> list[Line]:
    """Every clause of a body that has something to say. `products`: names by id."""
    found: list[Line] = []
    for group, write in GROUPS:
        found += [Line(key, group, label, text) for key, label, text in write(body, products or {}) if text]
    return found


def money(minor: int | None, body: dict[str, Any]) -> str:
    """An amount of the body, for people."""
    return Money(minor or 0, body["currency"]).format(str(get_locale() or "en"))


def day(text: str | None) -> str:
    """An ISO day for people; empty for none."""
    return format_date(date.fromisoformat(text), "medium", locale=str(get_locale() or "en")) if text else ""


def posting_days(body: dict[str, Any]) -> str:
    """`Dec 10, 2026 to Dec 20, 2026`; empty where no days to post are named."""
    opens, ends = (day(body.get(key)) for key in ("posting_from", "posting_until"))
    if opens and ends:
        return gettext("%(a)s to %(b)s", a=opens, b=ends)
    return gettext("from %(a)s", a=opens) if opens else gettext("until %(b)s", b=ends) if ends else ""


def percent(bps: int) -> str:
    """Basis points in the reader's language."""
    return percentage(bps, str(get_locale() or "en"))


def days(number: int) -> str:
    """`1 day`, `3 days`."""
    return ngettext("%(num)d day", "%(num)d days", number)


def part(item: dict[str, Any], body: dict[str, Any], products: dict[str, str] | None = None) -> str:
    """A compensation part in a sentence."""
    return PART_WORDS[item["kind"]](item, body, products or {})


def piece(item: dict[str, Any]) -> str:
    """`2 × Instagram reel`."""
    name = f"{vocabulary.PLATFORMS[item['platform']]} {vocabulary.FORMATS[item['format']]}"
    return f"{item['count']} × {name}"


def pieces(body: dict[str, Any]) -> str:
    """All deliverables on one line."""
    return ", ".join(piece(item) for item in body["deliverables"])


def places_left(free: int, offered: int) -> str:
    """`3 places`, or `1 of 3 places left` once somebody took one."""
    if free < offered:
        return ngettext("%(free)d of %(num)d place left", "%(free)d of %(num)d places left", offered, free=free)
    return ngettext("%(num)d place", "%(num)d places", offered)


def headline(body: dict[str, Any]) -> str:
    """What the creator gets, on one line for a list."""
    line = " + ".join(short(item, body) for item in body["parts"] if _named(item))
    return line[:1].upper() + line[1:]


def short(item: dict[str, Any], body: dict[str, Any]) -> str:
    """A compensation part in a few words: `gift worth $45.00`, `10% commission`."""
    return HEADLINES[item["kind"]](item, body)


def _named(item: dict[str, Any]) -> bool:
    """Has a part an amount yet? A draft may not."""
    amounts = ("value", "amount", "rate_bps", "share_bps", "per_unit")
    return any(item.get(name) for name in amounts) or any(stage["amount"] for stage in item.get("items", []))


def territory(code: str | None) -> str:
    """A country by its name, or worldwide."""
    return places.countries(str(get_locale() or "en")).get(code, code) if code else gettext("worldwide")


def grant(item: dict[str, Any], body: dict[str, Any]) -> str:
    """A usage right in a sentence."""
    span = days(item["days"]) if item["days"] is not None else gettext("for ever")
    text = gettext(
        "%(use)s, %(where)s, %(span)s",
        use=str(vocabulary.USES[item["use"]]).capitalize(),
        where=territory(item["territory"]),
        span=span,
    )
    if item.get("exclusive"):
        text += ", " + gettext("exclusive")
    price = money(item["price"], body) if item.get("price") else gettext("included")
    return f"{text}: {price}"


def clocks(body: dict[str, Any]) -> list[Clock]:
    """The clocks of the deal in the order they run, with what silence means."""
    held = parts.DEFAULT_CLOCKS | {"pay": parts.pay_days(body)} | body["clocks"]
    steps = ("answer", "sign", "fund", "ship", "draft", "review", "publish", "confirm", "pay")
    skipped = set() if parts.part(body, "gift") else {"ship"}
    skipped |= set() if body["deliverables"] else {"draft", "review", "publish", "confirm"}
    skipped |= set() if parts.protected_amount(body) else {"fund"}
    skipped |= {"fund"} if parts.paid_directly(body) else {"pay"}
    due = gettext("Silence confirms it, and the pay is due.")
    confirms = due if parts.protected_amount(body) else gettext("Silence confirms it.")
    spans = {step: days(held[step]) for step in steps} | {"draft": _due(body)}
    return [_clock(step, spans[step], confirms) for step in steps if step not in skipped]


def _due(body: dict[str, Any]) -> str:
    """Until when the drafts come: each piece has its own days."""
    due = sorted({item["due_days"] for item in body["deliverables"]})
    if len(due) > 1:
        return gettext("from %(a)s to %(b)s days", a=due[0], b=due[-1])
    return days(due[0]) if due else ""


def _clock(step: str, span: str, confirms: str) -> Clock:
    brand, creator = gettext("The brand"), gettext("The creator")
    words = {
        "answer": (brand, gettext("answers an application"), gettext("The application ends with an apology.")),
        "sign": (creator, gettext("and the brand sign the contract"), gettext("The deal ends; nobody owes anything.")),
        "fund": (brand, gettext("pays into protected payment"), gettext("The deal ends; the creator is free.")),
        "ship": (brand, gettext("ships the product"), gettext("The creator is released.")),
        "draft": (creator, gettext("sends a draft"), gettext("The brand may end the deal.")),
        "review": (brand, gettext("reviews a draft, in working days"), gettext("Silence approves the draft.")),
        "publish": (creator, gettext("publishes what was approved"), gettext("The brand may end the deal.")),
        "confirm": (brand, gettext("confirms the publication"), confirms),
        "pay": (
            brand,
            gettext("pays the creator directly and records it"),
            gettext("The creator is told that it is late, and it is asked for again."),
        ),
    }
    who, does, silence = words[step]
    says = gettext("%(who)s %(does)s: %(days)s", who=who, does=does, days=span)
    return Clock(step, who, says, silence)


def _pay(body: dict[str, Any], products: dict[str, str]) -> list[tuple[str, str, str]]:
    gets = [
        (f"part.{item['kind']}", str(vocabulary.PARTS[item["kind"]]), part(item, body, products))
        for item in body["parts"]
    ]
    direct = parts.paid_directly(body) and parts.protected_amount(body)
    return [*gets, *program(body), ("payment", gettext("How it is paid"), str(DIRECT) if direct else "")]


def promised(body: dict[str, Any]) -> list[tuple[str, str]]:
    """What the contract promises and no payment here carries yet: (label, text) for each part, each stage."""
    found: list[tuple[str, str]] = []
    for item in filter(_named, parts.promised(body)):
        if item["kind"] == "milestones":
            found += [
                (gettext("Stage: %(title)s", title=stage["title"]), money(stage["amount"], body))
                for stage in item["items"]
            ]
        else:
            says = _monthly if item["kind"] == "retainer" else _share
            found.append((str(vocabulary.PARTS[item["kind"]]), says(item, body)))
    return found


def program(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What the program of a commission promises, as clauses: (key, label, text); none without a promise."""
    promise = (parts.part(body, "commission") or {}).get("program")
    if not promise:
        return []
    window, rest = divmod(promise["window_seconds"], 86_400)
    span = days(window) if not rest else gettext("%(n)s hours", n=f"{promise['window_seconds'] / 3600:g}")
    minimum = promise["payout_minimum"]
    monthly = gettext("Monthly, from day %(day)s of the month after", day=promise["statement_day"])
    least = gettext("less than %(amount)s is carried into the next month", amount=money(minimum, body))
    others = gettext(
        "by itself it pays %(rates)s, held for %(days)s",
        rates=", ".join(promise["rates"]),
        days=days(promise["hold_days"]),
    )
    return [
        ("program", gettext("Affiliate program"), f"{program_name(promise)}; {others}"),
        (
            "program.window",
            gettext("An order counts"),
            gettext(
                "When it is placed within %(span)s of a click, to the second; the last touch is credited", span=span
            ),
        ),
        ("program.code", gettext("Link or code"), str(vocabulary.CODE_POLICIES[promise["code_policy"]])),
        ("program.paid", gettext("Commissions are paid"), f"{monthly}; {least}" if minimum else monthly),
    ]


def program_name(promise: dict[str, Any]) -> str:
    """`Bramble Friends, terms version 2`; a program that is not open yet says so."""
    if not promise["number"]:
        return gettext("%(name)s, opened with this brief", name=promise["name"])
    return gettext("%(name)s, terms version %(n)s", name=promise["name"], n=promise["number"])


def _work(body: dict[str, Any], products: dict[str, str]) -> list[tuple[str, str, str]]:
    wanted = [
        gettext("%(piece)s, draft within %(days)s", piece=piece(item), days=days(item["due_days"]))
        for item in body["deliverables"]
    ]
    return [
        ("deliverables", gettext("Content"), "; ".join(wanted)),
        ("products", gettext("About"), ", ".join(products.get(i, gettext("a product")) for i in body["products"])),
        ("must_haves", gettext("Must be there"), ITEMS.join(body["must_haves"])),
        ("key_messages", gettext("What should come across"), ITEMS.join(body["key_messages"])),
        ("hashtags", gettext("Hashtags"), " ".join(body["hashtags"])),
        ("avoid", gettext("Please avoid"), ITEMS.join(body["avoid"])),
        ("disclosure", gettext("Disclosure"), body["disclosure"]),
        ("freedom", gettext("Left to the creator"), body["freedom"]),
    ]


def _when(body: dict[str, Any], products: dict[str, str]) -> list[tuple[str, str, str]]:
    rounds = gettext("without a limit") if body["rounds"] is None else str(body["rounds"])
    waits = "; ".join(clock.says for clock in clocks(body))
    return [
        ("apply_by", gettext("Apply by"), day(body["apply_by"])),
        ("posting", gettext("Posting"), posting_days(body)),
        ("rounds", gettext("Rounds of changes included"), rounds if body["deliverables"] else ""),
        ("clocks", gettext("Clocks"), waits),
    ]


def _rights(body: dict[str, Any], products: dict[str, str]) -> list[tuple[str, str, str]]:
    window = body["exclusivity"]
    exclusive = ""
    if window:
        price = money(window["price"], body) if window.get("price") else gettext("without pay")
        exclusive = gettext(
            "No work for others in %(category)s for %(days)s: %(price)s",
            category=window["category"] or gettext("this category"),
            days=days(window["days"]),
            price=price,
        )
    return [
        ("rights", gettext("What the brand may do with it"), "; ".join(grant(item, body) for item in body["rights"])),
        ("exclusivity", gettext("Exclusivity"), exclusive),
    ]


def _who(body: dict[str, Any], products: dict[str, str]) -> list[tuple[str, str, str]]:
    audience = body["audience"]
    names = places.countries()
    least = audience["followers_min"]
    return [
        ("head_count", gettext("Looking for"), ngettext("%(num)d creator", "%(num)d creators", body["head_count"])),
        ("followers", gettext("Followers"), gettext("at least %(n)s", n=f"{least:,}") if least else ""),
        ("tiers", gettext("Size"), ", ".join(str(vocabulary.TIERS[t]) for t in audience["tiers"])),
        ("platforms", gettext("Platforms"), ", ".join(str(vocabulary.PLATFORMS[p]) for p in audience["platforms"])),
        ("niches", gettext("Niches"), ", ".join(str(vocabulary.NICHES.get(n, n)) for n in audience["niches"])),
        ("countries", gettext("Countries"), ", ".join(names.get(c, c) for c in audience["countries"])),
        ("city", gettext("Place"), audience.get("city", "")),
        (
            "languages",
            gettext("Languages"),
            ", ".join(str(vocabulary.LANGUAGES.get(n, n)) for n in audience["languages"]),
        ),
    ]


def _gift(item: dict[str, Any], body: dict[str, Any], products: dict[str, str]) -> str:
    name = products.get(item.get("product_id") or "", gettext("a product"))
    strings = (
        gettext("yours whatever you do with it")
        if item["mode"] == "no_strings"
        else gettext("in exchange for the content below")
    )
    return gettext(
        "%(name)s worth %(value)s, %(strings)s", name=name, value=money(item["value"], body), strings=strings
    )


def _fee(item: dict[str, Any], body: dict[str, Any], products: dict[str, str]) -> str:
    return gettext("%(amount)s for each creator", amount=money(item["amount"], body))


def _commission(item: dict[str, Any], body: dict[str, Any], products: dict[str, str]) -> str:
    return gettext(
        "%(rate)s of every order through your link or code, held for %(days)s in case of returns",
        rate=percent(item["rate_bps"]),
        days=days(item["hold_days"]),
    )


def _retainer(item: dict[str, Any], body: dict[str, Any], products: dict[str, str]) -> str:
    return gettext(
        "%(monthly)s: %(what)s", monthly=_monthly(item, body), what=item["per_month"] or gettext("regular content")
    )


def _monthly(item: dict[str, Any], body: dict[str, Any]) -> str:
    amount = money(item["amount"], body)
    return ngettext(
        "%(amount)s a month for %(num)d month",
        "%(amount)s a month for %(num)d months",
        item["months"],
        amount=amount,
    )


def _milestones(item: dict[str, Any], body: dict[str, Any], products: dict[str, str]) -> str:
    return "; ".join(f"{stage['title']}: {money(stage['amount'], body)}" for stage in item["items"])


def _royalty(item: dict[str, Any], body: dict[str, Any], products: dict[str, str]) -> str:
    share = _share(item, body)
    return (
        gettext("%(share)s, credited as “%(line)s”", share=share, line=item["credit_line"])
        if item["credit_line"]
        else share
    )


def _share(item: dict[str, Any], body: dict[str, Any]) -> str:
    return (
        gettext("%(rate)s of what is sold", rate=percent(item["share_bps"]))
        if item["share_bps"]
        else gettext("%(amount)s for each one sold", amount=money(item["per_unit"], body))
    )


PART_WORDS: dict[str, Callable[[dict[str, Any], dict[str, Any], dict[str, str]], str]] = {
    "gift": _gift, "fee": _fee, "commission": _commission,
    "retainer": _retainer, "milestones": _milestones, "royalty": _royalty,
}  # fmt: skip
HEADLINES: dict[str, Callable[[dict[str, Any], dict[str, Any]], str]] = {
    "gift": lambda item, body: gettext("gift worth %(value)s", value=money(item["value"], body)),
    "fee": lambda item, body: money(item["amount"], body),
    "commission": lambda item, body: gettext("%(rate)s commission", rate=percent(item["rate_bps"])),
    "retainer": lambda item, body: gettext("%(amount)s a month", amount=money(item["amount"], body)),
    "milestones": lambda item, body: gettext(
        "%(amount)s in stages", amount=money(sum(stage["amount"] for stage in item["items"]), body)
    ),
    "royalty": lambda item, body: gettext("royalty"),
}
GROUPS: tuple[tuple[str, Callable[[dict[str, Any], dict[str, str]], list[tuple[str, str, str]]]], ...] = (
    ("pay", _pay), ("work", _work), ("rights", _rights), ("when", _when), ("who", _who),
)  # fmt: skip
