"""A process that emits facts and works the queue, and stops dead at a named point until it is killed.

`python -m tests.ground.outbox_process work|recover [POINT]`, with the usual variables. The
reaction writes one row, so that a lost or doubled delivery can be counted.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

import app as map_of_the_application
from marketplace import clock, db, events, jobs
from marketplace.authz import CLOCK
from marketplace.worker import Steady

EFFECT = "tests.effect"
FACTS = 5


@events.event("tests.killed_over", subject="thing_id")
@dataclass(frozen=True)
class KilledOver:
    """A fact whose delivery is interrupted."""

    thing_id: UUID


def react(fact: KilledOver) -> None:
    """Write one row for a fact."""
    stop_at("reacting")
    events.record(EFFECT, by=CLOCK, subject=("thing", fact.thing_id), data={})
    db.session.info["worked"] = True


def stop_at(point: str) -> None:
    """At the point this process was told of, say so and wait for the end."""
    if point and sys.argv[2:3] == [point]:
        print(point, flush=True)
        time.sleep(600)


def before_commit(session: Session) -> None:
    if session.info.get("worked"):
        stop_at("committing")


def after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    stop_at("pushing" if session.info.get("jobs") else "committed" if session.info.get("worked") else "")


def main(what: str) -> None:
    """Emit some facts and work them; or do, twice, what ticker and worker do a minute after a kill."""
    application = map_of_the_application.create_app()
    events.install({KilledOver: (react,)})
    sa_event.listen(Session, "before_commit", before_commit)
    sa_event.listen(Session, "after_commit", after_commit, insert=True)  # before the jobs are pushed
    with application.app_context():
        if what == "work":
            for _ in range(FACTS):
                events.emit(KilledOver(db.new_id()), by=CLOCK)
            db.session.commit()
            print("emitted", flush=True)
            work()
        else:
            clock.shift(timedelta(minutes=1))
            for _ in range(2):
                events.sweep()
                db.session.commit()
                work()


def work() -> None:
    """A worker as `flask worker` runs it, until the queue is empty."""
    options: dict[str, Any] = {"connection": jobs.connection(), "serializer": jobs.Serializer}
    Steady([jobs.queue()], default_worker_ttl=30, **options).work(burst=True, logging_level="ERROR")


if __name__ == "__main__":
    # Under its importable name, so that the worker's jobs and this program share one module.
    from tests.ground import outbox_process

    outbox_process.main(sys.argv[1])
