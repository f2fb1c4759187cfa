"""Jobs run after their commit, once a slot, and in place when history is replayed."""

from datetime import timedelta

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
