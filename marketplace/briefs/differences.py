"""What changed from one body of a brief to another, clause by clause in sentences.

Some of a brief is for those who may still apply (how many places, until when, for whom) and ends up in no deal; the
rest binds whoever agrees to it. A revision that changes the first kind only asks nothing of who applied.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from marketplace.briefs import parts, words
from marketplace.briefs.words import Line

FOR_APPLICANTS = ("head_count", "apply_by")  # besides the whole group `who`


def changes(old: dict[str, Any], new: dict[str, Any], products: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Every clause that differs: {key, label, old, new} for the diff component. `products`: names by id."""
    return [row for _, row in _different(old, new, products)]


def binding(old: dict[str, Any], new: dict[str, Any], products: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The clauses that differ and bind who agrees to the brief, in the same shape."""
    found = _different(old, new, products)
    return [row for line, row in found if line.group != "who" and line.key not in FOR_APPLICANTS]


def binds_anew(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Does anything differ that binds? Products are told apart by id, whatever they are called."""
    return old != new and bool(binding(old, new, _ids(old) | _ids(new)))


def _different(
    old: dict[str, Any], new: dict[str, Any], products: dict[str, str] | None
) -> list[tuple[Line, dict[str, Any]]]:
    before, after = ({line.key: line for line in _clauses(body, products)} for body in (old, new))
    found = []
    for key, line in (before | after).items():
        was, now = (lines[key].text if key in lines else None for lines in (before, after))
        if was != now:
            found.append((line, {"key": key, "label": line.label, "old": was, "new": now}))
    return found


def _clauses(body: dict[str, Any], products: dict[str, str] | None) -> list[Line]:
    said = [("title", gettext("Title"), body["title"]), ("summary", gettext("In short"), body["summary"])]
    return [Line(key, "work", label, text) for key, label, text in said if text] + words.lines(body, products)


def _ids(body: dict[str, Any]) -> dict[str, str]:
    gift = (parts.part(body, "gift") or {}).get("product_id")
    return {key: key for key in [*body["products"], *([gift] if gift else [])]}
