"""Newer rates wait for the affiliate's answer: accepted from their day, or paused on the old ones."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.affiliate import enrolments, programs, rates, statements, wording
from marketplace.affiliate.clocks import ACCEPT
from marketplace.affiliate.models import ProgramTerms
from marketplace.affiliate.sales_models import Line
from marketplace.errors import Refused
from marketplace.notifications.models import Notification
from marketplace.terms.models import Acceptance
from tests.affiliate.shop import click, later, open_shop, order, take
from tests.affiliate.world import World, world

APRIL = datetime(2026, 4, 1, 4, tzinfo=UTC)  # midnight of the first in New York
SECOND = timedelta(seconds=1)


def announce(here: World, bps: int = 500, valid_from: datetime = APRIL, **more) -> ProgramTerms:
    terms = programs.Terms(rules=(programs.percent(bps),), **more)
    return programs.announce_terms(here.program, terms, valid_from=valid_from, by=here.brand.actor)


def earned() -> list[tuple[str, int]]:
    rows = db.session.scalars(sa.select(Line).order_by(Line.occurred_at, Line.id))
    return [(row.reason, row.amount_minor) for row in rows]


def test_who_accepts_in_time_earns_the_old_rate_to_the_last_second_and_the_new_one_from_the_first(
    clock, run_jobs
) -> None:
    here = world()
    ann = here.affiliate("Ann", code="ANN")
    newer = announce(here)
    run_jobs()
    waits = deadlines.live(ACCEPT, ("enrolment", ann.enrolment.id))
    assert waits is not None
    assert (waits.owner_party_id, waits.due_at) == (ann.person.party.id, APRIL)
    enrolments.accept_terms(ann.enrolment, newer, by=ann.person.actor)
    assert deadlines.live(ACCEPT, ("enrolment", ann.enrolment.id)) is None
    accepted = db.session.scalars(sa.select(Acceptance.version_id).where(Acceptance.party_id == ann.person.party.id))
    assert newer.version_id in set(accepted)
    clock.freeze(APRIL + timedelta(days=2))
    deadlines.sweep()
    run_jobs()
    before, after = (order(1000, codes=(("ANN", 0),), at=at) for at in (APRIL - SECOND, APRIL))
    take(open_shop(here), after, before, later(after, "refunded", amount=500))
    assert earned() == [("credited", 100), ("credited", 50), ("credited", -25)]
    with pytest.raises(Refused, match="accepted these terms already"):
        enrolments.accept_terms(ann.enrolment, newer, by=ann.person.actor)


def test_who_does_not_accept_is_paused_by_the_clock_from_that_day_and_goes_on_once_she_does(clock, run_jobs) -> None:
    here = world()
    ann = here.affiliate("Ann", code="ANN")
    shop, newer = open_shop(here), announce(here)
    run_jobs()
    clock.freeze(APRIL + timedelta(hours=1))
    early = order(1000, codes=(("ANN", 0),), at=APRIL + SECOND)
    take(shop, early)  # before the clock ran: she had not accepted, so the order earns nothing either way
    deadlines.sweep()
    run_jobs()
    assert (ann.enrolment.state, ann.enrolment.waits_for_rates, ann.enrolment.paused_at) == ("paused", True, APRIL)
    told = db.session.scalars(sa.select(Notification.sentence).where(Notification.user_id == ann.person.user.id))
    assert any("paused" in sentence for sentence in told)
    take(shop, order(1000, codes=(("ANN", 0),), at=APRIL - SECOND), order(1000, codes=(("ANN", 0),)))
    with pytest.raises(Refused, match="wait for the affiliate’s answer"):
        enrolments.resume(ann.enrolment, by=here.brand.actor)
    clock.freeze(APRIL + timedelta(days=3))
    enrolments.accept_terms(ann.enrolment, newer, by=ann.person.actor)
    assert (ann.enrolment.state, ann.enrolment.waits_for_rates) == ("active", False)
    take(shop, order(1000, codes=(("ANN", 0),)), order(1000, codes=(("ANN", 0),), at=APRIL + timedelta(days=1)))
    assert earned() == [
        ("credited", 100), ("not_enrolled", 0), ("not_enrolled", 0), ("not_enrolled", 0), ("credited", 50),
    ]  # fmt: skip
    clock.freeze(datetime(2026, 6, 1, 12, tzinfo=UTC))
    assert sum(row.earned_minor for row in statements.close_due(here.program)) == 150


def test_accepting_between_the_day_and_the_clock_leaves_the_same_gap(clock, run_jobs) -> None:
    here = world()
    ann = here.affiliate("Ann", code="ANN")
    newer = announce(here)
    run_jobs()
    clock.freeze(APRIL + timedelta(seconds=30))
    enrolments.accept_terms(ann.enrolment, newer, by=ann.person.actor)
    assert ann.enrolment.state == "active"
    take(open_shop(here), order(1000, codes=(("ANN", 0),), at=APRIL + SECOND), order(1000, codes=(("ANN", 0),)))
    assert earned() == [("not_enrolled", 0), ("credited", 50)]


def test_a_change_of_the_window_alone_waits_for_nobody_and_a_withdrawn_change_stops_the_clock(clock, run_jobs) -> None:
    here = world()
    ann = here.affiliate("Ann")
    subject = ("enrolment", ann.enrolment.id)
    announce(here, 1000, window_seconds=86_400)
    run_jobs()
    assert deadlines.live(ACCEPT, subject) is None
    announce(here, 500)
    run_jobs()
    assert deadlines.live(ACCEPT, subject) is not None
    announce(here, 1000)  # the same rates as before, from the same day: the lower ones never come
    run_jobs()
    assert deadlines.live(ACCEPT, subject) is None
    clock.freeze(APRIL + timedelta(days=1))
    assert rates.standing(ann.enrolment).owed is None
    assert ann.enrolment.state == "active"


def test_an_answer_to_older_news_is_refused_and_terms_cannot_be_slipped_in_before_announced_ones(
    clock, run_jobs
) -> None:
    here = world()
    ann = here.affiliate("Ann")
    older = announce(here)
    with pytest.raises(Refused, match="announced already"):
        announce(here, 400, APRIL - SECOND)
    with pytest.raises(Refused, match="Nothing changes"):
        announce(here, valid_from=APRIL + SECOND)
    newest = announce(here, 400, APRIL + timedelta(days=30))
    with pytest.raises(Refused, match="Newer terms were announced"):
        enrolments.accept_terms(ann.enrolment, older, by=ann.person.actor)
    enrolments.accept_terms(ann.enrolment, newest, by=ann.person.actor)
    shop = open_shop(here)
    clock.freeze(APRIL + timedelta(days=40))
    for at in (APRIL - SECOND, APRIL, APRIL + timedelta(days=30)):
        take(shop, order(10_000, clicks=(click(ann.link, at),), at=at))
    assert [amount for _, amount in earned()] == [1000, 500, 400]


def test_who_joins_after_an_announcement_is_asked_and_who_the_brand_paused_stays_paused(clock, run_jobs) -> None:
    here = world()
    bea = here.affiliate("Bea")
    newer = announce(here)
    ann = here.affiliate("Ann")
    assert deadlines.live(ACCEPT, ("enrolment", ann.enrolment.id)) is not None
    enrolments.pause(bea.enrolment, by=here.brand.actor)
    clock.freeze(APRIL + timedelta(days=1))
    deadlines.sweep()
    run_jobs()
    enrolments.accept_terms(bea.enrolment, newer, by=bea.person.actor)
    assert (bea.enrolment.state, ann.enrolment.state) == ("paused", "paused")
    enrolments.resume(bea.enrolment, by=here.brand.actor)
    assert (bea.enrolment.state, ann.enrolment.waits_for_rates) == ("active", True)


def test_a_line_names_the_terms_its_rates_were_accepted_with_and_whose_window_counted(client, clock, run_jobs) -> None:
    here = world()
    ann = here.affiliate("Ann", code="ANN")
    began = wording.day_in(ann.enrolment.active_from, here.program.zone)
    announce(here, 1000, window_seconds=86_400)
    clock.freeze(APRIL + timedelta(days=2))
    take(open_shop(here), order(1000, number="N-1", codes=(("ANN", 0),), at=APRIL))
    client.sign_in(ann.person)
    row = db.session.scalars(sa.select(Line)).one()
    answer = client.get(f"/statements/lines/{db.short(ann.enrolment.id)}/{db.short(row.id)}")
    told = " ".join(answer.text.split())
    assert f"You accepted these terms (version 1); they began on {began}," in told
    assert "The window and the code rule are those of the program’s version 2." in told
