"""The items of a brief a change can be tied to: a key for the row, words for the person."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

PUBLICATION = "publication"  # what is said of the live post, and no change to the draft


def of(body: dict[str, Any]) -> list[tuple[str, str]]:
    """Every item with its key, such as `must_haves.0`, in the order of the brief."""
    labels = {
        "must_haves": gettext("Must be there"),
        "key_messages": gettext("What should come across"),
        "hashtags": gettext("Hashtag"),
        "avoid": gettext("Please avoid"),
    }
    found = [
        (f"{field}.{number}", f"{label}: {words}")
        for field, label in labels.items()
        for number, words in enumerate(body.get(field) or [])
    ]
    if body.get("disclosure"):
        found.append(("disclosure", gettext("Disclosure: %(label)s", label=body["disclosure"])))
    found.append(("facts", gettext("A fact about the product is wrong")))
    found.append(("format", gettext("Platform, format or length")))
    return found


def words(body: dict[str, Any], key: str | None) -> str:
    """An item in words; out of scope for None."""
    return gettext("Outside the brief") if key is None else dict(of(body)).get(key, key)
