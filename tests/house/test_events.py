"""Every fact has a reaction, or says that it has none; every mail's words render."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from jinja2 import meta

from marketplace import events
from marketplace.accounts.models import User
from marketplace.money import Money
from marketplace.notifications import tell
from marketplace.notifications.quiet import QUIET

FOLDERS = Path(__file__).parents[2] / "templates" / "notifications"
EVENTS = sorted(path.name for path in FOLDERS.iterdir() if path.is_dir())


def declared() -> dict[str, type]:
    """The application's facts (tests declare some of their own)."""
    return {name: cls for name, cls in events.declared().items() if cls.__module__.startswith("marketplace.")}


def test_every_event_has_a_reaction_or_says_why_it_has_none(app: Flask) -> None:
    silent = [name for name, cls in declared().items() if not events.reactions_to(cls) and name not in QUIET]
    assert not silent, f"neither a reaction nor a reason in notifications/quiet.py: {silent}"


def test_the_list_of_quiet_events_names_only_what_is_there(app: Flask) -> None:
    assert set(QUIET) <= set(declared())
    assert all(reason for reason in QUIET.values())


def test_event_names_begin_with_their_package_and_speak_of_the_past(app: Flask) -> None:
    for name, cls in declared().items():
        package = cls.__module__.split(".")[1]
        assert name.startswith(f"{package}."), f"{name} is declared in {package}"


WORDS = {
    "user": User(name="Cleo", email="cleo@example.com"),
    "many": 3,
    "purpose": "sign_up",
    "code": "123456",
    "lines": [SimpleNamespace(sentence="A thing happened.", link="/home")],
    "base": "http://localhost",
    "amount": Money(12_300, "USD"),
    "due": datetime(2026, 3, 2, 12, tzinfo=UTC),
    "from_day": date(2026, 3, 4),
    "until_day": date(2026, 3, 10),
    "until": date(2026, 12, 31),
    "since": datetime(2026, 3, 2, 12, tzinfo=UTC),
}


@pytest.mark.parametrize("event", EVENTS)
def test_every_mail_template_renders_with_a_one_line_subject_a_text_part_and_one_clear_action(
    app: Flask, event: str
) -> None:
    words: dict[str, Any] = WORDS | {"link": "/deals/1"}
    subject = rendered(app, event, "subject.txt", words)
    assert subject
    assert "\n" not in subject
    assert len(subject) <= 120
    if not (FOLDERS / event / "body.txt").exists():
        return
    text = rendered(app, event, "body.txt", words)
    html = rendered(app, event, "body.html", words | {"subject": subject})
    assert text.count("http://localhost/deals/1") == 1, "one clear action in the text"
    assert html.count('href="http://localhost/deals/1"') == 1, "one clear action in the HTML"
    assert "<" not in text


def rendered(app: Flask, event: str, part: str, words: dict[str, Any]) -> str:
    """One part with a stand-in for every word it asks for."""
    source = (FOLDERS / event / part).read_text()
    asked = meta.find_undeclared_variables(app.jinja_env.parse(source))
    known = {name: f"the {name}" for name in asked if name not in {"_", "gettext", "ngettext", "site_name", "url"}}
    return tell.render(
        event, part, "en", **(known | {k: v for k, v in words.items() if k in asked or k in {"link", "user"}})
    )
