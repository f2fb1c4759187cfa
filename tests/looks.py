"""Pictures of what tests see: states that no demo reaches, such as a chargeback or a frozen deal.

`make looks only=tests/payments/test_money_pages.py` runs those tests, keeps every page their clients were
answered with, and writes each once, on a phone in light and a laptop in dark, to screens/tests/. A pytest plugin.
`LOOK` is a pattern for `endpoint.status`, such as `desk.room|\\.409`.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route, sync_playwright
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from tests.chromium import find_chromium, no_sandbox

OUT = Path("screens/tests")
WANTED = re.compile(os.environ.get("LOOK", ""))
WINDOWS = {"phone.light": (360, 800, "light"), "laptop.dark": (1280, 800, "dark")}
CHANCE = re.compile(r"[0-9a-z]{26}|value=\"[^\"]{20,}\"")  # ids and tokens: pages that differ only in them look the same
BARS_REST = "document.querySelectorAll('.bottom-bar, .toasts, .submit-row--stays').forEach(bar => bar.style.position = 'static')"
PAGE = "/the-page"


class Looks:
    """The pages seen so far, by what they look like."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.app: Flask | None = None
        self.test = ""

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.test = item.name

    def keep(self, client: FlaskClient, answer: TestResponse) -> None:
        """Remember a page of HTML that is wanted."""
        self.app = client.application
        name = f"{_endpoint(self.app, answer)}.{answer.status_code}"
        if answer.mimetype == "text/html" and answer.location is None and WANTED.search(name):
            html = answer.get_data(as_text=True)
            look = hashlib.sha256(CHANCE.sub("", html).encode()).hexdigest()
            self.pages.setdefault(look, (f"{name}.{self.test[:60]}.{look[:4]}".replace("/", "_"), html))

    def pytest_sessionfinish(self) -> None:
        OUT.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=no_sandbox())
            for window in WINDOWS:
                self._shoot(chromium, window)
            chromium.close()
        print(f"\n{len(self.pages)} pages in {OUT}/")  # noqa: T201 - a tool for people

    def _shoot(self, chromium: Browser, window: str) -> None:
        width, height, scheme = WINDOWS[window]
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        shown = {"html": ""}
        page.route("**/*", lambda route: self._answer(route, shown["html"]))
        for name, html in self.pages.values():
            shown["html"] = html
            page.goto(f"http://portal.test{PAGE}")
            page.evaluate(BARS_REST)
            page.screenshot(path=OUT / f"{name}.{window}.png", full_page=True)
        context.close()

    def _answer(self, route: Route, html: str) -> None:
        """The page itself, and its style sheets, fonts and pictures from the application."""
        path = urlsplit(route.request.url).path
        if path == PAGE:
            route.fulfill(content_type="text/html; charset=utf-8", body=html)
        elif self.app is not None:
            answer = self.app.test_client().get(path)
            route.fulfill(status=answer.status_code, content_type=answer.mimetype, body=answer.data)


def _endpoint(app: Flask, answer: TestResponse) -> str:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(answer.request.path, method=answer.request.method)
    except HTTPException:
        return "nowhere"
    return str(endpoint)


looks = Looks()


@pytest.hookimpl
def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(looks)


@pytest.fixture(autouse=True, scope="session")
def _every_answer_is_kept() -> Iterator[None]:
    asked = FlaskClient.open

    def opened(client: FlaskClient, *args: Any, **options: Any) -> TestResponse:
        answer = asked(client, *args, **options)
        looks.keep(client, answer)
        return answer

    FlaskClient.open = opened  # type: ignore[method-assign]
    yield
    FlaskClient.open = asked  # type: ignore[method-assign]
