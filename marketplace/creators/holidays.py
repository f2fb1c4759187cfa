"""Announced holidays: while one runs, every clock its creator owns stands still and keeps what is left.

A holiday is announced at least a day ahead, so that nobody goes on holiday from a draft that is due
tonight. It begins and ends at midnight where she lives; `keep` does both, and puts clocks that start
meanwhile on hold too. The clocks of the other side run on, and so does the hold-age of money.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import CLOCK, Actor
from marketplace.creators.events import HolidayAnnounced, HolidayCalledOff
from marketplace.creators.models import Holiday
from marketplace.creators.states import HOLIDAY, HolidayState
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance

WHY = "holiday"  # the reason on a clock that is on hold for one
MOST_DAYS = 42  # in one holiday
FURTHEST = timedelta(days=366)
LIVE = (HolidayState.ANNOUNCED, HolidayState.RUNNING)


def announce(party: Party, from_day: date, until_day: date, *, by: Actor) -> Holiday:
    """She is away from the first to the last day, both included.

    Raises Refused (422) for days that make no sense, that begin today or earlier, or that meet another holiday.
    """
    _check(party, from_day, until_day)
    db.lock(party)
    meets = sa.select(Holiday.id).where(
        Holiday.party_id == party.id,
        Holiday.state.in_(LIVE),
        Holiday.from_day <= until_day,
        Holiday.until_day >= from_day,
    )
    if db.session.scalar(meets.limit(1)):
        raise Refused(gettext("You have announced a holiday in these days already."), status=422, field="from_day")
    row = Holiday(
        id=db.new_id(), party_id=party.id, from_day=from_day, until_day=until_day, zone=party.zone,
        state=HolidayState.ANNOUNCED.value, announced_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    emit(HolidayAnnounced(row.id, party.id), by=by)
    return row


def _check(party: Party, from_day: date, until_day: date) -> None:
    today = clock.today(party.zone)
    if from_day <= today:
        sentence = gettext("A holiday is announced a day ahead at least. Choose tomorrow or later.")
        raise Refused(sentence, status=422, field="from_day")
    if until_day < from_day:
        raise Refused(gettext("The last day lies before the first."), status=422, field="until_day")
    if (until_day - from_day).days >= MOST_DAYS:
        sentence = gettext("A holiday has %(n)s days at most. Announce the rest on its own.", n=MOST_DAYS)
        raise Refused(sentence, status=422, field="until_day")
    if until_day > today + FURTHEST:
        raise Refused(gettext("Choose days within a year."), status=422, field="until_day")


def call_off(holiday: Holiday, *, by: Actor) -> Holiday:
    """She is back, or never goes: her clocks run on from now."""
    running = holiday.state == HolidayState.RUNNING
    fact = HolidayCalledOff(holiday.id, holiday.party_id)
    advance(HOLIDAY, holiday, "call_off", by=by, fact=fact)
    if running:
        _go_on(holiday.party_id, clock.now(), by=by)
    return holiday


def keep() -> None:
    """Begin the holidays whose first day has come, end those whose last is over, hold what started meanwhile."""
    for holiday in _live():
        begins = clock.start_of_day(holiday.from_day, holiday.zone)
        ends = clock.end_of_day(holiday.until_day, holiday.zone)
        if holiday.state == HolidayState.ANNOUNCED and begins <= clock.now():
            advance(HOLIDAY, holiday, "begin", by=CLOCK)
        if holiday.state != HolidayState.RUNNING:
            continue
        if ends <= clock.now():
            advance(HOLIDAY, holiday, "end", by=CLOCK)
            _go_on(holiday.party_id, ends, by=CLOCK)
        else:
            _hold(holiday.party_id, begins)


def _live() -> list[Holiday]:
    """Each under its lock, in id order; what another sweep holds is left to it."""
    rows = sa.select(Holiday).where(Holiday.state.in_(LIVE)).order_by(Holiday.id)
    return list(db.session.scalars(rows.with_for_update(skip_locked=True)))


def _hold(party_id: UUID, since: datetime) -> None:
    """Stop her clocks as of `since`, or of their start; what was due by then is not saved by a holiday.

    Nor is a day that was announced to everybody alike: the new rates of a program begin for all at once.
    """
    for row in deadlines.owned_by(party_id):
        if WHY not in row.holds and not row.what.fixed and row.due_at > since:
            deadlines.pause(row, by=CLOCK, why=WHY, at=max(since, row.started_at))


def _go_on(party_id: UUID, at: datetime, *, by: Actor) -> None:
    for row in deadlines.owned_by(party_id):
        if WHY in row.holds:
            deadlines.resume(row, by=by, why=WHY, at=at)


def now_away(party_ids: set[UUID]) -> dict[UUID, date]:
    """Who of these is on holiday now, and until which day, that day included."""
    rows = db.session.execute(
        sa.select(Holiday.party_id, Holiday.until_day).where(
            Holiday.party_id.in_(party_ids), Holiday.state == HolidayState.RUNNING
        )
    )
    return {row.party_id: row.until_day for row in rows}


def coming(party_id: UUID) -> list[Holiday]:
    """Her running and announced holidays, soonest first."""
    rows = sa.select(Holiday).where(Holiday.party_id == party_id, Holiday.state.in_(LIVE))
    return list(db.session.scalars(rows.order_by(Holiday.from_day)))


def own(actor: Actor, holiday_id: UUID) -> Holiday | None:
    """A holiday of the acting creator."""
    return db.session.scalar(sa.select(Holiday).where(Holiday.id == holiday_id, Holiday.party_id == actor.party_id))
