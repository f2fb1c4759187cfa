"""Write a picture of every screen: `make screens`, or `python -m tests.screens --at URL`.

Walks the running portal as each kind of person, opens one page of every endpoint it can reach by
links, and saves it at three widths in light and dark. Prints the endpoints it never reached, and
what axe found on the way, and exits 1 for either axe findings or a page that failed.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.exceptions import HTTPException

from tests import axe, pseudo
from tests.browsers import free_port
from tests.chromium import find_chromium, flags

WIDTHS = {"phone": (360, 780), "tablet": (768, 1024), "laptop": (1280, 800)}
OUT = Path("screens")
EACH = 2  # pages of one endpoint: two rows often show two states
LIMIT = 120  # pages a person
SIGNED_OUT = "anyone"
BESIDE = ("/dev/components", "/dev/mailbox")  # no page leads there
BARS_REST = "document.querySelectorAll('.bottom-bar, .toasts, .submit-row--stays').forEach(bar => bar.style.position = 'static')"


@dataclass
class Walk:
    """One person's way through the portal."""

    who: str
    at: str
    seen: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def main() -> int:
    """Walk as everybody; returns the exit code."""
    options = _options()
    reached: set[str] = set()
    problems: list[str] = []
    if options.pseudo:
        folder = Path(tempfile.mkdtemp())
        os.environ["TRANSLATIONS_PATH"] = str(pseudo.write(folder / "locale"))
    place = nullcontext(options.at) if options.at else _own_stack()
    with place as at, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=flags())
        for who in options.who.split(","):
            walk = Walk(who, at)
            _walk(chromium, walk, options)
            _say(f"{who}: {sum(walk.seen.values())} pages of {len(walk.seen)} endpoints")
            reached |= set(walk.seen)
            problems += walk.problems
        chromium.close()
    _say(f"{sum(1 for _ in OUT.rglob('*.png'))} pictures in {OUT}/ of {len(reached)} endpoints.")
    _say("Never reached by links: " + ", ".join(sorted(_pages() - reached)))
    for problem in problems:
        _say(problem)
    return 1 if problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", help="a running portal with the demo; without it one is started")
    parser.add_argument("--who", default="anyone,creator,brand,shop,affiliate,staff", help="whose screens")
    parser.add_argument("--pseudo", action="store_true", help="in a language nobody speaks, at phone width, light")
    parser.add_argument("--only", default="", help="part of an endpoint's name")
    parser.add_argument("--widths", default="phone,tablet,laptop")
    options = parser.parse_args()
    if options.pseudo:
        options.widths, options.schemes = "phone", ("light",)
    else:
        options.schemes = ("light", "dark")
    return options


def _walk(chromium: Browser, walk: Walk, options: argparse.Namespace) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    if walk.who != SIGNED_OUT:
        _sign_in(page, walk)
    todo, known = deque(["/", *BESIDE] if walk.who == SIGNED_OUT else ["/home"]), set()
    while todo and len(known) < LIMIT:
        path = todo.popleft()
        endpoint = _endpoint(path)
        if endpoint is None or walk.seen.get(endpoint, 0) >= EACH or path in known:
            continue
        known.add(path)
        answer = context.request.get(urljoin(walk.at, path))
        walk.seen[endpoint] = walk.seen.get(endpoint, 0) + 1
        if answer.status >= 400:
            walk.problems.append(f"{walk.who}: {path} answered {answer.status}")
        if answer.status >= 400 or "text/html" not in answer.headers["content-type"]:
            continue
        page.goto(urljoin(walk.at, path))
        todo.extend(_links(page, walk.at))
        if options.only in endpoint:
            script = "sandbox" not in answer.headers.get("content-security-policy", "")
            _shoot(page, walk, endpoint, options, script=script)
    context.close()


def _shoot(page: Page, walk: Walk, endpoint: str, options: argparse.Namespace, *, script: bool) -> None:
    """`script`: whether anything may run in the page; in one where nothing may, axe would wait for ever."""
    name = f"{endpoint}-{walk.seen[endpoint]}" if walk.seen[endpoint] > 1 else endpoint
    page.evaluate(BARS_REST)  # in a picture of the whole page they would lie across its middle
    for scheme in options.schemes:
        page.emulate_media(color_scheme=scheme)
        for width in options.widths.split(","):
            size = WIDTHS[width]
            page.set_viewport_size({"width": size[0], "height": size[1]})
            file = OUT / ("pseudo" if options.pseudo else "") / walk.who / f"{name}.{width}.{scheme}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=file, full_page=True, animations="disabled", timeout=120_000)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
                walk.problems.append(f"{walk.who}: {endpoint} is wider than {size[0]} px")
        for violation in axe.violations(page) if script else []:
            nodes = ", ".join(node["target"][0] for node in violation["nodes"][:3])
            walk.problems.append(f"{walk.who}: {endpoint} ({scheme}) {violation['id']}: {nodes}")


def _links(page: Page, at: str) -> list[str]:
    hrefs = page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)")
    here = urlsplit(at).netloc
    return [
        f"{parts.path}?{parts.query}".rstrip("?")
        for parts in map(urlsplit, hrefs)
        if parts.netloc == here and not parts.path.startswith("/static")
    ]


def _endpoint(path: str) -> str | None:
    try:
        endpoint, _ = _app().url_map.bind("localhost").match(urlsplit(path).path, method="GET")
    except HTTPException:
        return None
    return endpoint if endpoint in _pages() else None


def _pages() -> set[str]:
    """The endpoints that answer GET to a person."""
    return {
        rule.endpoint
        for rule in _app().url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and _app().view_functions[rule.endpoint].__dict__.get("access", ("machine",))[0] != "machine"
    }


@cache
def _app() -> Flask:
    from app import create_app

    return create_app()


def _sign_in(page: Page, walk: Walk) -> None:
    from marketplace.admin.demo import PASSWORD, SIGN_INS, affiliates

    page.goto(urljoin(walk.at, "/sign-in"))
    page.locator("main [name=email]").fill(
        (SIGN_INS | {"shop": affiliates.BRAND})[walk.who]
    )  # by name: the words may be in any language
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/home")


@contextmanager
def _own_stack() -> Iterator[str]:
    """`make run` in a folder of its own, from the start until its demo is loaded; stopped at the end."""
    at = f"http://localhost:{(port := free_port())}"
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"INSTANCE": folder, "PORT": str(port), "DEVSTRIPE_PORT": str(free_port()), "BASE_URL": at}
        stack = subprocess.Popen([sys.executable, "-m", "marketplace.stack"], stdout=subprocess.PIPE, text=True)
        try:
            for line in stack.stdout or ():
                sys.stdout.write(line)
                if line.startswith("The demo "):
                    break
            yield at
        finally:
            stack.send_signal(signal.SIGTERM)  # unlike SIGINT never ignored, also where a shell started us behind it
            stack.wait(30)


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


if __name__ == "__main__":
    sys.exit(main())
