"""The browser of the journeys: `make browser` runs this to find a Chromium, or to get one.

In this order: the program CHROMIUM names, the system's, Debian's package where we may install one,
Playwright's own download. A machine where none works is an error that says what to do. Each time the
headless shell goes first: the same engine without the windows around it takes a third of the processor time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NO_BROWSER = (
    "There is no Chromium for the journeys and none could be installed. Install Debian's packages "
    "chromium-headless-shell and libatomic1 as root, or run `.venv/bin/playwright install --with-deps "
    "--only-shell chromium`, or name a program in CHROMIUM."
)
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
DOWNLOADED = ("chromium_headless_shell-*/chrome-*/*headless*shell", "chromium-*/chrome-*/chrome")
PACKAGES = ("chromium-headless-shell", "chromium")  # the second where the first is unknown
DRIVER_NEEDS = "libatomic1"


def find_chromium() -> str | None:
    """The path of a Chromium, or None."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    for name in PROGRAMS:
        if program := shutil.which(name):
            return program
    return next((str(path) for pattern in DOWNLOADED for path in sorted(_downloads().glob(pattern))), None)


def _downloads() -> Path:
    """Where Playwright keeps its browsers."""
    default = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    return Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or default)


def works() -> bool:
    """Whether a page can really be opened: browser, driver and libraries are all there."""
    program = find_chromium()
    if program is None:
        return False
    opened = subprocess.run([sys.executable, "-m", "tests.chromium", "open", program], capture_output=True, timeout=120)
    return opened.returncode == 0


def open_page(program: str) -> None:
    """Open an empty page. Raises Playwright's error when it cannot."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags())
        browser.new_page().goto("data:text/html,<title>works</title>")
        browser.close()


def flags() -> list[str]:
    """What Chromium is started with: letters placed as on a screen, also by the headless shell, and as root without
    its own sandbox, which refuses to run there."""
    return ["--font-render-hinting=none", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _apt_get(*words: str) -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", *words], env=quiet, stdout=subprocess.DEVNULL)


def main() -> int:
    """Find or get one; 1 with a sentence when there is no way."""
    if works():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Debian's Chromium …", flush=True)
        _apt_get("update", "-qq")
        for package in PACKAGES:
            _apt_get("install", "-y", "-qq", "--no-install-recommends", package, DRIVER_NEEDS)
            if works():
                return 0
    print("Downloading Playwright's Chromium …", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"])
    if works():
        return 0
    print(NO_BROWSER, file=sys.stderr)
    return 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["open"]:
        open_page(sys.argv[2])
    else:
        sys.exit(main())
