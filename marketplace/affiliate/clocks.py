"""The hand-offs of affiliate programs that have a clock: a request, new rates, topping a budget up, paying a month directly."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from marketplace import deadlines

ANSWER = deadlines.kind(
    "affiliate.answer",
    days=3,
    asks=_("Answer who asks to join your affiliate program"),
    silence=_("The request stays open"),
    outlasts=True,
)
ACCEPT = deadlines.kind(
    "affiliate.accept_terms",
    days=14,
    asks=_("Read the new rates of your affiliate program and accept them"),
    silence=_("Your links and codes pause on that day; what came before keeps its rates"),
    fixed=True,
)
TOP_UP = deadlines.kind(
    "affiliate.top_up",
    days=3,
    asks=_("Top up the budget of your affiliate program"),
    silence=_("Commissions that are due stay unpaid"),
    outlasts=True,
)
PAY_DIRECTLY = deadlines.kind(
    "affiliate.pay_directly",
    days=3,
    asks=_("Pay the commissions that did not arrive, and record it"),
    silence=_("The month stays unpaid, and the affiliate sees it"),
    outlasts=True,
)
