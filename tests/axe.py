"""axe-core looking at a page: what a person who sees, hears or moves differently would stumble over."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WANTED = {"resultTypes": ["violations"]}  # describing what is well, too, took two thirds of its time


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds wrong, each with "id" and "nodes"; every rule is asked."""
    found: list[dict[str, Any]] = Axe().run(page, options=WANTED).response["violations"]
    return found


def complaints(page: Page) -> list[str]:
    """The same, a line for each: the rule, and where on the page."""
    return [f"{one['id']}: {', '.join(node['html'][:200] for node in one['nodes'])}" for one in violations(page)]
