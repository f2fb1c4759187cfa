"""An announced holiday stops the clocks its creator owns, keeps what is left, and the pages say so."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.authz import CLOCK
from marketplace.content import clocks
from marketplace.creators import holidays, queries
from marketplace.creators.jobs import keep_holidays
from marketplace.creators.models import Holiday
from marketplace.deadlines import Deadline
from marketplace.errors import Refused
from marketplace.notifications import tell
from tests.factories import Person, creator
from tests.factories_deals import active, drafted, piece_of, sides

# The clock stands at noon UTC on Monday 2 March 2026; creators live in New York, five hours behind.
FROM, UNTIL = date(2026, 3, 4), date(2026, 3, 10)


def announced(who: Person, first: date = FROM, last: date = UNTIL) -> Holiday:
    return holidays.announce(who.party, first, last, by=who.actor)


def draft_clock(deal) -> Deadline:
    found = deadlines.live(clocks.DRAFT, ("deliverable", piece_of(deal).id))
    assert found is not None
    return found


def test_her_clocks_stand_still_from_the_first_midnight_to_the_last_and_keep_their_days(
    client, clock, run_jobs
) -> None:
    between = sides()
    deal = active(between)
    row = draft_clock(deal)
    due = row.due_at
    announced(between.creator)
    run_jobs()
    client.sign_in(between.brand)
    assert "on holiday from Mar 4, 2026 to Mar 10, 2026" in client.get("/notifications").text
    keep_holidays()
    assert row.state == "running", "announced is not begun"
    clock.freeze(datetime(2026, 3, 4, 5, 3, tzinfo=UTC))  # three minutes into the day in New York
    keep_holidays()
    assert (row.state, row.holds) == ("paused", ["holiday"])
    room = f"/deals/{db.short(deal.id)}"
    assert "on holiday until Mar 10, 2026, then it goes on" in client.get(room).text
    assert tell.away(between.creator.user)
    client.sign_in(between.creator)
    assert "on holiday" in client.get("/home").text
    clock.freeze(datetime(2026, 3, 10, 20, tzinfo=UTC))
    deadlines.sweep()
    assert row.state == "paused"
    clock.freeze(datetime(2026, 3, 11, 4, 2, tzinfo=UTC))
    keep_holidays()
    assert (row.state, row.due_at) == ("running", due + timedelta(days=7)), "summer time or not"
    assert not tell.away(between.creator.user)


def test_the_brands_clocks_run_on_and_hers_that_start_meanwhile_wait(clock, run_jobs) -> None:
    between = sides()
    deal = active(between)
    drafted(piece_of(deal), between.creator)
    announced(between.creator)
    clock.freeze(datetime(2026, 3, 4, 12, tzinfo=UTC))
    keep_holidays()
    review = deadlines.live(clocks.REVIEW, ("deliverable", piece_of(deal).id))
    assert (review.owner_party_id, review.state) == (between.brand.party.id, "running")
    hers = deadlines.start(
        clocks.PUBLISH,
        owner=between.creator.party.id,
        subject=("thing", db.new_id()),
        zone="America/New_York",
        by=CLOCK,
    )
    whole = hers.due_at - time.now()
    clock.travel(timedelta(minutes=5))
    keep_holidays()
    assert hers.state == "paused"
    holiday = db.session.scalars(sa.select(Holiday)).one()
    holidays.call_off(holiday, by=between.creator.actor)
    assert (holiday.state, hers.state, hers.due_at) == ("called_off", "running", time.now() + whole)


def test_a_clock_on_hold_for_two_reasons_goes_on_when_both_are_gone(clock) -> None:
    between = sides()
    row = draft_clock(active(between))
    announced(between.creator)
    deadlines.pause(row, by=CLOCK, why="dispute")
    clock.freeze(datetime(2026, 3, 5, 12, tzinfo=UTC))
    keep_holidays()
    assert row.holds == ["dispute", "holiday"]
    clock.freeze(datetime(2026, 3, 12, 12, tzinfo=UTC))
    keep_holidays()
    assert (row.state, row.holds) == ("paused", ["dispute"])
    deadlines.resume(row, by=CLOCK, why="dispute")
    assert row.state == "running"


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (date(2026, 3, 2), date(2026, 3, 5), "a day ahead"),
        (date(2026, 3, 5), date(2026, 3, 4), "before the first"),
        (date(2026, 3, 5), date(2026, 4, 20), "42 days at most"),
        (date(2027, 3, 5), date(2027, 3, 9), "within a year"),
        (date(2026, 3, 10), date(2026, 3, 12), "announced a holiday in these days"),
    ],
)
def test_days_that_make_no_sense_are_refused(clock, first: date, last: date, sentence: str) -> None:
    who = creator()
    announced(who)
    with pytest.raises(Refused, match=sentence):
        announced(who, first, last)


def test_she_announces_and_calls_off_on_a_page_and_her_media_kit_says_so(client, clock) -> None:
    who = creator()
    client.sign_in(who)
    assert client.submit("/profile/holidays", {"from_day": "2026-03-02", "until_day": "2026-03-04"}).status_code == 422
    assert client.submit("/profile/holidays", {"from_day": "2026-03-04", "until_day": "2026-03-10"}).status_code == 303
    assert "Mar 4, 2026 to Mar 10, 2026" in client.get("/profile/holidays").text
    kit = f"/@{queries.profile(who.party.id).handle}"
    assert "On holiday from" in client.get(kit).text
    holiday = db.session.scalars(sa.select(Holiday)).one()
    client.submit(f"/profile/holidays/{db.short(holiday.id)}/call-off")
    assert "No holiday is announced" in client.get("/profile/holidays").text
    assert "On holiday" not in client.get(kit).text


def test_a_day_announced_to_everybody_is_not_moved_by_one_persons_holiday(clock) -> None:
    who = creator()
    fixed = deadlines.kind("tests.fixed", days=4, asks="Read it", silence="It holds", fixed=True)
    row = deadlines.start(fixed, owner=who.party.id, subject=("test", db.new_id()), zone="UTC", by=CLOCK)
    announced(who)
    clock.freeze(datetime(2026, 3, 4, 6, tzinfo=UTC))
    keep_holidays()
    deadlines.KINDS.pop(fixed.name)
    assert row.state == "running"
