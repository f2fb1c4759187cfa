"""A database or a Redis that is away for a while ends no ticker and no worker."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from tests.ground.test_outbox_kills import ROOT, kill
from tests.services import Services

pytestmark = [pytest.mark.plain, pytest.mark.slow]


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


class Running:
    """A command of `flask`, and what it logged."""

    def __init__(self, command: str, told: dict[str, str], folder: Path) -> None:
        self.path = folder / f"{command}.log"
        call = [sys.executable, "-m", "flask", "--app", "app", command]
        with self.path.open("wb") as out:
            self.process = subprocess.Popen(
                call, cwd=ROOT, env=os.environ | told, stdout=out, stderr=out, start_new_session=True
            )

    def waits(self) -> int:
        log = self.path.read_text()
        assert self.process.poll() is None, log
        return log.count("_waits")


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
        assert worker.process.wait(20) == 0, "asked to end, it ends"
    finally:
        for each in (ticker, worker):
            if each.process.poll() is None:
                kill(each.process.pid)
            each.process.wait()
        queue.close()
