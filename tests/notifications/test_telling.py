"""Who hears what, and how: at once for money, signatures and the last day of a clock, else one digest a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.authz import CLOCK
from marketplace.collaborations import service as collaborations
from marketplace.content import service as content
from marketplace.contracts import service as contracts
from marketplace.notifications import digest, queries, service, tell
from marketplace.notifications.models import Mail, Notification
from marketplace.terms import queries as terms
from tests import factories
from tests import factories_deals as deals

TEST = deadlines.kind("tests.answer", days=3, asks="Answer the letter", silence="it is burnt.")


def told(person: factories.Person) -> list[str]:
    """The lines of a person, the oldest first."""
    return list(
        db.session.scalars(
            sa.select(Notification.event).where(Notification.user_id == person.user.id).order_by(Notification.id)
        )
    )


def mailed(person: factories.Person) -> list[str]:
    """The subjects mailed to a person, the oldest first."""
    return list(db.session.scalars(sa.select(Mail.subject).where(Mail.to == person.user.email).order_by(Mail.id)))


def test_an_application_is_told_in_the_app_and_not_mailed_at_once(run_jobs: Any) -> None:
    sides = deals.sides()
    deals.applied(sides)
    run_jobs()
    assert told(sides.brand) == ["brands.verified", "collaborations.applied"]
    assert mailed(sides.brand) == []


def test_signatures_are_asked_for_by_mail_at_once(run_jobs: Any) -> None:
    sides = deals.sides()
    contract = deals.drawn_up(sides)
    run_jobs()
    for person in (sides.creator, sides.brand):
        assert any("waits for your signature" in subject for subject in mailed(person))
    asks = sa.select(Mail.html).where(Mail.subject.contains("waits for your signature"))
    for html in db.session.scalars(asks):
        assert "You get this because it waits for you." in html
        assert "Read it and sign it by " in html
        assert "unsigned, the deal ends then" in html
    deals.sign(contract, sides.creator)
    run_jobs()
    assert any("has signed the contract" in subject for subject in mailed(sides.brand))
    assert not any("has signed the contract" in subject for subject in mailed(sides.creator))


def test_money_is_mailed_at_once_to_who_pays_for_the_brand(run_jobs: Any) -> None:
    sides = deals.sides()
    finance = factories.colleague(sides.brand, "finance")
    reviewer = factories.colleague(sides.brand, "reviewer")
    deals.signed(sides)
    run_jobs()
    assert any("$300.00" in subject for subject in mailed(finance))
    assert not any("$300.00" in subject for subject in mailed(reviewer))


def test_the_last_day_of_a_clock_is_mailed_at_once_unless_she_is_away(run_jobs: Any, clock: Any) -> None:
    at_home, away = factories.creator(), factories.creator()
    service.choose(away.actor, digest=True, digest_hour=8, away_until=date(2026, 3, 20))
    for person in (at_home, away):
        deadlines.start(TEST, owner=person.party.id, subject=("letter", db.new_id()), zone="UTC", by=CLOCK)
    clock.travel(timedelta(days=3))
    deadlines.sweep()
    run_jobs()
    assert told(at_home) == told(away) == ["deadlines.near"]
    assert mailed(at_home) == ["Less than a day left: Answer the letter"]
    assert mailed(away) == []


def test_the_reminder_names_the_deal_and_the_other_side_and_leads_to_what_is_due(run_jobs: Any, clock: Any) -> None:
    sides = deals.sides()
    contract = deals.drawn_up(sides)
    clock.travel(timedelta(days=2))
    deadlines.sweep()
    run_jobs()
    asked = "Less than a day left: Read and sign the contract, “A reel about the new Ceylon tin” with Bramble Tea"
    assert asked in mailed(sides.creator)
    letter = db.session.scalars(sa.select(Mail).where(Mail.to == sides.creator.user.email, Mail.subject == asked)).one()
    assert "“A reel about the new Ceylon tin”, with Bramble Tea." in letter.text
    assert f"/deals/{db.short(contract.deal_id)}/contract" in letter.text


def test_everything_else_is_one_digest_at_the_hour_a_person_chose(run_jobs: Any, clock: Any) -> None:
    person = factories.creator()
    person.user.zone = "Asia/Tokyo"  # noon UTC is 21:00 there
    service.choose(person.actor, digest=True, digest_hour=22, away_until=None)
    for number in range(3):
        tell.user(person.user, "affiliate.enrolled", "/links", program=f"Program {number}")
    digest.sweep()
    run_jobs()
    assert mailed(person) == [], "it is not her hour yet"
    clock.travel(timedelta(hours=1))
    for _ in range(2):
        digest.sweep()
        run_jobs()
    assert mailed(person) == ["3 things are new for you"]
    tell.user(person.user, "affiliate.enrolled", "/links", program="Program 4")
    digest.sweep()
    run_jobs()
    assert len(mailed(person)) == 1, "one a day"
    clock.travel(timedelta(days=1))
    digest.sweep()
    run_jobs()
    assert mailed(person)[1:] == ["One thing is new for you"]


def test_what_was_read_or_mailed_at_once_is_not_in_the_digest(run_jobs: Any, clock: Any) -> None:
    clock.freeze(datetime(2026, 3, 2, 20, tzinfo=UTC))
    person = factories.creator()
    service.read(tell.user(person.user, "affiliate.enrolled", "/links", program="Read"))
    tell.user(person.user, "payments.payout_paid", "/earnings", urgent=True, amount="$5.00")
    digest.sweep()
    run_jobs()
    assert mailed(person) == ["$5.00 is on its way to your bank"]


def test_what_was_asked_and_is_done_is_settled_for_the_whole_team_and_in_no_digest(run_jobs: Any, clock: Any) -> None:
    sides = deals.sides()
    manager, reviewer = (factories.colleague(sides.brand, role) for role in ("manager", "reviewer"))
    application = deals.applied(sides)
    run_jobs()
    assert asked_of(manager) == ["collaborations.applied"]
    collaborations.offer(application, deals.same_terms(application, fee=31_000), by=sides.brand.actor)
    run_jobs()
    assert asked_of(manager) == [], "her colleague has answered"
    assert asked_of(sides.creator) == ["collaborations.offered"]
    latest = terms.version(application.proposal_version_id)
    deals.payable(sides.creator)
    contracts.draw_up(collaborations.accept(application, latest, by=sides.creator.actor), by=CLOCK)
    run_jobs()
    assert asked_of(sides.creator)[-1:] == ["contracts.drawn_up"]
    assert "collaborations.offered" not in asked_of(sides.creator)
    assert "collaborations.accepted" in asked_of(manager), "news that asks for nothing stays until it is read"
    clock.travel(timedelta(hours=8))
    digest.sweep()
    run_jobs()
    letter = db.session.scalars(sa.select(Mail).where(Mail.to == manager.user.email).order_by(Mail.id.desc())).first()
    assert "accepted your terms" in letter.text
    assert "applied to" not in letter.text
    assert asked_of(reviewer) == []


def test_a_review_settles_the_line_that_asked_for_it_and_what_silence_leaves_owed_stays(
    run_jobs: Any, clock: Any
) -> None:
    sides = deals.sides()
    reviewer = factories.colleague(sides.brand, "reviewer")
    piece = deals.piece_of(deals.active(sides))
    deals.drafted(piece, sides.creator)
    run_jobs()
    assert asked_of(reviewer) == ["content.draft_submitted"]
    content.request_changes(piece, [content.Ask("must_haves.0", "Name the tea.")], by=sides.brand.actor)
    run_jobs()
    assert asked_of(reviewer) == []
    assert "content.changes_requested" in asked_of(sides.creator)
    clock.travel(timedelta(days=40))
    deadlines.sweep()
    assert "content.changes_requested" in asked_of(sides.creator), "late, and owed as before"
    deals.drafted(piece, sides.creator)
    clock.travel(timedelta(days=10))
    deadlines.sweep()
    run_jobs()
    assert asked_of(reviewer) == ["content.draft_approved.silence"], "what silence did settles what was asked"


def test_an_offer_that_was_countered_before_it_was_told_asks_nothing(run_jobs: Any) -> None:
    sides = deals.sides()
    application = deals.offered(sides)
    collaborations.counter(application, deals.same_terms(application, fee=35_000), by=sides.creator.actor)
    run_jobs()
    assert "collaborations.offered" in told(sides.creator)
    assert "collaborations.offered" not in asked_of(sides.creator)
    assert "collaborations.countered" in asked_of(sides.brand)


def test_what_is_done_before_it_is_told_is_not_mailed(run_jobs: Any) -> None:
    sides = deals.sides()
    deals.sign(deals.drawn_up(sides), sides.creator)
    run_jobs()
    assert not any("waits for your signature" in subject for subject in mailed(sides.creator))
    assert any("waits for your signature" in subject for subject in mailed(sides.brand))


def asked_of(person: factories.Person) -> list[str]:
    """The lines a person has still to read, the oldest first, without what made her brand known."""
    lines = sa.select(Notification.event).where(Notification.user_id == person.user.id, queries.is_unread())
    return [event for event in db.session.scalars(lines.order_by(Notification.id)) if event != "brands.verified"]


@pytest.mark.parametrize(
    "choice", [{"digest": False, "away_until": None}, {"digest": True, "away_until": date(2026, 3, 9)}]
)
def test_no_digest_for_who_wants_none_or_is_away(run_jobs: Any, clock: Any, choice: dict[str, Any]) -> None:
    clock.freeze(datetime(2026, 3, 2, 23, tzinfo=UTC))
    person = factories.creator()
    service.choose(person.actor, digest_hour=8, **choice)
    tell.user(person.user, "affiliate.enrolled", "/links", program="Program")
    digest.sweep()
    run_jobs()
    assert mailed(person) == []


def test_the_whole_path_of_a_deal_is_told_to_both_sides(run_jobs: Any) -> None:
    sides = deals.sides()
    deal = deals.active(sides)
    deals.published(deals.piece_of(deal), sides)
    run_jobs()
    assert [event for event in told(sides.creator) if not event.startswith("payments.")] == [
        "collaborations.offered",
        "contracts.drawn_up",
        "contracts.signed.fully",
        "collaborations.deal_active",
        "content.draft_approved",
    ]
    assert [event for event in told(sides.brand)[1:] if not event.startswith("payments.")] == [
        "collaborations.applied",
        "collaborations.accepted",
        "contracts.drawn_up",
        "contracts.signed",
        "collaborations.funding_due",
        "content.draft_submitted",
        "content.published",
    ]
