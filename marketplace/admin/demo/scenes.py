"""The last three weeks between creators and brands, scene by scene.

A scene is a day and hour after the briefs were published, a line of progress, and a verb.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from marketplace.admin.demo import deals
from marketplace.admin.demo.stage import Step

Line = tuple[float, str, Callable[[], None]]

MAYA = (
    "I make breakfast for two every day at seven and film it about once a week. Your tin would stand where mine stands."
)
PIA = "I would pour the first flush next to my usual one and say which I finish first. I may prefer mine."
THEO = "I draw the sleeves of my own mixtapes. Three are on my page; the blue one is the mood I would bring."
ANA = "Fourteen miles, one night, the dog carries his own water. I will say what chafes."
WREN = "I would rather play the record than draw it, but I know a printmaker and we work as a pair."
IDRIS = "My daughter and I taste things badly and honestly. She is nine and drinks rooibos."

SORRY = "The blue sleeve is lovely. We want a printed texture this winter; please look at our next one."

CAPTION = (
    "#ad Seven in the morning, water just off the boil, the spring tin from @harrowtea. Picked in March, in four "
    "gardens they can name. I drink it before I am nice to anyone. #harrowmornings"
)
LATE_CAPTION = (
    "#ad First pour of the first flush from @harrowtea, next to my everyday cup. Grassy, a little sweet, gone in "
    "ten minutes. Four gardens, picked in March. #harrowmornings"
)


def steps(start: datetime) -> list[Step]:
    """The scenes as steps, from the day the briefs were published."""
    return [
        Step(f"scene.{number:02}", start + timedelta(days=days), says, play)
        for number, (days, says, play) in enumerate(sorted(_lines(), key=lambda line: line[0]), 1)
    ]


def length() -> timedelta:
    """How long after the briefs were published the last scene plays."""
    return timedelta(days=max(days for days, _says, _play in _lines()))


def _lines() -> list[Line]:
    return [*_applications(), *_mayas_deal(), *_pias_deal(), *_anas_contract()]


def _applications() -> list[Line]:
    apply = deals.apply
    return [
        (1.0, "Maya applies for the slow morning", partial(apply, "maya", "morning", MAYA, 52000)),
        (1.2, "Theo applies for the slipcase", partial(apply, "theo", "sleeve", THEO)),
        (2.1, "Sol puts Theo on the shortlist", partial(deals.shortlist, "theo", "sleeve")),
        (5.0, "Sol declines, and says why", partial(deals.decline, "theo", "sleeve", "style", SORRY)),
        (2.0, "June offers Maya 480 dollars", partial(deals.offer, "maya", "morning", 48000)),
        (2.2, "Maya answers with 500", partial(deals.counter, "maya", "morning", 50000)),
    ]


def _mayas_deal() -> list[Line]:
    """A deal from agreement to pay."""
    link = "https://www.instagram.com/reel/demo-slow-morning"
    return [
        (2.4, "June accepts", partial(deals.accept, "maya", "morning", "brand")),
        (2.5, "Maya says where her pay goes", partial(deals.onboard, "maya")),
        (2.6, "Both sign", partial(deals.sign, "maya", "morning", "brand", "creator")),
        (3.0, "June funds the deal", partial(deals.fund, "maya", "morning")),
        (6.0, "Maya sends a draft", partial(deals.draft, "maya", "morning", "morning", CAPTION)),
        (
            7.0,
            "June asks for the tin to be seen",
            partial(deals.ask_for_change, "maya", "morning", "The tin is cut off at the edge; show it whole once."),
        ),
        (8.0, "Maya sends the second draft", partial(deals.draft, "maya", "morning", "morning", CAPTION)),
        (8.5, "June approves", partial(deals.approve, "maya", "morning")),
        (10.0, "Maya publishes", partial(deals.publish, "maya", "morning", "morning", link)),
        (10.5, "June confirms, Maya is paid", partial(deals.confirm, "maya", "morning")),
    ]


def _pias_deal() -> list[Line]:
    """A deal whose draft waits for the brand."""
    return [
        (12.0, "Pia applies for the slow morning", partial(deals.apply, "pia", "morning", PIA)),
        (12.5, "June offers Pia the brief's fee", partial(deals.offer, "pia", "morning", 45000)),
        (13.0, "Pia accepts", partial(deals.accept, "pia", "morning", "creator")),
        (13.2, "Pia says where her pay goes", partial(deals.onboard, "pia")),
        (13.5, "Both sign", partial(deals.sign, "pia", "morning", "creator", "brand")),
        (14.0, "June funds Pia's deal", partial(deals.fund, "pia", "morning", way="card")),
        (19.5, "Pia sends her draft", partial(deals.draft, "pia", "morning", "morning", LATE_CAPTION)),
    ]


def _anas_contract() -> list[Line]:
    """A contract one side has signed, and applications that wait for an answer."""
    return [
        (17.5, "Ana applies for the day outside", partial(deals.apply, "ana", "trail", ANA)),
        (18.0, "Ines offers Ana the day outside", partial(deals.offer, "ana", "trail", 52000)),
        (18.6, "Ana accepts", partial(deals.accept, "ana", "trail", "creator")),
        (18.8, "Ines signs; Ana's signature is awaited", partial(deals.sign, "ana", "trail", "brand")),
        (18.5, "Wren applies for the slipcase", partial(deals.apply, "wren", "sleeve", WREN)),
        (19.0, "Idris applies for the tasting", partial(deals.apply, "idris", "tasting", IDRIS)),
        (19.2, "Maya applies for the tasting", partial(deals.apply, "maya", "tasting", MAYA)),
    ]
