"""The deal room shows whose turn it is first, then everything the two sides share."""

import pytest

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.collaborations import deals
from marketplace.content import service as content
from tests.factories import colleague
from tests.factories_deals import active, agreed, deal_of, drafted, drawn_up, piece_of, published, sides, signed
from tests.pages_of_deals import counted, read, words


def room(deal) -> str:
    return f"/deals/{db.short(deal.id)}"


def test_the_room_begins_with_the_next_step_its_owner_date_and_silence(client) -> None:
    between = sides()
    deal = deal_of(drawn_up(between))
    client.sign_in(between.creator)
    page = read(client.get(room(deal)))
    step = page.select_one(".deadline--mine")
    assert "Read and sign the contract" in step.get_text()
    assert "the deal ends and nobody owes anything" in step.get_text()
    assert step.a["href"] == f"{room(deal)}/contract"


def test_a_deal_that_owes_no_content_announces_neither_pieces_nor_review_rounds(client) -> None:
    share = {"kind": "commission", "program_id": None, "rate_bps": 1_000, "hold_days": 30}
    between = sides(parts=[share], deliverables=[])
    deal = deal_of(drawn_up(between))
    client.sign_in(between.creator)
    shown = words(client.get(room(deal)))
    assert "No piece of content is owed in this deal." in shown
    assert "Rounds of changes" not in shown


def test_each_side_sees_its_own_turn(client) -> None:
    between = sides()
    deal = active(between)
    drafted(piece_of(deal), between.creator)
    client.sign_in(between.brand)
    assert "Review the draft" in read(client.get(room(deal))).select_one(".deadline--mine").get_text()
    client.sign_in(between.creator)
    page = read(client.get(room(deal)))
    assert page.select_one(".deadline--mine") is None
    assert "Bramble Tea" in page.select_one(".deadline").get_text()


def test_the_timeline_comes_from_events_of_application_and_deal(client, run_jobs) -> None:
    between = sides()
    deal = agreed(between)
    run_jobs()
    client.sign_in(between.brand)
    titles = [row.get_text(strip=True) for row in read(client.get(room(deal))).select(".timeline__title")]
    assert titles == ["The contract was drawn up", "Accepted the terms", "Offered terms", "Applied"]


def test_what_happened_by_itself_has_no_author_in_the_timeline(client, run_jobs) -> None:
    between = sides()
    deal = agreed(between)
    run_jobs()
    client.sign_in(between.brand)
    lines = [row.get_text() for row in read(client.get(room(deal))).select(".timeline__at")]
    assert "·" not in lines[0]
    assert "Cleo Creator" in lines[1]


def test_what_follows_from_a_signature_is_nobodys_own_deed_and_says_whose_payment_is_due(client, run_jobs) -> None:
    between = sides()
    deal = deal_of(signed(between))
    run_jobs()
    client.sign_in(between.brand)  # who signed last
    rows = [row.get_text(" ", strip=True) for row in read(client.get(room(deal))).select(".timeline > li")]
    [due] = [row for row in rows if "payment is due" in row]
    assert "Signed by both; the brand’s payment is due" in due
    assert "·" not in due


def test_the_room_shows_pay_the_fee_and_what_reaches_the_creator(client) -> None:
    between = sides()
    deal = active(between)
    client.sign_in(between.creator)
    text = words(client.get(room(deal)))
    assert "$300.00" in text
    assert "$270.00" in text


def test_the_money_of_the_room_leads_to_its_funding_its_payout_and_its_terms(client) -> None:
    between = sides()
    deal = active(between)
    client.sign_in(between.brand)
    links = {link["href"] for link in read(client.get(room(deal))).select("aside a.money")}
    funding_page = f"/brand/funding/of/{db.short(deal.id)}"
    assert links == {f"/applications/{db.short(deal.application_id)}", "/fees", funding_page}
    assert client.get(funding_page).status_code == 200
    content.confirm(published(piece_of(deal), between), by=between.brand.actor)
    client.sign_in(between.creator)
    page = read(client.get(room(deal)))
    payout = page.select("aside a.money")[-1]["href"]
    assert page.select_one("#next-step .banner a")["href"] == payout  # on a phone the money stands far below
    assert payout.startswith("/earnings/payouts/")
    assert room(deal) + "#money" in {link["href"] for link in read(client.get(payout)).select("main .facts a")}


def test_the_room_calls_its_reader_you_and_says_which_amount_is_before_the_fee(client) -> None:
    between = sides()
    deal = active(between)
    client.sign_in(between.brand)
    assert "To the creator $270.00" in words(client.get(room(deal)))
    client.sign_in(between.creator)
    text = words(client.get(room(deal)))
    assert "To you $270.00" in text
    assert "To the creator" not in text
    assert "before the platform fee" in text


@pytest.mark.parametrize("make", [agreed, active, lambda s: deal_of(drawn_up(s)), lambda s: deal_of(signed(s))])
def test_the_room_opens_in_every_state(client, make, run_jobs) -> None:
    between = sides()
    deal = make(between)
    run_jobs()
    for who in (between.creator, between.brand):
        client.sign_in(who)
        assert "esc" + "row" not in words(client.get(room(deal))).lower()
    deals.cancel(deal, "The product changed.", by=CLOCK)
    assert "The product changed." in words(client.get(room(deal)))


def test_a_stranger_finds_no_room_and_an_anonymous_visitor_the_sign_in(client) -> None:
    deal = active(sides())
    client.sign_in(sides().creator)
    read(client.get(room(deal)), 404)
    assert client.application.test_client().get(room(deal)).status_code == 302


def test_a_viewer_reads_the_room_and_cannot_end_the_deal(client) -> None:
    between = sides()
    deal = active(between)
    client.sign_in(colleague(between.brand, "viewer"))
    assert "End this deal early" not in words(client.get(room(deal)))
    assert client.get(f"{room(deal)}/cancel").status_code == 403


def test_the_room_asks_the_database_a_bounded_number_of_questions(client, run_jobs) -> None:
    piece = {"platform": "instagram", "format": "reel", "due_days": 10}
    few, many = sides(deliverables=[piece | {"count": 1}]), sides(deliverables=[piece | {"count": 8}])
    counts = []
    for between in (few, many):
        deal = active(between)
        published(piece_of(deal), between)
        run_jobs()
        client.sign_in(between.brand)
        with counted() as seen:
            read(client.get(room(deal)))
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[1] <= 24
