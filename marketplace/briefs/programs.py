"""The affiliate program a commission belongs to, as a brief knows it.

Programs are kept by `affiliate`, which stands above briefs. Here a program is an opaque id and a
promise: what it says of itself, as plain values, written into the commission part so that the
terms version, the contract and every page say the same without asking again. `affiliate` lends the
answers.

A commission part's `program_id` is a program's id, `NEW` for one that publishing opens, or None
while the brand has not chosen. `program` is the promise; without it the brief cannot be published.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.authz import Actor
from marketplace.briefs.parts import part
from marketplace.lent import Lent

NEW = "new"


@dataclass(frozen=True)
class Programs:
    """What `affiliate` answers.

    `choices(brand, currency)`: (id, label) of the brand's open programs, oldest first.
    `promise(brand, currency, id)`: what a program promises now, or None where it is not to be had.
    `new_promise(brand, part)`: what a program would promise that is opened for this part.
    `open(part, by)`: opens it and returns its id.
    `news(program)`: what changed since a promise was written down, in a sentence, or nothing.
    `public(brand)`: (label, address) of those that creators may join or ask to join, oldest first.
    """

    choices: Callable[[UUID, str], list[tuple[str, str]]]
    promise: Callable[[UUID, str, str], dict[str, Any] | None]
    new_promise: Callable[[UUID, dict[str, Any]], dict[str, Any]]
    open: Callable[[dict[str, Any], Actor], str]
    news: Callable[[dict[str, Any]], str]
    public: Callable[[UUID], list[tuple[str, str]]]


kept: Lent[Programs] = Lent()


def choices(brand_party_id: UUID, currency: str) -> list[tuple[str, str]]:
    """The brand's programs a commission may belong to: (id, label)."""
    return kept.the_one.choices(brand_party_id, currency)


def usual(brand_party_id: UUID, currency: str) -> str | None:
    """The choice that explains itself: the brand's one program, a new one where it has none, else nothing yet."""
    found = choices(brand_party_id, currency)
    return None if len(found) > 1 else found[0][0] if found else NEW


def described(body: dict[str, Any], brand_party_id: UUID) -> dict[str, Any]:
    """The body with what its program promises now; without a promise where the choice is not to be had."""
    if part(body, "commission") is None:
        return body
    body = deepcopy(body)
    found = part(body, "commission") or {}
    wanted = found.get("program_id")
    found.pop("program", None)
    promise = None
    if wanted == NEW:
        promise = kept.the_one.new_promise(brand_party_id, found)
    elif wanted:
        promise = kept.the_one.promise(brand_party_id, body["currency"], wanted)
    if promise is not None:
        found["program"] = promise
    return body


def settled(body: dict[str, Any], brand_party_id: UUID, *, by: Actor) -> dict[str, Any]:
    """The body as it is published: a new program is opened and named."""
    found = part(body, "commission")
    if found is None or found.get("program_id") != NEW:
        return body
    opened = deepcopy(body)
    chosen = part(opened, "commission") or {}
    chosen["program_id"] = kept.the_one.open(chosen, by)
    return described(opened, brand_party_id)


def news(body: dict[str, Any]) -> str:
    """What its program announced since the body was written, in a sentence; empty for nothing."""
    promise = (part(body, "commission") or {}).get("program")
    return kept.the_one.news(promise) if promise else ""
