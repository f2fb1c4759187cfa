"""One child does job after job; when it dies or a job fails, the next job gets a new one and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, g

from marketplace import jobs
from marketplace.worker import Steady

pytestmark = pytest.mark.plain


class QuietSteady(Steady):
    """The worker of `flask worker` in this process, leaving Ctrl-C to pytest."""

    def _install_signal_handlers(self) -> None:
        pass


@jobs.job
def note(word: str) -> None:
    """Write down who does it, and whether an earlier job of this child left something behind."""
    jobs.connection().rpush("did", f"{word} {os.getpid()} {'seen' in g}")
    g.seen = True


@jobs.job
def fail() -> None:
    """Fail."""
    raise RuntimeError("not today")


@jobs.job
def die_once() -> None:
    """The first time, end as a process ends that runs out of memory."""
    if jobs.connection().incr("tries") == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    note("again")


@pytest.fixture
def worker(app: Flask) -> Iterator[Steady]:
    jobs.connection().flushdb()
    made = QuietSteady([jobs.queue()], connection=jobs.connection(), serializer=jobs.Serializer)
    with app.app_context():  # as `flask worker` has it
        yield made
    jobs.connection().flushdb()


def line_up(*them: Any) -> None:
    for function, *words in them:
        jobs._push(function.job_path, tuple(words), None)


def done() -> list[list[str]]:
    return [line.decode().split() for line in jobs.connection().lrange("did", 0, -1)]


def test_one_child_does_job_after_job_and_each_finds_nothing_of_the_last(worker: Steady) -> None:
    line_up((note, "a"), (note, "b"), (note, "c"))
    worker.work(burst=True, logging_level="CRITICAL")
    assert [(word, left) for word, _pid, left in done()] == [("a", "False"), ("b", "False"), ("c", "False")]
    children = {pid for _word, pid, _left in done()}
    assert len(children) == 1
    assert children != {str(os.getpid())}
    assert worker.horse is None
    assert not os.path.exists(f"/proc/{children.pop()}")


def test_after_a_failed_job_a_new_child_begins(worker: Steady) -> None:
    line_up((note, "a"), (fail,), (note, "b"))
    worker.work(burst=True, logging_level="CRITICAL")
    (_, first, _), (_, second, _) = done()
    assert first != second
    assert len(jobs.queue().scheduled_job_registry) == 1, "what failed is tried again later"


def test_a_child_that_dies_at_work_costs_no_other_job_and_its_own_is_tried_again(worker: Steady) -> None:
    line_up((note, "a"), (die_once,), (note, "b"))
    worker.work(burst=True, logging_level="CRITICAL")
    assert [word for word, *_ in done()] == ["a", "b"]
    (again,) = jobs.queue().scheduled_job_registry.get_job_ids()
    jobs.queue().scheduled_job_registry.remove(again)
    jobs.queue().push_job_id(again)
    worker.work(burst=True, logging_level="CRITICAL")
    assert [word for word, *_ in done()] == ["a", "b", "again"]


def test_a_child_that_died_at_rest_is_replaced(worker: Steady, monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[int] = []
    order = worker.fork_work_horse

    def kill_first(job: Any, queue: Any) -> None:
        if worker.horse and not killed:
            killed.append(worker.horse.pid)
            os.kill(worker.horse.pid, signal.SIGKILL)
            os.waitid(os.P_PID, worker.horse.pid, os.WEXITED | os.WNOWAIT)
        order(job, queue)

    monkeypatch.setattr(worker, "fork_work_horse", kill_first)
    line_up((note, "a"), (note, "b"))
    worker.work(burst=True, logging_level="CRITICAL")
    assert killed
    assert [word for word, *_ in done()] == ["a", "b"]


def test_a_rested_child_is_let_go(worker: Steady, monkeypatch: pytest.MonkeyPatch) -> None:
    line_up((note, "a"), (note, "b"))
    monkeypatch.setattr("marketplace.worker.IDLE", -1.0)
    worker.work(burst=True, logging_level="CRITICAL")
    (_, first, _), (_, second, _) = done()
    assert first != second
