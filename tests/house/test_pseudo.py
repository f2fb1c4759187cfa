"""No plain copy: in a language nobody speaks, every word of the main pages is translated or somebody's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Domain

from tests import factories, pseudo
from tests.pages_of_deals import read

INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
# Options that come from the world's data, things to copy, and what people named themselves.
DATA = "select, textarea, code, .copy__value, .switcher, .wordmark, time, pre"
OWN = {"Goodword", "Cleo", "Creator", "Bram", "Brand", "Bramble", "Tea", "Stripe", "USD", "Fielder", "Bikes"}
PUBLIC = (
    "/",
    "/fees",
    "/for-brands",
    "/briefs",
    "/sign-in",
    "/sign-up",
    "/sign-up?as=brand",
    "/sign-up?as=creator",
    "/nowhere",
)
CREATOR = (
    "/home",
    "/deals",
    "/earnings",
    "/links",
    "/statements",
    "/profile",
    "/profile/basics",
    "/notifications",
    "/settings",
    "/payouts/set-up",
)
BRAND = (
    "/home",
    "/brand/briefs",
    "/brand/briefs/new",
    "/brand/programs",
    "/brand/programs/new",
    "/brand/funding",
    "/brand/products",
    "/brand/team",
    "/brand/profile",
    "/brand/domains",
)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pseudo.write(tmp_path_factory.mktemp("locale"))


@pytest.fixture
def translated(app: Flask, catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.extensions["babel"].instance, "domain_instance", Domain([str(catalog)]))


def plain(page) -> list[str]:
    """Words of a page that stand outside every translated sentence."""
    for data in page.select(DATA + ", script, style, head, template"):
        data.decompose()
    text = page.get_text(" ")
    while (shorter := INNERMOST.sub(" ", text)) != text:
        text = shorter
    return [word for word in re.findall(r"[^\W\d_]{3,}", text) if word not in OWN]


@pytest.mark.usefixtures("translated")
def test_the_main_pages_leave_no_plain_copy(client) -> None:
    found = {path: plain(read(client.get(path), 404 if path == "/nowhere" else 200)) for path in PUBLIC}
    for make, paths in ((factories.creator, CREATOR), (factories.brand, BRAND)):
        person = make()
        client.sign_in(person)
        found |= {f"{make.__name__} {path}": plain(read(client.get(path))) for path in paths}
    assert not {path: words for path, words in found.items() if words}


def test_a_sentence_of_the_language_keeps_its_placeholders() -> None:
    assert pseudo.pseudo("Pay %(amount)s for <b>it</b>") == "⟦Påý %(amount)s før <b>ît</b> ~ ~ ~⟧"
