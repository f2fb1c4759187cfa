"""Sentences a reader meets are ours: none of the form library's, and a mail's subject is a line, no sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import DateField, DecimalField, IntegerField, SelectMultipleField, StringField
from wtforms.validators import Length

from marketplace import forms

FOR_WHO_BUILDS = {"Invalid field name '%s'.", "Choices cannot be None."}  # raised for mistakes in a form's own code
HOLES = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def libraries() -> Iterator[ast.Call]:
    """Every call in WTForms and Flask-WTF that asks for a translation."""
    for name in ("wtforms", "flask_wtf"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        for path in Path(spec.origin).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                asked = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                if asked and node.func.attr in {"gettext", "ngettext"} and isinstance(node.args[0], ast.Constant):
                    yield node


@pytest.mark.plain
def test_every_sentence_of_the_form_library_has_one_of_ours_with_the_same_holes() -> None:
    said = {call.args[0].value: call.func.attr for call in libraries()}
    assert len(said) > 30, "the library is read"
    assert set(said) - FOR_WHO_BUILDS <= {*forms.SENTENCES, *forms.COUNTED}
    assert {words for words, how in said.items() if how == "ngettext"} == set(forms.COUNTED)
    for theirs, ours in forms.SENTENCES.items():
        assert set(HOLES.findall(str(ours))) <= set(HOLES.findall(theirs)), theirs


@pytest.mark.plain
def test_no_form_speaks_for_itself() -> None:
    """Repeated parts are a `forms.Part`, so that they speak as the whole form does."""
    sources = (Path(__file__).parents[2] / "marketplace").rglob("*.py")
    bare = re.compile(r"from (?:wtforms|flask_wtf) import [^\n]*\b(?:Form|FlaskForm)\b")
    assert [path.name for path in sources if bare.search(path.read_text())] == ["forms.py"]


class Every(forms.Form):
    number = IntegerField()
    amount = DecimalField()
    day = DateField()
    some = SelectMultipleField(choices=[("a", "A")])
    short = StringField(validators=[Length(min=3, max=4)])


def test_what_a_form_refuses_it_refuses_in_our_words(app: Flask) -> None:
    typed = MultiDict({"number": "x", "amount": "x", "day": "x", "some": "b", "short": "123456"})
    form = Every(formdata=typed, meta={"csrf": False})
    assert not form.validate()
    assert {name: str(errors[0]) for name, errors in form.errors.items()} == {
        "number": "Write a whole number in digits, such as 12.",
        "amount": "Write a number in digits, such as 12.5.",
        "day": "Give a whole date: day, month and year.",
        "some": "Choose from these.",
        "short": "Write from 3 to 4 characters.",
    }


@pytest.mark.plain
def test_no_subject_of_a_mail_ends_with_a_full_stop() -> None:
    folder = Path(__file__).parents[2] / "templates" / "notifications"
    ending = re.compile(r"""\.["']\s*[,)]""")
    wrong = [
        path.parent.name
        for path in sorted(folder.glob("*/subject.txt"))
        if path.with_name("body.html").is_file() and ending.search(path.read_text())
    ]
    assert not wrong, wrong
