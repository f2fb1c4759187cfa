"""What `make run` costs on a quiet machine: seconds to the first page, megabytes at rest."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.test_stack import PARTS, Run, instance, processes_of

__all__ = ["instance"]

pytestmark = pytest.mark.plain

FIRST_PAGE = 5.0  # seconds from the command to the first page, on an instance that does not exist yet
AT_REST = 600  # megabytes of all processes together; a page that several share counts once (PSS)
SETTLE = 15  # seconds after the start


def in_memory(instance: Path) -> Iterator[tuple[str, float]]:
    """Each process of an instance and its megabytes, PostgreSQL's backends included."""
    parents = processes_of(instance)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            rollup = (folder / "smaps_rollup").read_text()
        except OSError:
            continue
        pid = int(folder.name)
        if pid in parents or parent in parents:
            line = parents.get(pid) or (folder / "comm").read_text()
            name = next((part for part, words in PARTS.items() if words in line), line.strip()[:40])
            yield name, int(re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[0]) / 1024


def test_the_stack_starts_soon_and_stays_small(instance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run(instance)
    seconds = run.first_page()
    run.all_parts()
    time.sleep(SETTLE)
    measured = sorted(in_memory(instance))
    run.interrupt(signal.SIGINT)
    with capsys.disabled():
        print(f"\nfirst page after {seconds:.1f} s")
        for name, megabytes in measured:
            print(f"{name:40} {megabytes:6.0f} MB")
        print(f"{'together':40} {sum(megabytes for _, megabytes in measured):6.0f} MB")
    assert seconds < FIRST_PAGE
    assert sum(megabytes for _, megabytes in measured) < AT_REST
