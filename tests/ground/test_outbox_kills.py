"""Whatever is killed whenever, every fact's reaction happens: its writes once, and never not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests.services import Services

pytestmark = [pytest.mark.plain, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
FACTS = 5  # of one process


class Outbox:
    """A database and a queue of their own, and the processes that work on them."""

    def __init__(self, services: Services, folder: Path) -> None:
        told = services.environ("kill")
        self.database = told["DATABASE_URL"].replace("+psycopg", "", 1)
        self.queue = redis.Redis.from_url(told["REDIS_URL"])
        self.queue.flushdb()
        self.environ = os.environ | told | {"ENVIRONMENT": "test", "STORAGE_PATH": str(folder), "INSTANCE": str(folder)}
        self.running: list[subprocess.Popen[str]] = []

    def start(self, what: str, point: str = "") -> subprocess.Popen[str]:
        """Start a process of outbox_process.py."""
        command = [sys.executable, "-m", "tests.ground.outbox_process", what, *([point] if point else [])]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environ, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.running.append(process)
        return process

    def recover(self) -> None:
        """What a ticker and a worker do a minute later."""
        assert self.start("recover").wait(240) == 0

    def kill_at(self, point: str) -> None:
        """Emit, work, and kill the process and the child that does its job exactly at a point."""
        process = self.start("work", point)
        assert process.stdout
        assert point in (line.strip() for line in process.stdout), "it ended without getting there"
        kill(process.pid)
        process.wait(10)

    def effects(self) -> Counter[str]:
        """How often each fact's reaction wrote its row; facts without one count zero."""
        count = (
            "SELECT f.subject_id, (SELECT count(*) FROM events e WHERE e.name = 'tests.effect' "
            "AND e.subject_id = f.subject_id) FROM events f WHERE f.name = 'tests.killed_over'"
        )
        with psycopg.connect(self.database) as connection:
            return Counter({str(fact): times for fact, times in connection.execute(count)})

    def undelivered(self) -> int:
        """Deliveries that are still to come."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT count(*) FROM event_deliveries WHERE delivered_at IS NULL").fetchone()
        assert row
        return int(row[0])


def kill(pid: int) -> None:
    """SIGKILL a process and its children; RQ's working child is in a group of its own."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in [pid, *map(int, children)]:
        os.kill(each, signal.SIGKILL)


@pytest.fixture
def outbox(services: Services, tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(services, tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            kill(process.pid)
        process.communicate()
    made.queue.close()


@pytest.mark.parametrize(
    ("point", "written"),
    [("pushing", 0), ("reacting", 0), ("committing", 0), ("committed", 1)],
)
def test_whatever_is_killed_nothing_is_lost_or_doubled(outbox: Outbox, point: str, written: int) -> None:
    outbox.kill_at(point)
    assert bool(outbox.queue.keys("rq:job:*")) == (point != "pushing"), "did a hint reach Redis?"
    assert sum(outbox.effects().values()) == written, "what was not committed did not happen"
    assert outbox.undelivered() == FACTS - written
    outbox.recover()
    assert sorted(outbox.effects().values()) == [1] * FACTS
    assert outbox.undelivered() == 0


def test_two_workers_share_a_queue_without_doubling(outbox: Outbox) -> None:
    both = [outbox.start("work") for _ in range(2)]
    assert [process.wait(240) for process in both] == [0, 0]
    assert sorted(outbox.effects().values()) == [1] * 2 * FACTS
