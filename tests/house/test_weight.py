"""The first load of a page stays under 100 KB compressed, fonts and pictures aside, with one script before any click."""

from __future__ import annotations

import re

from flask import Flask, url_for

from marketplace import db
from tests import factories
from tests.house.world import World

BUDGET = 100_000  # bytes (interface.md, How it is checked)
GZIP = {"Accept-Encoding": "gzip"}
SHARED = ("app.css", "app.js", "icons.svg")


def test_the_main_pages_are_light_and_ask_for_one_script(app: Flask, client) -> None:
    world = World()
    for number in range(8):
        factories.published_brief(world.brand, title=f"A reel about tin number {number}", head_count=number + 1)
    deal, statement = world.submission.deliverable_id and world.deal, world.affiliate.statement
    brief = url_for("briefs.show", brief_id=world.sides.brief.id)
    pages = {
        "front": ("/", None),
        "browse": ("/briefs", None),
        "brief": (brief, None),
        "home": ("/home", world.brand),
        "deal room": (f"/deals/{db.short(deal.id)}", world.creator),
        "statement": (f"/statements/{db.short(statement.id)}", world.creator),
    }
    weights = {name: first_load(app, address, who) for name, (address, who) in pages.items()}
    assert {name: weight for name, weight in weights.items() if weight >= BUDGET} == {}


def first_load(app: Flask, address: str, who: factories.Person | None) -> int:
    """Bytes on the wire for a page and the files it asks for, as a browser without a cache gets them."""
    client = app.test_client()
    if who:
        client.sign_in(who)
    page = client.get(address, headers=GZIP)
    assert (page.status_code, page.headers.get("Content-Encoding")) == (200, "gzip"), address
    words = client.get(address).text
    scripts = re.findall(r"<script[^>]*src=\"([^\"]+)\"|rel=\"modulepreload\"", words)
    assert len(scripts) <= 1, f"{address} asks for {scripts} before anybody clicks"
    asked = set(re.findall(r"(?:href|src)=\"(/(?:assets|static)/[^\"#]+)", words))
    asked = {one for one in asked if not re.search(r"\.(woff2|png|jpe?g|webp|avif)(\?|$)", one)}
    assert all(any(name in one for one in asked) for name in SHARED), asked
    files = [client.get(one, headers=GZIP) for one in sorted(asked)]
    assert {answer.status_code for answer in files} == {200}
    return len(page.data) + sum(len(answer.data) for answer in files)
