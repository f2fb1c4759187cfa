"""Every template compiles, knows its components, has a title, and speaks as the house does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import meta

pytestmark = pytest.mark.plain

TEMPLATES = Path(__file__).parents[2] / "templates"
ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
NOT_PAGES = ("_layouts/", "_components/", "notifications/")
MARKS = re.compile(r"""n?gettext\(|\b_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


def source(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text(), flags=re.DOTALL)


def test_every_template_compiles_and_what_it_names_exists(app: Flask):
    environment = app.jinja_env
    for name in ALL:
        environment.get_template(name)
        for other in meta.find_referenced_templates(environment.parse((TEMPLATES / name).read_text())):
            assert other is None or (TEMPLATES / other).is_file(), f"{name} names {other}, which does not exist"


def test_no_template_pushes_another_one_out(app: Flask):
    """More than Jinja's usual 400 are in use; a page must not be compiled again because others were read."""
    every = [name for name in app.jinja_env.list_templates() if name.endswith((".html", ".txt"))]
    kept = [app.jinja_env.get_template(name) for name in every]
    assert all(app.jinja_env.get_template(name) is template for name, template in zip(every, kept, strict=True))


def test_every_page_extends_a_layout_and_has_a_title():
    for name in ALL:
        if name.startswith(NOT_PAGES) or Path(name).name.startswith("_"):
            continue
        text = source(name)
        if "{% extends" in text or "{%- extends" in text:
            assert re.search(r"\{%-? block title", text), f"{name} has no title"


def test_copy_has_no_exclamation_marks_and_never_the_forbidden_word():
    forbidden = "escr" + "ow"
    for name in ALL:
        text = source(name)
        assert forbidden not in text.lower(), name
        for sentence in MARKS.findall(text):
            assert "!" not in sentence, f"{name}: {sentence}"


def test_no_line_begins_with_the_dot_that_parts_it():
    """A space that does not break holds the dot to the word before it; where the two are in a title, nothing wraps."""
    for name in ALL:
        for line in source(name).splitlines():
            if "{% block title" not in line and "{% block kind" not in line:
                assert " · " not in line, f"{name}: write &nbsp;· {line.strip()[:80]}"


def test_every_mail_has_a_subject_of_one_line_and_a_text_part():
    for body in (TEMPLATES / "notifications").rglob("body.html"):
        subject = body.with_name("subject.txt")
        assert subject.is_file(), f"{body.parent.name} has no subject"
        assert len(subject.read_text().strip().splitlines()) == 1, f"{body.parent.name}: the subject is one line"
        assert body.with_name("body.txt").is_file(), f"{body.parent.name} has no text part"
