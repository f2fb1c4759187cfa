"""Jobs run after their commit, once a slot, and in place when history is replayed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from marketplace import clock, db, jobs

ran: list[str] = []


@jobs.job
def note(word: str) -> None:
    """Remember a word; "again" asks for one more."""
    ran.append(word)
    if word == "again":
        jobs.enqueue(note, "more")


@jobs.job
def quiet() -> None:
    """A scheduled job."""
    ran.append("quiet")


def test_a_job_runs_after_its_commit_and_only_then(run_jobs) -> None:
    ran.clear()
    jobs.enqueue(note, "rolled back")
    db.session.rollback()
    jobs.enqueue(note, "kept")
    run_jobs()
    assert ran == ["kept"]


def test_replayed_history_works_its_jobs_in_place_and_in_order(run_jobs) -> None:
    ran.clear()
    with jobs.worked_here():
        jobs.enqueue(note, "again")
        jobs.enqueue(note, "last")
        db.session.commit()
    assert ran == ["again", "last", "more"]
    run_jobs()
    assert len(ran) == 3


def test_a_slot_starts_once_however_many_tickers_run() -> None:
    jobs.connection().flushdb()
    line = jobs.Scheduled("tests.note", timedelta(minutes=1), quiet, "a test")
    assert jobs.tick([line]) == ["tests.note"]
    assert jobs.tick([line]) == []
    with clock.at(clock.now() + timedelta(minutes=1)):
        assert jobs.tick([line]) == ["tests.note"]


@pytest.fixture
def refused() -> Iterator[Callable[..., None]]:
    """`refused("del")`: the real server says no to everything that pushes a job, and to these commands, until `refused()`."""
    jobs.connection().flushdb()

    def refuse(*commands: str) -> None:
        also = [f"-{name}" for name in commands]
        jobs.connection().execute_command("ACL", "SETUSER", "default", "+@all", "-eval", "-evalsha", *also)

    yield refuse
    jobs.connection().execute_command("ACL", "SETUSER", "default", "+@all")


def test_a_slot_whose_push_fails_starts_with_the_next_tick(refused: Callable[..., None], run_jobs) -> None:
    ran.clear()
    line = jobs.Scheduled("tests.late", timedelta(hours=1), quiet, "a test")
    refused()
    assert jobs.tick([line]) == []
    jobs.connection().execute_command("ACL", "SETUSER", "default", "+@all")
    assert jobs.tick([line]) == ["tests.late"]
    assert jobs.tick([line]) == []
    run_jobs()
    assert ran == ["quiet"]


def test_a_slot_whose_ticker_dies_before_the_push_starts_some_seconds_later(refused: Callable[..., None]) -> None:
    line = jobs.Scheduled("tests.dies", timedelta(hours=1), quiet, "a test")
    refused("del")  # it can neither push nor take its mark back
    assert jobs.tick([line]) == []
    jobs.connection().execute_command("ACL", "SETUSER", "default", "+@all")
    assert jobs.tick([line]) == []
    (mark,) = jobs.connection().keys("goodword:slot:tests.dies:*")
    assert 0 < jobs.connection().ttl(mark) <= jobs.MARKED
    jobs.connection().pexpire(mark, 1)
    while jobs.connection().exists(mark):
        pass
    assert jobs.tick([line]) == ["tests.dies"]
    assert jobs.connection().ttl(mark) > 3600


def test_nothing_scheduled_runs_while_history_is_replayed(run_jobs) -> None:
    ran.clear()
    line = jobs.Scheduled("tests.quiet", timedelta(minutes=1), quiet, "a test")
    with db.held_beside(jobs.REPLAY):
        jobs.tick([line])
        run_jobs()
        assert ran == []
    with clock.at(clock.now() + timedelta(minutes=1)):
        jobs.tick([line])
        run_jobs()
    assert ran == ["quiet"]
