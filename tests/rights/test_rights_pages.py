"""The register on pages: what was granted, when it ends, and the one question."""

import pytest

from marketplace import db
from tests.factories_deals import active, piece_of, published, sides
from tests.pages_of_deals import counted, read, words


@pytest.fixture
def live(run_jobs):
    between = sides()
    deal = active(between)
    published(piece_of(deal), between)
    run_jobs()
    return between, deal


def test_both_sides_see_grants_and_their_ends(client, live) -> None:
    between, deal = live
    for who in (between.creator, between.brand):
        client.sign_in(who)
        for address in ("/rights", f"/deals/{db.short(deal.id)}/rights"):
            text = words(client.get(address))
            assert "Organic repost" in text
            assert "May be used" in text
            assert "until" in text
        other = between.brand if who is between.creator else between.creator
        assert f"{deal.title}, with {other.party.name}" in text


def test_each_side_is_asked_and_told_in_its_own_words(client, live) -> None:
    between, deal = live
    page = f"/deals/{db.short(deal.id)}/rights"
    client.sign_in(between.creator)
    assert {"May this be used?", "The content stays yours."} == said(client.get(page))
    client.sign_in(between.brand)
    assert {"May I use this?", "The content stays the creator’s."} == said(client.get(page))


def said(page) -> set[str]:
    either = ("May this be used?", "May I use this?", "The content stays yours.", "The content stays the creator’s.")
    return {sentence for sentence in either if sentence in words(page)}


def test_the_piece_stands_under_its_use_and_short_words_stay_on_one_line(client, live) -> None:
    between, deal = live
    client.sign_in(between.brand)
    table = read(client.get(f"/deals/{db.short(deal.id)}")).find("caption", string="Rights granted").parent
    assert [head.get_text(strip=True) for head in table.select("thead th")] == [
        "Use",
        "Where",
        "Since",
        "May it be used",
        "Price",
    ]
    assert "piece 1" in table.select_one("tbody th").get_text()
    assert table.select_one("[data-label=Price] .nowrap").get_text() == "in the pay"


def test_may_i_use_this_here_in_this_way_on_this_day(client, live) -> None:
    between, deal = live
    client.sign_in(between.brand)
    base = f"/deals/{db.short(deal.id)}/rights?piece=1&territory=US&use="
    assert "Section 5, right 1" in words(client.get(f"{base}organic_repost&day=2099-01-01"))
    assert "It ended on" in words(client.get(f"{base}organic_repost&day=2099-01-01"))
    assert "was not granted" in words(client.get(f"{base}print_ooh&day=2026-11-22"))


@pytest.mark.parametrize(
    "query", ["use=x", "use=organic_repost&piece=9", "use=organic_repost&piece=1&territory=US&day=x"]
)
def test_a_question_that_makes_no_sense_gets_a_sentence(client, live, query) -> None:
    between, deal = live
    client.sign_in(between.brand)
    read(client.get(f"/deals/{db.short(deal.id)}/rights?{query}"), 422)


def test_strangers_find_no_licence_and_the_list_asks_few_questions(client, live) -> None:
    between, deal = live
    client.sign_in(sides().brand)
    assert client.get(f"/deals/{db.short(deal.id)}/rights").status_code == 404
    client.sign_in(between.creator)
    with counted() as seen:
        read(client.get("/rights"))
    assert len(seen) <= 8
