"""A brief goes from draft to archive; its terms have a memory."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, events
from marketplace.briefs import jobs, queries, service
from marketplace.errors import Refused
from marketplace.terms import queries as terms
from tests import factories


def names_of_events(brief) -> list[str]:
    return list(db.session.scalars(sa.select(events.Event.name).where(events.Event.subject_id == brief.id)))


def test_publishing_makes_the_body_terms_version_one() -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand)
    assert brief.state == "published"
    assert brief.body == factories.brief_body()
    assert brief.version.number == 1
    assert terms.chain_holds(brief.version)
    assert "briefs.published" in names_of_events(brief)


def test_a_brief_pauses_resumes_closes_and_is_archived() -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand)
    for verb, state in (
        (service.pause, "paused"), (service.resume, "published"),
        (service.close, "closed"), (service.archive, "archived"),
    ):  # fmt: skip
        verb(brief, by=brand.actor)
        assert brief.state == state


def test_an_illegal_move_is_refused_in_words() -> None:
    brand = factories.brand()
    brief = factories.draft_brief(brand)
    with pytest.raises(Refused, match="Only a published brief can be paused"):
        service.pause(brief, by=brand.actor)


def test_an_unverified_brand_cannot_publish_on_an_open_marketplace() -> None:
    brand = factories.brand(verified=False)
    with pytest.raises(Refused, match="not verified") as refusal:
        factories.published_brief(brand)
    assert refusal.value.status == 403


def test_an_incomplete_brief_is_refused_with_what_is_missing() -> None:
    brand = factories.brand()
    with pytest.raises(Refused, match="Name the amount you pay"):
        factories.published_brief(brand, parts=[{"kind": "fee", "amount": 0}])


def test_a_brief_edited_after_publishing_writes_a_new_version_with_a_visible_diff() -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand)
    first = brief.version
    service.save(brief, factories.brief_body(parts=[{"kind": "fee", "amount": 35_000}]), by=brand.actor)
    assert brief.body["parts"][0]["amount"] == 30_000  # nothing binding has changed yet
    service.revise(brief, by=brand.actor)
    assert [v.number for v in queries.versions(brief)] == [1, 2]
    assert terms.diff(first.body, brief.body) == [terms.Change("parts.0.amount", 30_000, 35_000)]
    assert brief.fee_minor == 35_000


def test_revising_without_a_change_is_refused() -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand)
    with pytest.raises(Refused, match="Nothing has changed"):
        service.revise(brief, by=brand.actor)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ({"posting_from": "2099-12-10", "posting_until": "2099-12-01"}, "Posting ends before it begins"),
        ({"posting_until": "2020-12-01"}, "The last day to post has passed"),
    ],
)
def test_impossible_days_to_post_are_refused(days, sentence) -> None:
    brand = factories.brand()
    factories.card(brand)
    draft = factories.draft_brief(brand, **days)
    with pytest.raises(Refused, match=sentence) as refusal:
        service.publish(draft, by=brand.actor)
    assert (refusal.value.status, draft.state) == (422, "draft")
    brief = factories.published_brief(brand)
    service.save(brief, factories.brief_body(**days), by=brand.actor)
    with pytest.raises(Refused, match=sentence):
        service.revise(brief, by=brand.actor)


def test_a_brief_closes_by_itself_after_its_apply_by_day_in_the_brands_zone(clock) -> None:
    brand = factories.brand(country="US")
    brief = factories.published_brief(brand, apply_by=time.today(brand.party.zone).isoformat())
    clock.freeze(time.end_of_day(date.fromisoformat(brief.body["apply_by"]), brand.party.zone) - timedelta(minutes=1))
    jobs.close_overdue()
    assert brief.state == "published"
    clock.travel(timedelta(minutes=2))
    jobs.close_overdue()
    assert brief.state == "closed"


def test_duplicating_a_brief_keeps_the_words_and_drops_the_dates() -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand, apply_by="2099-01-01")
    copy = service.duplicate(brief, by=brand.actor)
    assert copy.state == "draft"
    assert copy.draft["summary"] == brief.body["summary"]
    assert copy.draft["apply_by"] is None


def test_only_the_invited_see_a_private_brief() -> None:
    brand, invited, other = factories.brand(), factories.creator(), factories.creator("Otto Other")
    brief = factories.draft_brief(brand)
    factories.card(brand)
    service.save(brief, brief.draft, private=True, by=brand.actor)
    service.publish(brief, by=brand.actor)
    service.invite(brief, invited.party, by=brand.actor)
    assert queries.visible_brief(invited.actor, brief.id) is not None
    assert queries.visible_brief(other.actor, brief.id) is None
    assert queries.search(queries.Search()).total == 0


def test_fee_plus_commission_is_one_brief() -> None:
    both = [
        {"kind": "fee", "amount": 20_000},
        {"kind": "commission", "program_id": None, "rate_bps": 1200, "hold_days": 30},
    ]
    brief = factories.published_brief(parts=both)
    assert brief.kinds == ["pay_per_post", "affiliate"]
