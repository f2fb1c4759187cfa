"""A draft on its way to being published: what is still missing, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext

from marketplace.briefs import parts


def missing(body: dict[str, Any]) -> list[tuple[str, str]]:
    """What must be there before anybody can apply: (editor section, sentence) pairs."""
    found = list(_head(body)) + list(_parts(body))
    if not body["deliverables"] and _asks_for_content(body):
        found.append(("deliverables", gettext("Name at least one piece of content you ask for.")))
    return found


def _head(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not body["title"].strip():
        yield "basics", gettext("Give the brief a title.")
    if not body["summary"].strip():
        yield "basics", gettext("Say in a few sentences what this is about.")
    if not body["parts"]:
        yield "parts", gettext("Say what the creator gets.")
    if body["head_count"] < 1:
        yield "audience", gettext("Say how many creators you look for.")


def _parts(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for part in body["parts"]:
        if part["kind"] in ("fee", "retainer") and part["amount"] <= 0:
            yield "parts", gettext("Name the amount you pay.")
        if part["kind"] == "commission" and part["rate_bps"] <= 0:
            yield "parts", gettext("Name the commission rate.")
        if part["kind"] == "commission" and not part.get("program"):
            yield "parts", gettext("Choose the affiliate program the commission belongs to.")
        if part["kind"] == "gift" and part["value"] <= 0:
            yield "parts", gettext("Choose the product you give, or name its value.")
        if part["kind"] == "milestones" and not any(item["amount"] > 0 for item in part["items"]):
            yield "parts", gettext("Name at least one milestone with its amount.")
        if part["kind"] == "royalty" and not (part["share_bps"] or part["per_unit"]):
            yield "parts", gettext("Name the royalty: a share or an amount per unit.")


def _asks_for_content(body: dict[str, Any]) -> bool:
    """Commission alone and a gift without strings may ask for nothing."""
    gift = parts.part(body, "gift")
    if gift and gift["mode"] == "for_content":
        return True
    return any(p["kind"] in ("fee", "retainer", "milestones") for p in body["parts"])
