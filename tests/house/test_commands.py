"""The two commands of the README: what they install is pinned, and CI calls the very same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.plain

ROOT = Path(__file__).parents[2]


def pins(name: str) -> dict[str, str]:
    """The packages of a lock file, each with its version and what it is for."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith((" ", "#"))]
    loose = [line for line in lines if not re.match(r"^[\w.-]+(\[[\w,-]+\])?==\S+", line)]
    assert loose == [], f"{name} does not pin these"
    return dict(line.split("==", 1) for line in lines)


def test_both_commands_install_from_one_lock() -> None:
    running, developing = pins("requirements.lock"), pins("requirements-dev.lock")
    assert running.items() <= developing.items()
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.findall(r"\$\(INSTALL\) (\S+)", makefile)) == {"requirements.lock", "requirements-dev.lock"}


def test_ci_runs_exactly_what_the_readme_says() -> None:
    assert "\nmake test\n" in (ROOT / "README.md").read_text()
    assert (ROOT / ".ci" / "run").read_text().rstrip().splitlines()[-1] == "exec make test"
