"""The first page, as a phone shows it from the running stack, with and without scripts."""

import pytest
from playwright.sync_api import Page

from tests import axe
from tests.browsers import LiveServer

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_stranger_reads_the_first_page(live_server: LiveServer, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    answer = page.goto(live_server.url)
    assert answer is not None
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    assert axe.complaints(page) == []
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing sticks out of a phone's window"


def test_the_first_page_needs_no_scripts(live_server: LiveServer, page_without_script: Page) -> None:
    answer = page_without_script.goto(live_server.url)
    assert answer is not None
    assert answer.status == 200
    assert page_without_script.locator("h1").is_visible()
