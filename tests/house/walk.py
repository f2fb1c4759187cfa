"""Walking every route of the application as somebody, without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask, url_for
from sqlalchemy import Connection
from werkzeug.routing import Rule

from marketplace import db, jobs
from marketplace.authz import UNSAFE
from marketplace.events import Event
from tests.factories import Person
from tests.house import subjects
from tests.house.world import World


def rules(app: Flask) -> list[Rule]:
    """Every route of ours, by address."""
    return sorted((r for r in app.url_map.iter_rules() if r.endpoint != "static"), key=lambda r: (r.rule, r.endpoint))


def methods(rule: Rule) -> list[str]:
    """The methods a route answers, apart from what Flask adds."""
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def unsafe(rule: Rule) -> bool:
    """Does the route change something?"""
    return not UNSAFE.isdisjoint(rule.methods or set())


def access(app: Flask, rule: Rule) -> tuple[str, str]:
    """The mark the route wears."""
    return app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]  # authz's mark


def loads(app: Flask, rule: Rule) -> bool:
    """Does the route fetch an object that belongs to somebody?"""
    return getattr(app.view_functions[rule.endpoint], "loads", False)


def addresses(chosen: list[Rule], world: World) -> list[tuple[Rule, str]]:
    """The routes' addresses for this world; what has no sample is named by a test of its own."""
    return [
        (rule, url_for(rule.endpoint, **subjects.values(rule, world))) for rule in chosen if not subjects.missing(rule)
    ]


@contextmanager
def untouched() -> Iterator[None]:
    """What requests write inside is gone afterwards, committed or not."""
    db.session.commit()
    connection = db.session.get_bind()
    assert isinstance(connection, Connection)
    held = connection.begin_nested()
    try:
        yield
    finally:
        db.session.rollback()
        held.rollback()
        db.session.expire_all()
        jobs.connection().flushdb()


class Visitor:
    """One browser that walks many routes: signed in once, and back in its first state before each request."""

    def __init__(self, app: Flask, person: Person | None, *, counting: bool = False) -> None:
        self.counting, self.wrote = counting, 0  # the facts that the last request recorded, if somebody wants to know
        self.client: Any = app.test_client()
        if person is not None:
            self.client.sign_in(person)
        self.token = self.client.token()
        self.cookie = self.client.get_cookie("session").value
        db.session.commit()

    def send(self, method: str, target: str, data: dict[str, Any] | None = None, *, token: bool = True) -> Any:
        """One request, read to its end, of which nothing stays; an unsafe one carries its CSRF token."""
        with untouched():
            before = facts() if self.counting else 0
            self.client.set_cookie("session", self.cookie)
            if method in UNSAFE:
                known = {"csrf_token": self.token} if token else {}
                answer = self.client.open(target, method=method, data=known | (data or {}), buffered=True)
            else:
                answer = self.client.open(target, method=method, buffered=True)
            self.wrote = facts() - before if self.counting else 0
            return answer


def facts() -> int:
    """How many facts there are: every verb that matters records one."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Event)) or 0
