"""Only the latest proposal can be accepted, and only by the other side."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace import db
from marketplace.briefs import queries as briefs
from marketplace.collaborations import deals, wording
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.models import Application, Deal
from marketplace.errors import Refused
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion
from tests.factories import brief_body, creator
from tests.factories_deals import Sides, agreed, applied, offered, same_terms, sides

MOVES = st.lists(
    st.tuples(
        st.sampled_from(["offer", "counter", "accept"]),
        st.sampled_from(["creator", "brand"]),
        st.integers(0, 5),
        st.integers(100, 90_000),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_only_the_latest_proposal_can_be_accepted_and_only_by_the_other_side(moves) -> None:
    with db.session.begin_nested() as savepoint:
        _play(sides(), moves)
        savepoint.rollback()


def _play(between: Sides, moves: list[tuple[str, str, int, int]]) -> None:
    """Play moves against a model that knows only whose proposal is the latest."""
    application = applied(between)
    people = {"creator": between.creator, "brand": between.brand}
    author, talking, over, now = "creator", False, False, 30_000
    for move, who, back, fee in moves:
        person = people[who]
        if move == "accept":
            versions = terms_queries.history(terms_queries.version(application.proposal_version_id).document_id)
            version = versions[-1 - back] if back < len(versions) else versions[0]
            latest = version.id == application.proposal_version_id
            if talking and latest and who != author and not over:
                deal = collaborations.accept(application, version, by=person.actor)
                assert terms_queries.version(deal.version_id).body == version.body
                over = True
            else:
                with pytest.raises(Refused):
                    collaborations.accept(application, version, by=person.actor)
            continue
        if (move, who) not in (("offer", "brand"), ("counter", "creator")):
            continue
        verb = collaborations.offer if move == "offer" else collaborations.counter
        if over or (move == "counter" and not talking) or (talking and fee == now):
            with pytest.raises(Refused):
                verb(application, same_terms(application, fee=fee), by=person.actor)
            continue
        verb(application, same_terms(application, fee=fee), by=person.actor)
        author, talking, now = who, True, fee
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Deal)) == int(over)


def test_two_tabs_accept_at_once_and_there_is_one_deal() -> None:
    between = sides()
    application = offered(between)
    version = terms_queries.version(application.proposal_version_id)
    collaborations.accept(application, version, by=between.creator.actor)
    with pytest.raises(Refused) as refusal:
        collaborations.accept(application, version, by=between.creator.actor)
    assert refusal.value.status == 409
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 1


def test_accepting_an_older_proposal_says_that_newer_terms_exist() -> None:
    between = sides()
    application = offered(between)
    first = terms_queries.version(application.proposal_version_id)
    collaborations.offer(application, same_terms(application, fee=40_000), by=between.brand.actor)
    with pytest.raises(Refused, match="Newer terms"):
        collaborations.accept(application, first, by=between.creator.actor)


def test_a_proposal_in_which_nothing_is_different_does_not_pass_the_turn() -> None:
    between = sides()
    application = offered(between)
    first = application.proposal_version_id
    with pytest.raises(Refused, match="Nothing is different: accept, or change something") as refusal:
        collaborations.counter(application, same_terms(application), by=between.creator.actor)
    assert refusal.value.status == 422
    with pytest.raises(Refused, match="Nothing is different from what you proposed"):
        collaborations.offer(application, same_terms(application), by=between.brand.actor)
    assert (application.state, application.proposal_version_id) == ("offered", first)


def test_a_fee_taken_out_of_terms_that_have_one_is_refused() -> None:
    between = sides()
    application = offered(between)
    without = replace(same_terms(application), fee=None)
    with pytest.raises(Refused, match="Say the fee") as refusal:
        collaborations.counter(application, without, by=between.creator.actor)
    assert refusal.value.field == "fee"


def test_nobody_accepts_her_own_proposal() -> None:
    between = sides()
    application = offered(between)
    version = terms_queries.version(application.proposal_version_id)
    with pytest.raises(Refused, match="only the other side"):
        collaborations.accept(application, version, by=between.brand.actor)


def test_proposals_are_one_tree_of_immutable_versions_shown_as_a_diff() -> None:
    between = sides()
    application = offered(between)
    before = terms_queries.version(application.proposal_version_id)
    collaborations.counter(application, same_terms(application, fee=45_000, rounds=2), by=between.creator.actor)
    after = terms_queries.version(application.proposal_version_id)
    assert after.parent_id == before.id
    assert [(row.label, row.old, row.new) for row in wording.differences(before.body, after.body)] == [
        ("Pay", "$300.00 fee", "$450.00 fee"),
        ("Rounds of changes", "1", "2"),
    ]
    kinds = [row.kind for row in terms_queries.history(after.document_id)]
    assert kinds == ["application", "offer", "counter_offer"]
    assert all(terms_queries.chain_holds(row) for row in db.session.scalars(sa.select(TermsVersion)))


def test_the_head_count_of_a_brief_is_respected() -> None:
    between = sides(head_count=1)
    first, second = offered(between), None
    other = creator("Dora")
    second = applied(between, by=other)
    collaborations.offer(second, same_terms(second), by=between.brand.actor)
    accept(first, between.creator)
    with pytest.raises(Refused, match="Every place on this brief is taken"):
        accept(second, other)
    with pytest.raises(Refused, match="Every place"):
        collaborations.offer(second, same_terms(second), by=between.brand.actor)


def test_a_full_brief_takes_no_applications_until_a_deal_falls_through(client) -> None:
    between = sides(head_count=1)
    deal = accept(offered(between), between.creator)
    effie = creator("Effie")
    with pytest.raises(Refused, match="Every place of this brief is taken"):
        applied(between, by=effie)
    assert not briefs.may_apply(between.brief)
    client.sign_in(effie)
    page = client.get(f"/briefs/{db.short(between.brief.id)}").text
    assert "Every place is taken." in page
    client.sign_in(between.brand)
    assert "Every place is taken" in client.get(f"/brand/briefs/{db.short(between.brief.id)}").text
    for page in ("/home", "/brand/briefs"):
        assert "All places taken" in words(client, page)
    assert between.brief not in briefs.search(briefs.Search()).briefs
    deals.cancel(deal, "We stop here.", by=between.brand.actor)
    assert briefs.may_apply(between.brief)
    assert between.brief in briefs.search(briefs.Search()).briefs
    assert "All places taken" not in words(client, "/brand/briefs")
    applied(between, by=effie)


def accept(application: Application, person) -> Deal:
    latest = terms_queries.version(application.proposal_version_id)
    return collaborations.accept(application, latest, by=person.actor)


def test_rights_for_ever_need_a_price_of_their_own() -> None:
    between = sides()
    application = applied(between)
    grant = {"use": "paid_brand", "territory": "worldwide", "days": None, "exclusive": False, "price": 0}
    with pytest.raises(Refused, match="price of their own"):
        collaborations.offer(application, same_terms(application, rights=[grant]), by=between.brand.actor)


def test_a_brief_without_organic_use_gets_the_default_licence() -> None:
    between = sides(rights=[])
    application = applied(between)
    body = terms_queries.version(application.proposal_version_id).body
    assert body["rights"] == [{"use": "organic_repost", "territory": "US", "days": 90, "exclusive": False, "price": 0}]


def test_terms_that_were_agreed_open_a_deal_with_its_amount() -> None:
    between = sides()
    deal = accept(offered(between, fee=42_000), between.creator)
    assert (deal.state, deal.protected_minor, deal.currency) == ("signing", 42_000, "USD")


def test_the_terms_say_every_amount_the_brief_says() -> None:
    body = brief_body(
        parts=[
            {"kind": "retainer", "amount": 30_000, "months": 12, "per_month": "one repair story"},
            {"kind": "royalty", "share_bps": 0, "per_unit": 150, "credit_line": "Artwork by Cleo"},
        ]
    )
    assert wording.compensation(body) == [
        "$300.00 a month for 12 months: one repair story",
        "a royalty of $1.50 for each one sold, credited as “Artwork by Cleo”",
    ]


def test_a_card_and_a_brief_say_how_many_places_are_left(client) -> None:
    between = sides(head_count=3)
    pages = ("/briefs", "/brands/bramble-tea", f"/briefs/{db.short(between.brief.id)}")
    for page, says in zip(pages, ("· 3 places", "· 3 places", "Looking for3 creators"), strict=True):
        assert says in words(client, page)
    agreed(between)
    for page, says in zip(
        pages, ("· 2 of 3 places left",) * 2 + ("Looking for3 creators; 2 of 3 places left",), strict=True
    ):
        assert says in words(client, page)


def words(client, page: str) -> str:
    """What a page says, without its markup."""
    return BeautifulSoup(client.get(page).data, "html.parser").text
