"""Clocks: due at the end of the owner's day, reminding once, passing once, pausing exactly."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock, db, deadlines, events
from marketplace.authz import CLOCK

REVIEW = deadlines.kind("tests.review", days=3, working=True, asks="Review it.", silence="It is approved.")
FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)


def begin() -> deadlines.Deadline:
    return deadlines.start(REVIEW, owner=db.new_id(), subject=("draft", db.new_id()), zone="America/New_York", by=CLOCK)


def names() -> list[str]:
    return list(db.session.scalars(sa.select(events.Event.name).where(events.Event.name.like("deadlines.%"))))


def test_a_clock_is_due_at_the_end_of_the_nth_working_day_in_its_owners_zone() -> None:
    with clock.at(FRIDAY):
        assert begin().due_at == datetime(2026, 11, 26, 5, tzinfo=UTC)  # midnight after Wednesday


def test_silence_reminds_once_and_passes_once() -> None:
    with clock.at(FRIDAY):
        row = begin()
    with clock.at(row.due_at - timedelta(hours=3)):
        deadlines.sweep()
        deadlines.sweep()
    with clock.at(row.due_at):
        deadlines.sweep()
        deadlines.sweep()
    assert row.state == "passed"
    assert names() == ["deadlines.near", "deadlines.passed"]


def test_a_paused_clock_keeps_its_remainder() -> None:
    with clock.at(FRIDAY):
        row = begin()
        left = row.due_at - clock.now()
        deadlines.pause(row, by=CLOCK)
    later = FRIDAY + timedelta(days=30)
    with clock.at(later):
        deadlines.sweep()
        deadlines.resume(row, by=CLOCK)
    assert row.state == "running"
    assert row.due_at == later + left


def test_a_subject_has_one_live_clock_of_a_kind() -> None:
    row = begin()
    with pytest.raises(sa.exc.IntegrityError), db.session.begin_nested():
        deadlines.start(
            REVIEW,
            owner=row.owner_party_id,
            subject=(row.subject_type, row.subject_id),
            zone="UTC",
            by=CLOCK,
        )
