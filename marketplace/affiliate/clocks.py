"""The hand-offs of affiliate programs that have a clock: answering a request, topping a budget up."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from marketplace import deadlines

ANSWER = deadlines.kind(
    "affiliate.answer",
    days=3,
    asks=_("Answer who asks to join your affiliate program"),
    silence=_("The request stays open"),
)
TOP_UP = deadlines.kind(
    "affiliate.top_up",
    days=3,
    asks=_("Top up the budget of your affiliate program"),
    silence=_("Commissions that are due stay unpaid"),
)
