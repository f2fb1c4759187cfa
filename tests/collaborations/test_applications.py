"""Applying: the clock starts, silence ends it with an apology, a no has a reason."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.collaborations import applications, clocks
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.models import Application
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.messaging import queries as messages
from marketplace.terms import queries as terms_queries
from tests.factories import creator
from tests.factories_deals import applied, offered, sides


def test_applying_starts_the_clock_to_answer_an_application(clock) -> None:
    between = sides()
    application = applied(between)
    running = deadlines.live(clocks.ANSWER, ("application", application.id))
    assert application.state == "submitted"
    assert running.owner_party_id == between.brand.party.id
    assert running.room_id == application.id
    assert (running.due_at - time.now()).days == 3


def test_applications_branch_from_the_briefs_version() -> None:
    between = sides()
    application = applied(between, fee=35_000)
    version = terms_queries.version(application.proposal_version_id)
    assert version.kind == "application"
    assert version.parent_id == between.brief.version_id
    assert version.body["parts"][0]["amount"] == 35_000
    assert terms_queries.chain_holds(version)


def test_an_application_expires_with_an_apology_when_the_brand_is_silent(clock, run_jobs) -> None:
    between = sides()
    application = applied(between)
    run_jobs()
    clock.travel(timedelta(days=4))
    deadlines.sweep()
    run_jobs()
    db.session.refresh(application)
    assert application.state == "expired"
    fact = db.session.scalars(sa.select(Event).where(Event.name == "collaborations.expired")).one()
    assert fact.data["silent_party_id"] == str(between.brand.party.id)


def test_an_answered_application_does_not_expire(clock, run_jobs) -> None:
    between = sides()
    application = applied(between)
    collaborations.decline(application, "full", "", by=between.brand.actor)
    clock.travel(timedelta(days=9))
    deadlines.sweep()
    run_jobs()
    assert application.state == "declined"


def test_shortlisting_gives_the_same_days_once_more(clock) -> None:
    between = sides()
    application = applied(between)
    clock.travel(timedelta(days=2))
    collaborations.shortlist(application, by=between.brand.actor)
    running = deadlines.live(clocks.ANSWER, ("application", application.id))
    assert (running.due_at - time.now()).days == 3
    with pytest.raises(Refused, match="Only a new application"):
        collaborations.shortlist(application, by=between.brand.actor)


@pytest.mark.parametrize(
    ("reason", "note", "field"), [("", "", "reason"), ("bad", "x", "reason"), ("other", " ", "note")]
)
def test_declining_needs_a_reason(reason, note, field) -> None:
    between = sides()
    application = applied(between)
    with pytest.raises(Refused) as refusal:
        collaborations.decline(application, reason, note, by=between.brand.actor)
    assert (refusal.value.status, refusal.value.field) == (422, field)
    assert application.state == "submitted"


def test_a_creator_applies_once_to_a_brief() -> None:
    between = sides()
    applied(between)
    with pytest.raises(Refused, match="already applied"):
        applied(between)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Application)) == 1


def test_a_creator_withdraws_and_every_clock_stops() -> None:
    between = sides()
    application = offered(between)
    collaborations.withdraw(application, by=between.creator.actor)
    assert application.state == "withdrawn"
    assert deadlines.in_rooms([application.id]) == []
    with pytest.raises(Refused, match="closed"):
        collaborations.withdraw(application, by=between.creator.actor)


def test_a_paused_brief_takes_no_applications() -> None:
    from marketplace.briefs import service as briefs

    between = sides()
    briefs.pause(between.brief, by=between.brand.actor)
    with pytest.raises(Refused, match="takes no applications"):
        applied(between)


def test_a_pitch_is_a_first_message() -> None:
    between = sides()
    row = applications.save_draft(between.brief, "See www.evil.example/pay", None, by=between.creator.actor)
    with pytest.raises(Refused) as refusal:
        collaborations.submit(row, by=between.creator.actor)
    assert refusal.value.field == "pitch"
    assert row.state == "draft"


def test_an_application_opens_a_thread_for_its_two_sides() -> None:
    between = sides()
    application = applied(between)
    thread = messages.of_room(application.id)
    assert messages.own_thread(between.brand.actor, thread.id) is not None
    assert messages.own_thread(creator("Nosy").actor, thread.id) is None


def test_what_was_begun_signed_out_is_found_by_its_token_only() -> None:
    between = sides()
    token = applications.begin_signed_out(between.brief, {"pitch": "Hello"})
    assert applications.pending(token, between.brief).body == {"pitch": "Hello"}
    assert applications.pending(token + "x", between.brief) is None
    assert applications.pending(None, between.brief) is None
