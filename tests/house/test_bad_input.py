"""Nonsense at every form found by walking the routes: a clear sentence each time, never a 500, nothing half-written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag
from flask import Flask

from marketplace import db
from tests.house import walk
from tests.house.world import World
from tests.stripe_server import StripeServer

SOAK = bool(os.environ.get("SOAK"))
EACH = None if SOAK else 5  # kinds of nonsense a form is sent; they take turns from form to form
ADDRESSES = ("0" * 26, "%00", "x" * 3000, "%F0%9F%98%80")
SHORT_ID = re.compile(r"^[0-9a-hjkmnp-tv-z]{26}$")
TEXT = {"text", "email", "password", "search", "url", "tel", "textarea", "number", "date", "hidden", "select", "radio"}


@dataclass(frozen=True)
class Found:
    """A form as a page shows it: where it goes, how, and its fields with what they hold."""

    action: str
    method: str
    fields: dict[str, str] = field(hash=False)
    kinds: dict[str, str] = field(hash=False)


@pytest.fixture(autouse=True)
def _bugs_are_answers(app: Flask, stripe_server: StripeServer) -> Iterator[None]:
    """A view that raises answers 500 here, as it would for a person, so that one walk names them all. Stripe answers."""
    app.config["PROPAGATE_BUGS"] = False
    yield
    app.config["PROPAGATE_BUGS"] = True


def forms_on(html: str, address: str) -> list[Found]:
    """Every form of a page."""
    found = []
    for form in BeautifulSoup(html, "html.parser").find_all("form"):
        fields, kinds = {}, {}
        for control in form.find_all(["input", "textarea", "select", "button"]):
            name = control.get("name")
            if not name or name == "csrf_token":
                continue
            fields[str(name)], kinds[str(name)] = held(control), kind(control)
        action = str(form.get("action") or address)
        found.append(Found(action, str(form.get("method") or "get").upper(), fields, kinds))
    return found


def held(control: Tag) -> str:
    """What a control would send."""
    if control.name == "select":
        chosen = control.find("option", selected=True) or control.find("option")
        return str(chosen.get("value", "")) if isinstance(chosen, Tag) else ""
    return control.text if control.name == "textarea" else str(control.get("value") or "")


def kind(control: Tag) -> str:
    """What a control is."""
    return str(control.get("type") or "text") if control.name in {"input", "button"} else control.name


def nonsense(form: Found, world: World) -> dict[str, dict[str, Any]]:
    """What is posted at one form, by what is wrong with it."""
    stranger = db.short(world.other_brand.party.id)
    every = {name for name, what in form.kinds.items() if what in TEXT}

    def filled(value: str) -> dict[str, Any]:
        return form.fields | dict.fromkeys(every, value)

    return {
        "nothing": {},
        "empty": filled(""),
        "huge": filled("x" * 20_000),
        "the wrong type": filled("nonsense"),
        "control characters": filled("a\x00b\x1bc"),
        "negative money": filled("-5"),
        "fractional money": filled("1.00001"),
        "not a number": filled("NaN"),
        "endless number": filled("9" * 40),
        "an exponent": filled("1e400"),
        "an impossible day": filled("2026-02-31"),
        "other people's ids": form.fields
        | {name: stranger for name, value in form.fields.items() if SHORT_ID.match(value) or name.endswith("_id")},
        "unknown ids": form.fields | {n: "0" * 26 for n, v in form.fields.items() if SHORT_ID.match(v)},
        "twice": {name: [value, value] for name, value in filled("twice").items()},
    }


def found_by(app: Flask, world: World, who: str) -> dict[tuple[str, str], Found]:
    """Every form somebody meets on the pages of the routes, once by action and fields."""
    found: dict[tuple[str, str], Found] = {}
    targets = walk.addresses([r for r in walk.rules(app) if "GET" in (r.methods or set())], world)
    visitor = walk.Visitor(app, world.everybody.get(who))
    for rule, target in targets:
        if rule.rule.startswith("/dev/"):
            continue
        answer = visitor.send("GET", target)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            for form in forms_on(answer.text, target):
                found.setdefault((form.action, ",".join(sorted(form.fields))), form)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "creator", "brand", "admin"])
def test_nonsense_at_every_form_is_refused_in_words(app: Flask, who: str) -> None:
    world, wrong = World(), []
    forms = found_by(app, world, who)
    assert forms, f"{who} meets no form at all"
    visitor = walk.Visitor(app, world.everybody.get(who))
    for number, form in enumerate(forms.values()):
        for what, data in turn(nonsense(form, world), number):
            status = posted(visitor, form, data)
            if status >= 500:
                wrong.append(f"{form.method} {form.action} with {what} answers {status}")
    assert not wrong, "\n".join(wrong)


def turn(kinds: dict[str, dict[str, Any]], number: int) -> list[tuple[str, dict[str, Any]]]:
    """The kinds of nonsense whose turn it is at the form of this number."""
    ordered = list(kinds.items())
    start = number * (EACH or 0) % len(ordered)
    return (ordered[start:] + ordered[:start])[:EACH]


def posted(visitor: walk.Visitor, form: Found, data: dict[str, Any]) -> int:
    """The status of sending a form; a GET form sends its fields in the address."""
    if form.method == "GET":
        query = urlencode(data, doseq=True, errors="replace")
        return visitor.send("GET", f"{urlsplit(form.action).path}?{query}").status_code
    return visitor.send("POST", form.action, data).status_code


@pytest.mark.slow
@pytest.mark.parametrize("who", ["nobody", "creator", "brand"])
def test_nonsense_in_an_address_is_no_such_page(app: Flask, who: str) -> None:
    world, wrong = World(), []
    visitor = walk.Visitor(app, world.everybody.get(who))
    for number, rule in enumerate(walk.rules(app)):
        for value in ADDRESSES if SOAK else {ADDRESSES[number % 4], "%00"}:  # the others take turns from route to route
            target = re.sub(r"<[^>]+>", value, rule.rule)
            if "<" not in rule.rule and value != "%00":
                continue
            query = "?page=-1&q=%00&sort=nonsense&next=//evil.example" if value == "%00" else ""
            for method in walk.methods(rule):
                status = visitor.send(method, target + query).status_code
                if status >= 500:
                    wrong.append(f"{method} {target[:80]}{query} ({rule.endpoint}) answers {status}")
    assert not wrong, "\n".join(wrong)
