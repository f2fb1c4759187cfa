"""Facts are recorded with their transaction and delivered at least once, their effects once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from marketplace import clock, db, events, jobs
from marketplace.authz import CLOCK

seen: list[UUID] = []
fails = [False]


@events.event("tests.happened", subject="thing_id", room="room_id")
@dataclass(frozen=True)
class Happened:
    """Something a test made happen."""

    thing_id: UUID
    room_id: UUID | None
    words: str


def remember(fact: Happened) -> None:
    if fails[0]:
        raise RuntimeError("not now")
    seen.append(fact.thing_id)


@pytest.fixture(autouse=True)
def reacting() -> Iterator[None]:
    before = dict(events._reactions)
    events.install(before | {Happened: (remember,)})
    yield
    events.install(before)
    seen.clear()
    fails[0] = False


def happen() -> events.Event:
    return events.emit(Happened(db.new_id(), None, "Grüße"), by=CLOCK)


def test_a_fact_is_delivered_after_its_commit(run_jobs) -> None:
    row = happen()
    assert jobs.queue().count == 0
    db.session.commit()
    run_jobs()
    assert seen == [row.subject_id]


def test_a_rolled_back_fact_is_never_delivered(run_jobs) -> None:
    happen()
    db.session.rollback()
    run_jobs()
    assert seen == []


def test_delivering_twice_has_one_effect(run_jobs) -> None:
    happen()
    db.session.commit()
    delivery = db.session.scalar(sa.select(events.EventDelivery.id))
    for _ in range(3):
        events.deliver(delivery)
    run_jobs()
    assert len(seen) == 1


def test_a_flushed_redis_loses_nothing(run_jobs) -> None:
    happen()
    db.session.commit()
    jobs.connection().flushdb()
    run_jobs()
    assert seen == []
    with clock.at(clock.now() + timedelta(minutes=1)):
        events.sweep()
        db.session.commit()
        run_jobs()
    assert len(seen) == 1


def test_a_failing_reaction_is_noted_retried_and_parked() -> None:
    happen()
    delivery = db.session.scalars(sa.select(events.EventDelivery)).one()
    fails[0] = True
    for _ in range(events.PARK_AFTER):
        events.deliver(delivery.id)
    assert delivery.parked_at is not None
    assert "not now" in (delivery.last_error or "")


def test_facts_cannot_be_changed_by_the_application(db_session) -> None:
    row = happen()
    with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|append-only"), db.session.begin_nested():
        db.session.execute(sa.update(events.Event).where(events.Event.id == row.id).values(name="x"))
