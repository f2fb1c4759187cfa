"""A person with a phone: reads what is on it, fills in, presses, follows. Nothing here needs scripts on the page."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Self

from playwright.sync_api import Locator, Page, expect

from tests import axe

PATIENCE = 30  # seconds for what happens in the background
BROKEN = "This broke on our side"  # the title of the page for a bug
IDS = re.compile(r"/[0-9a-z]{26}(?=/|$|\.)|/(?:cs|acct|pi)_\w+|/\d+(?=/|$)")


class Walker:
    """One person's window. Every screen is looked at by axe when it is first left, if `seen` is a set."""

    def __init__(self, page: Page, url: str, seen: set[str] | None) -> None:
        self.page, self.url, self.seen = page, url, seen
        self.slow: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)

    def second_tab(self) -> Walker:
        """The same person's next tab."""
        return Walker(self.page.context.new_page(), self.url, self.seen)

    # Going

    def go(self, path: str) -> Self:
        """Type an address."""
        self.look()
        began = time.monotonic()
        answer = self.page.goto(self.url + path)
        assert answer is not None
        assert answer.status < 400, f"{path} answers {answer.status}: {self.words()}"
        return self._arrived(began)

    def follow(self, name: str, *, within: str = "body", exact: bool = True) -> Self:
        """Press a link by its words."""
        links = self.page.locator(within).get_by_role("link", name=name, exact=exact)
        return self._press(links.filter(visible=True).first)

    def press(self, name: str, *, exact: bool = True) -> Self:
        """Press a button by its words."""
        return self._press(self.page.get_by_role("button", name=name, exact=exact).filter(visible=True).first)

    def menu(self, name: str) -> Self:
        """Go to an entry of the main navigation, behind "More" when it is not at the thumb."""
        bar = self.page.locator(".bottom-bar")
        entry = bar.get_by_role("link", name=name, exact=True)
        if not entry.is_visible():
            bar.locator("summary").click()
        return self._press(entry)

    def _press(self, what: Locator) -> Self:
        self.look()
        began = time.monotonic()
        what.click()
        return self._arrived(began)

    def _arrived(self, began: float) -> Self:
        self.page.wait_for_load_state()
        if (took := time.monotonic() - began) > 1:
            self.slow.append(f"{self.screen} {took:.1f} s")
        assert BROKEN not in self.page.title(), self.words()
        return self

    # Filling in

    def field(self, label: str) -> Locator:
        """An input by its visible label; optional ones say so behind it."""
        named = re.compile(rf"^\s*{re.escape(label)}\s*(optional)?\s*([A-Z]{{3}})?\s*$")
        return self.page.get_by_label(named).first

    def fill(self, fields: dict[str, str]) -> Self:
        """Type into fields by their labels; a select takes the option that reads so."""
        for label, value in fields.items():
            found = self._reached(self.field(label))
            if found.evaluate("element => element.tagName") == "SELECT":
                found.select_option(label=value)
            else:
                found.fill(value)
        return self

    def _reached(self, found: Locator) -> Locator:
        """A field, with the line opened that it waits behind."""
        for fold in found.locator("xpath=ancestor::details[not(@open)]").all():
            fold.locator("summary").first.click()
        return found

    def tick(self, *labels: str) -> Self:
        """Tick boxes, or choose radio buttons, by words in their label."""
        for label in labels:
            self.page.get_by_label(label).first.check()
        return self

    def upload(self, label: str, file: Path) -> Self:
        """Choose a file."""
        self.field(label).set_input_files(file)
        return self

    # Seeing

    @property
    def screen(self) -> str:
        """The address without what is particular to one row: `/deals/*/contract`."""
        path = self.page.url.split("?")[0].split("#")[0].split("/", 3)[-1]
        return IDS.sub("/*", "/" + path)

    def words(self) -> str:
        """What stands on the page."""
        return self.page.locator("body").inner_text()

    def sees(self, *texts: str) -> Self:
        """These words stand on the page."""
        for text in texts:
            expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=5_000)
        return self

    def waits_for(self, text: str) -> Self:
        """Loads the page again until these words stand there: work in the background is soon done."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.words():
            assert time.monotonic() < deadline, f"“{text}” does not come on {self.screen}:\n{self.words()}"
            time.sleep(0.3)
            self.page.reload()
        return self

    def amount(self, name: str) -> int:
        """The amount in a list of facts beside a name, in minor units."""
        row = self.page.locator("dl > div").filter(has=self.page.locator("dt", has_text=re.compile(rf"^{name}$")))
        found = re.search(r"([-−+]?)\s*\$([\d,]+)\.(\d\d)", row.first.inner_text())
        assert found, f"{name}: {row.first.inner_text()}"
        minor = int(found[2].replace(",", "")) * 100 + int(found[3])
        return -minor if found[1] in ("-", "−") else minor

    def download(self, name: str) -> bytes:
        """What a link that downloads gives."""
        link = self.page.get_by_role("link", name=name, exact=True).first
        answer = self.page.context.request.get(str(link.evaluate("element => element.href")))
        assert answer.ok, f"{name} answers {answer.status}"
        return answer.body()

    def look(self) -> None:
        """Let axe look at a screen it has not seen, and see that nothing sticks out of the phone."""
        if self.seen is None or self.screen in self.seen or not self.page.url.startswith("http"):
            return
        self.seen.add(self.screen)
        found = axe.complaints(self.page)
        assert not found, f"{self.screen}: {found}"
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], f"{self.screen} is {width} pixels wide"  # type: ignore[index]
