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
    audience      {tiers, platforms, niches, countries, languages, followers_min}
    head_count, apply_by, posting_from, posting_until
    rounds        paid review rounds included
    clocks        {answer, sign, fund, ship, draft, review, publish, confirm}   days each
    rights        list of {use, territory, days, exclusive, price}   days None: for ever
    exclusivity   {category, days, price} or None
    language
"""

from __future__ import annotations

from typing import Any

from marketplace.money import Money

PARTS = {
    "gift": "A product. mode: no_strings or for_content; product_id; value (minor units)",
    "fee": "A fixed amount per creator. amount",
    "commission": "A share of sales. program_id; rate_bps; hold_days",
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
PLATFORMS = ("instagram", "tiktok", "youtube", "x", "linkedin", "pinterest", "twitch", "blog", "podcast")
FORMATS = (
    "feed_post", "carousel", "story", "reel", "short_video", "long_video", "live", "review",
    "tutorial", "article", "audio", "thread", "newsletter",
)  # fmt: skip
USES = ("organic_repost", "paid_brand", "paid_creator", "site_email", "print_ooh", "sublicence")
DEFAULT_CLOCKS = {
    "answer": 3, "sign": 2, "fund": 3, "ship": 5, "draft": 10, "review": 3, "publish": 7, "confirm": 2,
}  # fmt: skip
DEFAULT_RIGHTS_DAYS = 90


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


def protected_amount(body: dict[str, Any]) -> Money:
    """What the brand must fund before work starts: the fee and the priced rights."""
    return fee(body) + extras(body)
