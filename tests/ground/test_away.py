"""A database or a Redis that is away for a while ends no ticker and no worker."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

import app as map_of_the_application
from marketplace.config import Config
from tests.ground.test_outbox_kills import kill
from tests.services import Services

pytestmark = [pytest.mark.plain, pytest.mark.slow]
FORKS = multiprocessing.get_context("fork")


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


class Running:
    """A command of `flask` in a process of its own, and what it logged.

    Forked from this one, which has loaded the portal already: two fresh starts were most of what this test cost.
    """

    def __init__(self, command: str, told: dict[str, str], folder: Path) -> None:
        self.path = folder / f"{command}.log"
        self.path.touch()
        self.process = FORKS.Process(target=run, args=(command, told, self.path))
        self.process.start()

    def waits(self) -> int:
        log = self.path.read_text()
        assert self.process.is_alive(), log
        return log.count("_waits")

    def end(self) -> None:
        if self.process.is_alive():
            assert self.process.pid
            kill(self.process.pid)
        self.process.join()


def run(command: str, told: dict[str, str], log: Path) -> None:
    """What `flask worker` and `flask ticker` do, from their settings on."""
    os.setsid()
    with log.open("ab") as out:
        for number in (1, 2):
            os.dup2(out.fileno(), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    made = map_of_the_application.create_app(Config.from_environ(told))
    with made.app_context():
        made.cli.commands[command].main([], standalone_mode=False)


def test_ticker_and_worker_wait_for_what_is_away_and_go_on(services: Services, tmp_path: Path) -> None:
    told = services.environ("away") | {"ENVIRONMENT": "test", "STORAGE_PATH": str(tmp_path)}
    database = sa.make_url(told["DATABASE_URL"]).database
    queue = redis.Redis.from_url(told["REDIS_URL"])
    queue.flushdb()
    socket = tmp_path / "redis.sock"  # nothing is there yet
    told["REDIS_URL"] = told["REDIS_URL"].replace(str(services.valkey.socket), str(socket))
    ticker, worker = (Running(name, told, tmp_path) for name in ("ticker", "worker"))
    try:
        wait_for(lambda: ticker.waits() > 0 and worker.waits() > 0)
        socket.symlink_to(services.valkey.socket)
        wait_for(lambda: bool(queue.keys("goodword:slot:*") and queue.keys("rq:worker:*")))
        with services.postgres.admin() as admin:
            admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
            waited = ticker.waits()
            wait_for(lambda: ticker.waits() > waited)
            admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        queue.flushdb()
        wait_for(lambda: bool(queue.keys("goodword:slot:*")))
        assert worker.waits() > 0
        worker.process.terminate()
        worker.process.join(20)
        assert worker.process.exitcode == 0, "asked to end, it ends"
    finally:
        for each in (ticker, worker):
            each.end()
        queue.close()
