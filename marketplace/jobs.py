"""Background work: RQ carries ids, PostgreSQL keeps the record.

A job takes ids, loads under a lock, checks that it is still wanted and calls one verb; this edge
commits. Enqueuing happens after the commit, so a job never runs for a row that was rolled back;
when Redis is away the hint is lost and a sweep finds the row again.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import redis
import sqlalchemy as sa
import structlog
from flask import Flask
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError
from sqlalchemy import event as sa_event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace import clock, db
from marketplace.db import Base

log = structlog.get_logger()
QUEUE = "default"
RETRY = Retry(max=5, interval=[5, 30, 120, 600, 1800])
TIMEOUT = 300  # seconds
KEEPS_FAILING = 3  # runs in a row
MARKED = 20  # seconds a slot is marked while its job is pushed
TICKER, REPLAY = "jobs.ticker", "jobs.replay"  # advisory locks

_functions: dict[str, Callable[..., None]] = {}
_app: Flask | None = None
_redis: redis.Redis | None = None
_here: ContextVar[bool] = ContextVar("jobs_worked_here", default=False)
_waiting: deque[tuple[str, tuple[Any, ...], str | None]] = deque()


@dataclass(frozen=True)
class Scheduled:
    """A line of the schedule: `function` (a job without arguments) every `every`."""

    name: str
    every: timedelta
    function: Callable[[], None]
    says: str

    @property
    def path(self) -> str:
        """Its job's path."""
        return self.function.job_path  # type: ignore[attr-defined]  # our mark

    def due_after(self, moment: datetime) -> datetime:
        """When its next time slot begins."""
        seconds = int(self.every.total_seconds())
        return datetime.fromtimestamp((int(moment.timestamp()) // seconds + 1) * seconds, UTC)


class ScheduledRun(Base):
    """How the last run of a scheduled job went, one row a job; `job` is its path.

    `problem` is what it raised, None where it went well; `failures` counts those in a row, `went_well_at` is when it
    last did. A run that was killed leaves no trace: then `started_at` falls behind.
    """

    __tablename__ = "scheduled_runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    took_ms: Mapped[int]
    problem: Mapped[str | None]
    failures: Mapped[int]
    went_well_at: Mapped[datetime | None]


class Serializer:
    """JSON for RQ: ids and plain values only, never pickles."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        """Bytes of a value; UUIDs become their text."""
        return json.dumps(value, default=str).encode()

    @staticmethod
    def loads(raw: bytes) -> Any:
        """The value back."""
        return json.loads(raw)


def init(app: Flask, url: str) -> None:
    """Tell jobs which app they run in and where Redis is."""
    global _app, _redis
    _app, _redis = app, redis.Redis.from_url(url, socket_timeout=5)


def connection() -> redis.Redis:
    """The Redis connection of this process."""
    if _redis is None:
        raise RuntimeError("jobs.init() has not run.")
    return _redis


def queue(name: str = QUEUE) -> Queue:
    """A queue by name."""
    return Queue(name, connection=connection(), serializer=Serializer, default_timeout=TIMEOUT)


def job(function: Callable[..., None]) -> Callable[..., None]:
    """Make a function a job: known by its path. Called directly it runs in the caller's transaction."""
    path = f"{function.__module__}.{function.__qualname__}"
    _functions[path] = function
    function.job_path = path  # type: ignore[attr-defined]  # our mark
    return function


def enqueue(function: Callable[..., None], *ids: Any, key: str | None = None) -> None:
    """After this transaction commits, run `function(*ids)`; `key` makes it at most one."""
    line = (function.job_path, ids, key)  # type: ignore[attr-defined]  # our mark
    db.session.info.setdefault("jobs", []).append(line)


@sa_event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    # The listener also fires when a savepoint is released; only the outer commit counts.
    if session.in_nested_transaction():
        return
    lines = session.info.pop("jobs", [])
    if _here.get():
        _waiting.extend(lines)
        return
    for path, ids, key in lines:
        _push(path, ids, key)


@sa_event.listens_for(Session, "after_rollback")
def _drop(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("jobs", None)


def _push(path: str, ids: tuple[Any, ...], key: str | None) -> bool:
    """Whether it is in the queue now, or was already; else a sweep finds its row again."""
    if key:
        key = re.sub(r"[^A-Za-z0-9_-]", "-", key)  # all that RQ allows in an id
    try:
        queue().enqueue(
            run, path, *[str(i) if isinstance(i, UUID) else i for i in ids],
            retry=RETRY, job_id=key, unique=key is not None, result_ttl=0, failure_ttl=86_400,
        )  # fmt: skip
    except DuplicateJobError:
        pass
    except redis.RedisError as problem:
        log.warning("redis_away", job=path, problem=str(problem))
        return False
    return True


@contextmanager
def worked_here() -> Iterator[None]:
    """Within the block, jobs go to no queue: `work()` and the block's end run them here, in order.

    For commands that replay history: what follows from a step happens at the step's moment.
    """
    token = _here.set(True)
    try:
        yield
        work()
    finally:
        _here.reset(token)
        _waiting.clear()


def work() -> None:
    """Run what waits in `worked_here()`, and what that enqueues, each in its own transaction."""
    while _waiting:
        path, ids, _ = _waiting.popleft()
        _functions[path](*ids)
        db.session.commit()


def run(path: str, *ids: Any) -> None:
    """What a worker executes: one job in one transaction, inside the app."""
    if _app is None:
        raise RuntimeError("jobs.init() has not run.")
    function = _functions[path]
    with _app.test_request_context(base_url=_app.config["BASE_URL"]):
        try:
            function(*[_id(i) for i in ids])
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            if not _app.testing:
                db.session.remove()


def _id(value: Any) -> Any:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else value
    except ValueError:
        return value


@job
def scheduled(path: str) -> None:
    """Run a scheduled job and note how it went, unless history is being replayed: it would find clocks long past."""
    if being_replayed():
        return
    started_at, begun = clock.now(), time.monotonic()
    try:
        _functions[path]()
        _note(path, started_at, begun, None)
    except Exception as problem:
        db.session.rollback()
        _note(path, started_at, begun, f"{type(problem).__name__}: {problem}"[:500])
        db.session.commit()
        raise


def _note(path: str, started_at: datetime, begun: float, problem: str | None) -> None:
    row = {
        "started_at": started_at,
        "took_ms": round((time.monotonic() - begun) * 1000),
        "problem": problem,
        "failures": 1 if problem else 0,
    }
    if problem is None:
        row["went_well_at"] = started_at
    new = insert(ScheduledRun).values(job=path, **row)
    again = row | {"failures": ScheduledRun.failures + 1} if problem else row
    db.session.execute(new.on_conflict_do_update(index_elements=["job"], set_=again))


def last_runs() -> dict[str, ScheduledRun]:
    """How each scheduled job last went, by its path."""
    return {row.job: row for row in db.session.scalars(sa.select(ScheduledRun))}


def failing(schedule: list[Scheduled]) -> list[ScheduledRun]:
    """The jobs of the schedule that failed several times in a row; once may be a vendor's bad minute."""
    runs = sa.select(ScheduledRun).where(ScheduledRun.failures >= KEEPS_FAILING)
    return list(db.session.scalars(runs.where(ScheduledRun.job.in_([line.path for line in schedule]))))


def being_replayed() -> bool:
    """Is history being replayed (`db.held_beside(REPLAY)`)? If not, none begins in this transaction."""
    return not db.hold_if_free(REPLAY, shared=True)


def tick(schedule: list[Scheduled]) -> list[str]:
    """Enqueue what is due, once per time slot however many tickers run. Returns the names.

    Whoever marks the slot as its own pushes, and only then is the mark made to last for as long as the slot does:
    should Redis or this process fail in between, the mark is gone after some seconds and the next tick pushes again. A
    slot may so start twice, never not at all; the job's id names task and slot, and RQ refuses a second in the queue.
    """
    started = []
    for line in schedule:
        seconds = int(line.every.total_seconds())
        slot = int(clock.now().timestamp()) // seconds
        mark = f"goodword:slot:{line.name}:{slot}"
        if not connection().set(mark, 1, nx=True, ex=min(MARKED, max(1, seconds // 3))):
            continue
        if _push(scheduled.job_path, (line.path,), f"{line.name}-{slot}"):  # type: ignore[attr-defined]  # our mark
            connection().set(mark, 1, ex=seconds * 2)
            started.append(line.name)
        else:
            with suppress(redis.RedisError):
                connection().delete(mark)
    return started
