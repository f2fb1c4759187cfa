"""The components page shows every component, parses strictly, and asks only for signs we carry."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import html5lib
import pytest
from flask import Flask, render_template

ROOT = Path(__file__).parents[2]
COMPONENTS = ROOT / "templates/_components"
# Shown by the layout itself, or working only with a WTForms form; the form's own look is on the page as markup.
ELSEWHERE = {"nav", "switcher", "field", "form", "choice", "money_input", "date", "file_drop"}


@pytest.fixture
def shown(app: Flask) -> str:
    return render_template("admin/components.html")


def test_every_component_is_on_the_page():
    source = (ROOT / "templates/admin/components.html").read_text()
    for path in COMPONENTS.glob("*.html"):
        if path.stem not in ELSEWHERE:
            assert f"_components/{path.name}" in source, f"{path.stem} is on no page of examples"


def test_every_component_says_how_it_is_used():
    for path in COMPONENTS.glob("*.html"):
        text = path.read_text()
        assert text.startswith("{#-"), f"{path.name} does not begin with its arguments"
        assert path.stem in (ROOT / "docs/interface.md").read_text() or path.stem in {"nav", "switcher", "toast"}


def test_the_page_parses_strictly_and_has_one_heading(shown: str):
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(shown)
    assert len(document.findall(".//h1")) == 1
    assert document.findtext(".//title")


def test_ids_are_unique(shown: str):
    ids = re.findall(r'\sid="([^"]+)"', shown)
    assert len(ids) == len(set(ids)), sorted({i for i in ids if ids.count(i) > 1})


def test_every_sign_on_the_page_is_in_the_sprite(shown: str):
    sprite = ElementTree.parse(ROOT / "static/img/icons.svg")  # noqa: S314 - our own file
    carried = {symbol.get("id") for symbol in sprite.getroot()}
    used = set(re.findall(r"icons\.svg[^#\"]*#([a-z0-9-]+)", shown))
    assert used
    assert used <= carried, used - carried
