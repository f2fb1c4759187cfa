"""Draft, changes, approval, publication, confirmation: by people, or by the clock."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.collaborations import deals
from marketplace.collaborations.models import Deal
from marketplace.content import clocks, queries, service
from marketplace.content.models import Deliverable
from marketplace.content.service import Ask
from marketplace.errors import Refused
from marketplace.events import Event
from tests.factories_deals import active, drafted, picture, piece_of, published, sides

ITEM = Ask("must_haves.0", "The tin is hidden behind the cup.")
GIFT = [{"kind": "gift", "mode": "for_content", "product_id": None, "value": 2_400}]


def live(kind, piece: Deliverable):
    return deadlines.live(kind, ("deliverable", piece.id))


def test_an_active_deal_plans_its_pieces_with_equal_shares_and_a_clock() -> None:
    between = sides(deliverables=[{"platform": "instagram", "format": "reel", "count": 3, "due_days": 10}])
    deal = active(between, fee=10_000)
    pieces = queries.of_deal(deal.id)
    assert [piece.share_minor for piece in pieces] == [3_334, 3_333, 3_333]
    assert {live(clocks.DRAFT, piece).owner_party_id for piece in pieces} == {between.creator.party.id}
    assert service.plan(deal, by=between.brand.actor) == pieces


def test_a_draft_stops_its_clock_and_starts_the_review(clock) -> None:
    between = sides()
    piece = piece_of(active(between))
    draft = drafted(piece, between.creator)
    assert (piece.state, draft.number, draft.verdict["colour"]) == ("draft_submitted", 1, "green")
    assert live(clocks.DRAFT, piece) is None
    review = live(clocks.REVIEW, piece)
    assert review.owner_party_id == between.brand.party.id
    assert (review.due_at - time.now()).days == 3  # Monday and three working days


def test_a_red_draft_goes_back_with_the_fix_and_starts_no_review_clock() -> None:
    between = sides()
    piece = piece_of(active(between))
    draft = drafted(piece, between.creator, caption="Thanks to Bramble Tea for this tin #collab")
    assert (piece.state, draft.verdict["colour"]) == ("changes_requested", "red")
    assert "#ad" in draft.verdict["fix"]
    assert live(clocks.REVIEW, piece) is None
    assert live(clocks.DRAFT, piece) is not None
    assert piece.rounds_used == 0
    drafted(piece, between.creator)
    assert piece.state == "draft_submitted"


def test_silence_approves_a_draft_and_publishes_for_nobody(clock, run_jobs) -> None:
    between = sides()
    piece = piece_of(active(between))
    drafted(piece, between.creator)
    run_jobs()
    clock.travel(timedelta(days=5))
    deadlines.sweep()
    run_jobs()
    db.session.expire_all()
    piece = db.session.get_one(Deliverable, piece.id)
    assert (piece.state, piece.by_silence, piece.published_at) == ("approved", True, None)
    assert live(clocks.PUBLISH, piece).owner_party_id == between.creator.party.id
    fact = db.session.scalars(sa.select(Event).where(Event.name == "content.draft_approved")).one()
    assert (fact.actor_kind, fact.data["by_silence"]) == ("clock", True)


def test_changes_are_tied_to_items_and_rounds_are_limited_by_the_contract() -> None:
    between = sides(rounds=1)
    piece = piece_of(active(between))
    drafted(piece, between.creator)
    service.request_changes(piece, [ITEM, Ask(None, "And a second reel, please.")], by=between.brand.actor)
    assert (piece.state, piece.rounds_used) == ("changes_requested", 1)
    drafted(piece, between.creator)
    with pytest.raises(Refused, match="includes 1 round of changes, and it is used"):
        service.request_changes(piece, [ITEM], by=between.brand.actor)
    assert piece.state == "draft_submitted"
    newest, first = queries.submissions(piece)
    assert [comment.item for comment in first.comments] == ["must_haves.0", None]
    assert newest.comments == []


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        ([], "Say what should change"),
        ([Ask("must_haves.0", " ")], "Say what should change"),
        ([Ask("must_haves.9", "x")], "item of the brief"),
        ([Ask(None, "Make another one")], "no revision"),
    ],
)
def test_a_request_for_changes_that_makes_no_sense_is_refused(asks, words) -> None:
    between = sides()
    piece = piece_of(active(between))
    drafted(piece, between.creator)
    with pytest.raises(Refused, match=words):
        service.request_changes(piece, asks, by=between.brand.actor)
    assert piece.rounds_used == 0


@pytest.mark.parametrize(
    ("caption", "link", "field"),
    [
        (" ", "https://a.example", "caption"),
        ("#ad", None, "media"),
        ("#ad", "ftp://x", "link"),
        ("#ad", "https://[", "link"),
    ],
)
def test_a_draft_needs_a_caption_and_something_to_see(caption, link, field) -> None:
    between = sides()
    piece = piece_of(active(between))
    with pytest.raises(Refused) as refusal:
        service.submit(piece, caption=caption, link=link, note="", media=[], by=between.creator.actor)
    assert (refusal.value.status, refusal.value.field) == (422, field)
    assert piece.state == "planned"


def test_publishing_keeps_the_live_link_and_a_stored_proof() -> None:
    between = sides()
    piece = published(piece_of(active(between)), between)
    proof = queries.publication(piece)
    assert proof.link == "https://instagram.com/p/abc"
    assert queries.own_file(between.brand.actor, piece.deal_id, proof.proof_file_id) is not None
    assert queries.own_file(sides().brand.actor, piece.deal_id, proof.proof_file_id) is None
    assert live(clocks.CONFIRM, piece).owner_party_id == between.brand.party.id


def test_only_an_approved_piece_can_be_published() -> None:
    between = sides()
    piece = piece_of(active(between))
    with pytest.raises(Refused, match="Only an approved piece"):
        service.publish(piece, "https://instagram.com/p/1", picture(between.creator), by=between.creator.actor)


def test_a_link_that_is_not_the_post_goes_back_and_the_days_to_publish_run_anew(clock, run_jobs) -> None:
    between = sides(parts=GIFT)
    deal = active(between)
    piece = published(piece_of(deal), between)
    wrong = queries.publication(piece).proof_file_id
    service.not_the_post(piece, " The link shows a cat. ", by=between.brand.actor)
    assert (piece.state, piece.published_at, piece.rounds_used) == ("approved", None, 0)
    assert queries.publication(piece) is None
    assert queries.publications(deal.id) == {}
    assert [(one.words, one.spot) for one in queries.refusals(piece)] == [
        ("The link shows a cat.", "https://instagram.com/p/abc")
    ]
    assert live(clocks.CONFIRM, piece) is None
    assert live(clocks.PUBLISH, piece).owner_party_id == between.creator.party.id
    fact = db.session.scalars(sa.select(Event).where(Event.name == "content.post_refused")).one()
    assert (fact.data["number"], fact.data["time"], fact.room_id) == (1, 1, deal.id)
    clock.travel(timedelta(days=4))
    deadlines.sweep()
    run_jobs()
    db.session.expire_all()
    assert piece_of(deal).state == "approved", "the silence of before confirms nothing"
    again = service.publish(
        piece_of(deal), "https://instagram.com/p/right", picture(between.creator), by=between.creator.actor
    )
    assert (again.link, again.posted_at, again.proof_file_id == wrong) == (
        "https://instagram.com/p/right",
        time.now(),
        False,
    )
    service.confirm(piece_of(deal), by=between.brand.actor)
    assert deal.state == "completed"


def test_after_two_times_people_decide_and_a_confirmed_post_stays_confirmed() -> None:
    between = sides(parts=GIFT)
    piece = published(piece_of(active(between)), between)
    brand, creator = between.brand.actor, between.creator.actor
    with pytest.raises(Refused) as refusal:
        service.not_the_post(piece, "  ", by=brand)
    assert (refusal.value.status, refusal.value.field, piece.state) == (422, "why", "published")
    for number in (1, 2):
        service.not_the_post(piece, "Another post.", by=brand)
        with pytest.raises(Refused, match="no publication to answer"):
            service.not_the_post(piece, "Another post.", by=brand)
        service.publish(piece, f"https://instagram.com/p/{number}", picture(between.creator), by=creator)
    with pytest.raises(Refused, match="They decide"):
        service.not_the_post(piece, "Another post.", by=brand)
    assert (piece.state, len(queries.refusals(piece))) == ("published", 2)
    service.confirm(piece, by=brand)
    with pytest.raises(Refused, match="no publication to answer"):
        service.not_the_post(piece, "Another post.", by=brand)


def test_the_last_confirmation_completes_the_deal() -> None:
    between = sides(
        parts=GIFT, deliverables=[{"platform": "tiktok", "format": "short_video", "count": 2, "due_days": 5}]
    )
    deal = active(between)
    first, second = queries.of_deal(deal.id)
    service.confirm(published(first, between), by=between.brand.actor)
    assert deal.state == "active"
    service.confirm(published(second, between), by=between.brand.actor)
    assert deal.state == "completed"
    assert {piece.state for piece in queries.of_deal(deal.id)} == {"done"}
    assert deadlines.in_rooms([deal.id]) == []


def test_silence_confirms_a_publication(clock, run_jobs) -> None:
    between = sides(parts=GIFT)
    deal = active(between)
    published(piece_of(deal), between)
    run_jobs()
    clock.travel(timedelta(days=4))
    deadlines.sweep()
    run_jobs()
    db.session.expire_all()
    assert db.session.get_one(Deal, deal.id).state == "completed"
    assert queries.publication(piece_of(deal)).by_silence


def test_the_deal_knows_what_is_earned_and_what_waits_for_review() -> None:
    between = sides(deliverables=[{"platform": "instagram", "format": "reel", "count": 2, "due_days": 10}])
    deal = active(between, fee=20_000)
    first, second = queries.of_deal(deal.id)
    drafted(first, between.creator)
    drafted(second, between.creator)
    service.approve(first, by=between.brand.actor)
    assert (deal.earned_minor, deal.handed_in_minor) == (10_000, 10_000)
    assert deals.owed_on_cancel(deal, by_brand=True).minor == 20_000
    assert deals.owed_on_cancel(deal, by_brand=False).minor == 10_000


def test_cancelling_drops_what_is_not_done_and_stops_every_clock(run_jobs) -> None:
    between = sides(parts=GIFT)
    deal = active(between)
    deals.cancel(deal, "The product changed.", by=between.brand.actor)
    run_jobs()
    db.session.expire_all()
    assert db.session.get_one(Deal, deal.id).state == "cancelled"
    assert piece_of(deal).state == "dropped"
    assert deadlines.in_rooms([deal.id]) == []
    with pytest.raises(Refused, match="already ended"):
        deals.cancel(db.session.get_one(Deal, deal.id), "again", by=between.brand.actor)
