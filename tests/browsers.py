"""Fixtures for journeys: a real Chromium, and the whole stack as `make run` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.chromium import NO_BROWSER, find_chromium, flags
from tests.services import Services

ROOT = Path(__file__).resolve().parent.parent
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

__all__ = ["LiveServer", "browser", "desk_page", "live_server", "live_stack", "page", "page_without_script"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    program = find_chromium()
    if program is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=[*flags(), "--disable-gpu"])
        yield chromium
        chromium.close()


@dataclass
class _Watched:
    """A window that remembers what its page complained about."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)

    def open(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._heard)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # A 4xx answer is a page here (a refused form); scripts and the content policy must stay silent.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


def window(browser: Browser, **options: object) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]
    watched = _Watched(context)
    yield watched.open()
    context.close()
    assert not watched.complaints, watched.complaints


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone's window. The test fails when a script raises or the content policy blocks something."""
    yield from window(browser, viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def desk_page(browser: Browser) -> Iterator[Page]:
    """A laptop's window."""
    yield from window(browser, viewport=DESK)


@pytest.fixture
def page_without_script(browser: Browser) -> Iterator[Page]:
    """A phone's window with JavaScript switched off."""
    yield from window(browser, viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=False)


@dataclass(frozen=True)
class LiveServer:
    """The stack of a journey: web server, worker, ticker and devstripe, each its own process."""

    url: str
    environ: dict[str, str]
    log: Path


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def live_stack(services: Services, app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("live")
    port, log = free_port(), folder / "stack.log"
    environ = services.environ("live") | {
        "PORT": str(port),
        "DEVSTRIPE_PORT": str(free_port()),
        "INSTANCE": str(folder),
        "START": "empty",
        "BASE_URL": f"http://localhost:{port}",
        "STORAGE_PATH": app.config["STORAGE_PATH"],
    }
    with log.open("w") as output:
        stack = subprocess.Popen(
            [sys.executable, "-m", "marketplace.stack"],
            cwd=ROOT, env=os.environ | environ, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        _await_page(stack, environ["BASE_URL"], log)
        yield LiveServer(environ["BASE_URL"], environ, log)
    finally:
        stack.send_signal(signal.SIGTERM)  # unlike SIGINT never ignored, also where a shell started us behind it
        stack.wait(30)


def _await_page(stack: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and stack.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
            return
        except urllib.error.HTTPError as answer:
            pytest.fail(f"The first page answers {answer.code}:\n{log.read_text()}", pytrace=False)
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"The stack did not start:\n{log.read_text()}", pytrace=False)


@pytest.fixture
def live_server(live_stack: LiveServer, app: Flask) -> Iterator[LiveServer]:
    """The running stack; meanwhile `db.session` in the test speaks to the same database and commits for real."""
    from marketplace import db, jobs

    own = app.config["SETTINGS"]
    db.init(live_stack.environ["DATABASE_URL"])
    jobs.init(app, live_stack.environ["REDIS_URL"])
    try:
        with app.test_request_context(base_url=live_stack.url):
            yield live_stack
            db.session.remove()
    finally:
        db.init(own.database_url)
        jobs.init(app, own.redis_url)
