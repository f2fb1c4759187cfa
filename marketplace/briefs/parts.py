"""The body of a brief, an offer and a contract: one shape, from the editor to the signature.

A body is plain JSON, so that a terms version can hold it. Money is integer minor units of the
body's one `currency`; rates are basis points; days are counts; dates are ISO strings.

    title, summary, objective, kpi, currency, category
    parts         list of compensation parts, see PARTS
    deliverables  list of {platform, format, count, due_days}   due_days: after the deal is active
    products      list of product ids
    must_haves, key_messages, hashtags, avoid                    lists of sentences
    disclosure    the exact label, such as "#ad"
    freedom       what is left to the creator, in words
    audience      {tiers, platforms, niches, countries, languages, followers_min, city}
    head_count, apply_by, posting_from, posting_until
    rounds        review rounds included in the pay; None: without a limit
    clocks        {answer, sign, fund, ship, draft, review, publish, confirm}   days each
    rights        list of {use, territory, days, exclusive, price}   days None: for ever
    exclusivity   {category, days, price} or None
    language
    payment       "direct": in a brand's own program it pays itself, nothing is protected; else protected
    pay_days      with it: days from the last confirmed piece to the payment
"""

from __future__ import annotations

from typing import Any

from marketplace.money import Money
from marketplace.rules import vocabulary

PARTS = {
    "gift": "A product. mode: no_strings or for_content; product_id; value (minor units)",
    "fee": "A fixed amount per creator. amount",
    "commission": "A share of sales. program_id; rate_bps; hold_days; program (see `programs`)",
    "retainer": "A monthly amount with regular content. amount; months; per_month (in words)",
    "milestones": "Amounts by stage. items: list of {title, amount}",
    "royalty": "A share or amount per unit. share_bps or per_unit; credit_line",
}
PRESETS = {
    "gifting": ("gift",),
    "pay_per_post": ("fee",),
    "affiliate": ("commission",),
    "ambassador": ("retainer", "commission"),
    "creative_partnership": ("milestones", "royalty"),
}
KIND_OF = {
    "gift": "gifting", "fee": "pay_per_post", "commission": "affiliate", "retainer": "ambassador",
    "milestones": "creative_partnership", "royalty": "creative_partnership",
}  # fmt: skip
OBJECTIVES, KPIS = tuple(vocabulary.OBJECTIVES), tuple(vocabulary.KPIS)
PLATFORMS, FORMATS = tuple(vocabulary.PLATFORMS), tuple(vocabulary.FORMATS)
USES = tuple(use for use in vocabulary.USES if use != "exclusivity")
PROMISED = ("retainer", "milestones", "royalty")  # kinds with no payment path here yet
DEFAULT_CLOCKS = {
    "answer": 3, "sign": 2, "fund": 3, "ship": 5, "draft": 10, "review": 3, "publish": 7, "confirm": 2,
}  # fmt: skip
DEFAULT_RIGHTS_DAYS = 90
DEFAULT_PAY_DAYS = 3


def blank(currency: str, preset: str = "pay_per_post", language: str = "en") -> dict[str, Any]:
    """The body a new brief begins with: the preset's parts and the house defaults.

    The default licence is the house's: organic repost, 90 days. Nothing defaults to for ever.
    """
    starts: dict[str, dict[str, Any]] = {
        "gift": {"kind": "gift", "mode": "for_content", "product_id": None, "value": 0},
        "fee": {"kind": "fee", "amount": 0},
        "commission": {"kind": "commission", "program_id": None, "rate_bps": 1000, "hold_days": 30},
        "retainer": {"kind": "retainer", "amount": 0, "months": 3, "per_month": ""},
        "milestones": {"kind": "milestones", "items": []},
        "royalty": {"kind": "royalty", "share_bps": 0, "per_unit": 0, "credit_line": ""},
    }
    return {
        "title": "", "summary": "", "objective": "awareness", "kpi": "engagement", "currency": currency,
        "category": "", "parts": [starts[kind] for kind in PRESETS[preset]], "deliverables": [], "products": [],
        "must_haves": [], "key_messages": [], "hashtags": [], "avoid": [], "disclosure": "#ad", "freedom": "",
        "audience": {
            "tiers": [], "platforms": [], "niches": [], "countries": [], "languages": [],
            "followers_min": 0, "city": "",
        },
        "head_count": 1, "apply_by": None, "posting_from": None, "posting_until": None,
        "rounds": 1, "clocks": dict(DEFAULT_CLOCKS),
        "rights": [
            {"use": "organic_repost", "territory": "worldwide", "days": DEFAULT_RIGHTS_DAYS,
             "exclusive": False, "price": 0},
        ],
        "exclusivity": None, "language": language,
    }  # fmt: skip


def kinds(body: dict[str, Any]) -> list[str]:
    """Which of the five kinds of deal a body is: one for each of its parts, in the body's order."""
    return list(dict.fromkeys(KIND_OF[p["kind"]] for p in body.get("parts", [])))


def fixed_money(body: dict[str, Any]) -> Money | None:
    """Every amount one creator is promised whatever sells: fee, retainer and milestones; None without."""
    amounts = [p["amount"] for p in body.get("parts", []) if p["kind"] == "fee"]
    amounts += [p["amount"] * p["months"] for p in body.get("parts", []) if p["kind"] == "retainer"]
    amounts += [i["amount"] for p in body.get("parts", []) if p["kind"] == "milestones" for i in p["items"]]
    return Money(sum(amounts), body["currency"]) if amounts else None


def part(body: dict[str, Any], kind: str) -> dict[str, Any] | None:
    """The body's compensation part of a kind, if it has one."""
    return next((p for p in body.get("parts", []) if p["kind"] == kind), None)


def fee(body: dict[str, Any]) -> Money:
    """The fixed money for one creator's work: the fee part (zero without one)."""
    found = part(body, "fee")
    return Money(found["amount"] if found else 0, body["currency"])


def extras(body: dict[str, Any]) -> Money:
    """What usage rights and exclusivity are priced at, on top of the fee."""
    prices = [grant.get("price") or 0 for grant in body.get("rights", [])]
    exclusivity = body.get("exclusivity") or {}
    return Money(sum(prices) + (exclusivity.get("price") or 0), body["currency"])


def paid_directly(body: dict[str, Any]) -> bool:
    """Does the brand pay this itself, past us, so that nothing is protected?"""
    return body.get("payment") == "direct"


def pay_days(body: dict[str, Any]) -> int:
    """Where the brand pays directly: days it has once everything is delivered."""
    return int(body.get("pay_days") or DEFAULT_PAY_DAYS)


def protected_amount(body: dict[str, Any]) -> Money:
    """What the brand must fund before work starts: the fee and the priced rights.

    The same pay where it pays directly (`paid_directly`), though nothing is protected then.
    """
    return fee(body) + extras(body)


def each(body: dict[str, Any]) -> Money:
    """All fixed money one creator is promised: fee, retainer, milestones and priced rights."""
    return (fixed_money(body) or Money.zero(body["currency"])) + extras(body)


def promised(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts that are the brand's promise in the contract only: no payment of ours carries them yet."""
    return [part for part in body.get("parts", []) if part["kind"] in PROMISED]


def budget(body: dict[str, Any]) -> Money:
    """What the brand funds for everybody the brief looks for."""
    return protected_amount(body) * body["head_count"]
