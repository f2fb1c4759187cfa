"""The words of states, reasons and rules, as an affiliate and a brand read them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from flask_babel import get_locale, gettext, ngettext
from flask_babel import lazy_gettext as _

from marketplace import web
from marketplace.money import percentage
from marketplace.rules import vocabulary

KINDS = {
    "commission": _("Commission"),
    "refund": _("Refund"),
    "edit": _("Order changed"),
    "chargeback": _("Lost to a chargeback"),
    "reinstatement": _("Given back"),
    "clawback": _("Taken back"),
    "bonus": _("Bonus"),
    "correction": _("Correction"),
}
REASONS = {
    "credited": _("Credited"),
    "outside_window": _("The click was too long before the order"),
    "other_affiliate": _("Another affiliate was credited"),
    "self_referral": _("Your own order"),
    "cap_reached": _("The limit was reached"),
    "not_enrolled": _("You were not in the program at that time"),
    "code_expired": _("The code had expired"),
    "bot": _("The visit was a machine’s"),
    "duplicate_order": _("The order was there already"),
    "excluded_product": _("The product earns nothing"),
    "held_for_review": _("Looked at by the brand"),
    "returning_customer": _("A returning customer"),
}
# Why nobody was credited, as the brand reads it; where a word is missing, the affiliate's own does.
NOBODY = {
    "outside_window": _("the click was too long before the order"),
    "self_referral": _("an affiliate’s own order"),
    "not_enrolled": _("the affiliate was not in the program at that time"),
    "code_expired": _("the code had expired"),
    "bot": _("the visit was a machine’s"),
}
STATES = {
    "refused": (_("Refused"), "bad"),
    "accrued": (_("Held"), "wait"),
    "held": (_("Held: disputed"), "warn"),
    "releasable": (_("Free to pay"), "good"),
    "in_payout": (_("On its way"), "wait"),
    "paid": (_("Paid"), "good"),
}
ENROLMENT = {
    "pending": (_("Asks to join"), "wait"),
    "active": (_("Active"), "good"),
    "paused": (_("Paused"), "warn"),
    "ended": (_("Ended"), "plain"),
}
PAYOUT = {
    "nothing_due": (_("Nothing due"), "plain"),
    "waiting": (_("Waits for the brand’s budget"), "warn"),
    "in_payout": (_("On its way"), "wait"),
    "paid": (_("Paid"), "good"),
    "direct_open": (_("To be paid directly"), "warn"),
    "direct_said": (_("Recorded as paid directly"), "wait"),
    "direct_paid": (_("Paid directly"), "good"),
}
CHOSEN = {
    "last_touch": _("The last click before the order"),
    "code": _("The code on the order"),
    "code_wins": _("The code on the order, which wins over another affiliate’s link"),
    "link_wins": _("The link, which wins over another affiliate’s code"),
    "link_and_code": _("Link and code of the same affiliate"),
    "nobody": _("Nobody could be credited"),
}
TOUCHES = {"click": _("Click"), "link": _("Link seen on the buying visit"), "code": _("Code")}
EVENTS = {
    "paid": _("Paid"),
    "edited": _("Changed"),
    "partly_refunded": _("Partly refunded"),
    "refunded": _("Refunded"),
    "cancelled": _("Cancelled"),
    "disputed": _("Disputed at the card"),
    "dispute_won": _("Dispute won"),
    "dispute_lost": _("Dispute lost"),
    "refund_failed": _("A refund failed"),
}
# Why news of an order counts for nothing so far; what was refused brings its own sentence.
NOT_TAKEN = {
    "conflict": _(
        "A second message came under the Idempotency-Key of this order’s message and said something else; it was "
        "answered with 409 and nothing was changed. Each piece of news needs a key of its own."
    ),
    "waiting": _("The order itself has not reached us. This counts as soon as it does."),
    "duplicate_order": _(
        "An order with this number is here already and says something else; it was left as it is. "
        "Changes are sent as order.edited."
    ),
}
CODE_POLICIES = vocabulary.CODE_POLICIES
JOINING = {
    "open": _("Anybody may join at once."),
    "approval": _("The brand approves everybody who asks to join."),
    "invited": _("Creators join by an invitation or through a deal with the brand."),
}
# The same as the brand itself reads it.
JOINING_HERE = {
    "open": _("Anybody may join at once."),
    "approval": _("You answer everybody who asks to join."),
    "invited": _("Creators join by an invitation or through a deal with you."),
}


def promises(terms: Any, rules: list[Any] | None = None, hold_days: int | None = None) -> dict[str, tuple[str, str]]:
    """What terms promise, by part: (label, words). `rules` and `hold_days` stand in for the program's own."""
    days = terms.hold_days if hold_days is None else hold_days
    return {
        "rules": (gettext("An order earns"), ", ".join(rule["name"] for rule in rules or terms.rules)),
        "hold_days": (gettext("Held for"), ngettext("%(num)d day", "%(num)d days", days)),
        "window_seconds": (gettext("An order counts for"), window(terms.window_seconds)),
        "code_policy": (gettext("Link or code"), str(CODE_POLICIES[terms.code_policy])),
    }


def changes(old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> list[dict[str, str]]:
    """What differs between two promises: {label, old, new} for the diff component."""
    return [
        {"label": label, "old": old[name][1], "new": text}
        for name, (label, text) in new.items()
        if old[name][1] != text
    ]


def window(seconds: int) -> str:
    """A window in days, or in hours when it is not a whole number of them."""
    days, rest = divmod(seconds, 86_400)
    return gettext("%(n)s days", n=days) if not rest else gettext("%(n)s hours", n=f"{seconds / 3600:g}")


def judged(reason: str, at: datetime | None, placed_at: datetime, window_seconds: int) -> str:
    """A reason; where a touch `at` lay outside the window, by how much."""
    if reason != "outside_window" or at is None:
        return str(REASONS[reason])
    days, rest = divmod(int(placed_at.timestamp()) - int(at.timestamp()), 86_400)
    if days < 0:
        return gettext("The click came after the order")
    many = ngettext("%(num)d day", "%(num)d days", days)
    if rest and days * 86_400 <= window_seconds:
        many = gettext("more than %(days)s", days=many)
    return gettext(
        "The click was %(days)s before the order; %(window)s count", days=many, window=window(window_seconds)
    )


def rate(bps: int | None) -> str:
    """Basis points as a percentage."""
    return "" if bps is None else percentage(bps, str(get_locale() or "en"))


def shown(address: str) -> str:
    """An address as it is read: a shop’s front page without the slash that is all of its path."""
    return address[:-1] if address.endswith("/") and address.count("/") == 3 else address


def month(start: datetime, zone: str) -> str:
    """A statement's month by its name, in the program's zone: March 2026."""
    local = start.astimezone(ZoneInfo(zone))
    return format_skeleton("yMMMM", local, locale=str(get_locale() or "en"))


def day_in(moment: datetime, zone: str) -> str:
    """A day as the program's zone counts it."""
    return format_date(moment.astimezone(ZoneInfo(zone)).date(), "medium", locale=str(get_locale() or "en"))


def placed(order: Any, zone: str) -> str:
    """When an order was placed: only the day where it came by a file that names no time, which makes it noon."""
    local = order.placed_at.astimezone(ZoneInfo(zone))
    only_day = order.source == "csv" and local.time() == time(12)
    return day_in(order.placed_at, zone) if only_day else moment_in(order.placed_at, zone)


def until(moment: datetime, zone: str) -> str:
    """The end of an interval: its last day where it ends with one, else the moment."""
    local = moment.astimezone(ZoneInfo(zone))
    return day_in(moment - timedelta(days=1), zone) if local.time() == time.min else moment_in(moment, zone)


def zone_name(zone: str) -> str:
    """A zone as a person reads it: America/New York."""
    return zone.replace("_", " ")


def moment_in(moment: datetime, zone: str) -> str:
    """A day and a time, to the minute, as the program's zone counts it."""
    local = moment.astimezone(ZoneInfo(zone))
    locale = str(get_locale() or "en")
    return f"{format_date(local.date(), 'medium', locale=locale)}, {web.time_of_day(local, locale)}"
