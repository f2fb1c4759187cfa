"""A page wears only classes that a style sheet or a behaviour knows: no page invents a look of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.plain

ROOT = Path(__file__).parents[2]


def test_every_class_in_a_template_is_known():
    sheets = "".join(path.read_text() for path in (ROOT / "static/css").rglob("*.css"))
    scripts = "".join(path.read_text() for path in (ROOT / "static/js/behaviours").glob("*.js"))
    known = set(re.findall(r"\.([a-z][a-z0-9_-]*)", sheets + scripts))
    unknown = []
    for page in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", page.read_text(), flags=re.DOTALL)
        for value in re.findall(r'class="([^"]*)"', text):
            words = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", value).split()
            # a word ending in a dash is completed by a variable
            unknown += [
                f"{page.relative_to(ROOT)}: {word}" for word in words if not word.endswith("-") and word not in known
            ]
    assert not unknown, unknown
