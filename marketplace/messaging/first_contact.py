"""What a first message may not carry: outside links and requests for money.

Fake brands work with two tricks, a link to "connect your payout" and a fee to be paid first
(requirements.md, pain 9). After both sides know each other the check is gone.
"""

from __future__ import annotations

import re

from flask_babel import gettext

ENDINGS = "com|net|org|io|co|me|shop|store|link|ly|app|xyz|info|biz|ru|top|site|online|gg|to|tv|de|fr|uk"
LINK = re.compile(rf"(https?://|www\.)\S+|\b[a-z0-9-]+(\.[a-z0-9-]+)*\.({ENDINGS})\b|\S+@\S+\.\w+", re.I)
NAMED_FEE = re.compile(
    r"\b(shipping|processing|registration|verification|activation|customs|handling|insurance|onboarding)"
    r"[ -]+(fee|cost|charge|deposit|payment)s?\b|\b(gift cards?|western union|crypto wallet|bitcoin|usdt)\b",
    re.I,
)
PAY_FIRST = re.compile(
    r"\b(pay|send|transfer|cover|wire)\b[^.!?\n]{0,40}\b(shipping|deposit|customs|registration|verification|up ?front)\b",
    re.I,
)


def problem(text: str) -> str | None:
    """The sentence that refuses a first message, or None when it may go out."""
    if NAMED_FEE.search(text) or PAY_FIRST.search(text):
        return gettext(
            "A first message may not ask the other side to pay anything. "
            "Money moves only through the protected payment of a deal."
        )
    if LINK.search(text):
        return gettext(
            "Outside links and addresses cannot travel in a first message. "
            "Say it in words; profiles, samples and products are a click away here."
        )
    return None
