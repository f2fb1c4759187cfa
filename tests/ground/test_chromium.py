"""`make browser`: finds a Chromium or gets one, and where there is none says how to get it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import browsers, chromium

pytestmark = pytest.mark.plain


@pytest.fixture
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser, without apt-get, and from which nothing can be downloaded. Its only PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    return programs


def _program(folder: Path, name: str) -> str:
    made = folder / name
    made.write_text("#!/bin/sh\nexit 1\n")
    made.chmod(0o755)
    return str(made)


def test_a_missing_browser_is_an_error_with_the_way_to_get_one(nothing_here: Path) -> None:
    ended = subprocess.run([sys.executable, "-m", "tests.chromium"], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert ended.stderr.rstrip().endswith(chromium.NO_BROWSER)


def test_a_journey_without_a_browser_fails_and_is_never_skipped(nothing_here: Path) -> None:
    found = browsers.browser.__wrapped__()  # type: ignore[attr-defined]  # the fixture's own function
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        next(found)


def test_a_browser_that_does_not_start_does_not_count(nothing_here: Path) -> None:
    _program(nothing_here, "chromium")
    assert chromium.find_chromium() is not None
    assert not chromium.works()


def test_the_named_browser_goes_first_then_the_headless_shell(nothing_here: Path, monkeypatch) -> None:
    assert chromium.find_chromium() is None
    downloaded = Path(os.environ["PLAYWRIGHT_BROWSERS_PATH"]) / "chromium_headless_shell-1" / "chrome-linux"
    downloaded.mkdir(parents=True)
    assert chromium.find_chromium() is None
    shell = _program(downloaded, "headless_shell")
    assert chromium.find_chromium() == shell
    system = _program(nothing_here, "chromium")
    assert chromium.find_chromium() == system
    light = _program(nothing_here, "chromium-headless-shell")
    assert chromium.find_chromium() == light
    monkeypatch.setenv("CHROMIUM", "chromium")
    assert chromium.find_chromium() == system
