"""The disclosure check: is it plain, at once and in the reader's language that a post is advertising?

Green: an accepted label stands where everybody sees it. Amber: it is there, but could be missed.
Red: it is missing, too weak, or too late to count. The words and places are dated rows of `data/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext

from marketplace.rules import queries

PILE = 3  # hashtags in a row: a label further back in the pile is not noticed
CONNECTIONS = ("paid", "commission", "gift", "discount", "employee", "family", "none")


@dataclass(frozen=True)
class Verdict:
    """`colour` is green, amber or red; `reasons` are sentences; `fix` says what to do, or is empty."""

    colour: str
    reasons: list[str] = field(default_factory=list)
    fix: str = ""

    @property
    def fine(self) -> bool:
        """May the draft go on to review?"""
        return self.colour != "red"


def check(caption: str, *, platform: str, countries: list[str], day: date, connection: str = "paid") -> Verdict:
    """Judge a caption for the countries its audience is in.

    `connection` is how the creator is tied to the brand (one of CONNECTIONS); free goods count
    (16 CFR 255.5), so only `none` needs no label. With several countries the strictest one decides.
    """
    if connection == "none":
        return Verdict("green", [gettext("There is nothing to disclose.")])
    verdicts = [_in_country(caption, platform, country, day) for country in countries or ["*"]]
    return min(verdicts, key=lambda verdict: ("red", "amber", "green").index(verdict.colour))


def _in_country(caption: str, platform: str, country: str, day: date) -> Verdict:
    accepted = queries.labels(country, day, platform)
    weak = [row for row in queries.too_weak([country], day) if _position(caption, row["phrase"]) is not None]
    accepted = [label for label in accepted if label not in {row["phrase"] for row in queries.too_weak([country], day)}]
    places = [place for label in accepted if (place := _position(caption, label)) is not None]
    fix = gettext("Begin the caption with %(label)s.", label=_shown(accepted[0]))
    if not places:
        return Verdict("red", _missing(weak), fix)
    return _placed(caption, min(places), platform, day, fix)


def _missing(weak: list[dict[str, Any]]) -> list[str]:
    if weak:
        return [
            gettext("“%(phrase)s” is too weak: %(why)s.", phrase=row["phrase"], why=gettext(row["why"])) for row in weak
        ]
    return [gettext("The caption does not say that this is advertising.")]


def _placed(caption: str, place: int, platform: str, day: date, fix: str) -> Verdict:
    row = queries.platform(platform, day)
    if row and place >= row["fold"]:
        sentence = gettext(
            "The label is buried: %(platform)s folds the caption after about %(n)s characters, and it comes later.",
            platform=platform.capitalize(),
            n=row["fold"],
        )
        return Verdict("red", [sentence], fix)
    if _in_pile(caption, place):
        return Verdict("red", [gettext("The label is buried in a pile of hashtags.")], fix)
    if caption[:place].strip() and len(caption[:place].split()) > 12:
        return Verdict("amber", [gettext("The label is visible, but a reader meets the praise first.")], fix)
    return Verdict("green", [gettext("The label is plain and comes at once.")])


def _position(caption: str, phrase: str) -> int | None:
    """Where a label or phrase stands as words of its own; `#ad` is not found in `#adorable`."""
    start = r"(?<![\w#])" if not phrase.startswith("#") else r"(?<!\w)"
    found = re.search(start + re.escape(phrase) + r"(?!\w)", caption, re.IGNORECASE)
    if found is None:
        return None
    if phrase in {"ad", "advert", "anzeige", "werbung"} and not _stands_alone(caption, found):
        return None
    return found.start()


def _stands_alone(caption: str, found: re.Match[str]) -> bool:
    """A bare word counts as a label only at the start of a line or set apart, not inside a sentence."""
    before = caption[: found.start()].rsplit("\n", 1)[-1].strip(" \t([*_“\"'")
    after = caption[found.end() : found.end() + 2].lstrip(" \t)]*_”\"'")
    return before == "" and (after == "" or not after[0].isalnum() or found.group()[0].isupper())


def _in_pile(caption: str, place: int) -> bool:
    """Is the label a hashtag with PILE or more hashtags right before it?"""
    before = caption[:place].split()
    tags = 0
    for word in reversed(before):
        if not word.startswith("#"):
            break
        tags += 1
    return caption[place] == "#" and tags >= PILE


def _shown(label: str) -> str:
    return label if label.startswith("#") else label.capitalize()
