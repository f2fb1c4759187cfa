"""The linter explains itself; it blocks for two things only."""

from datetime import date

import pytest

from marketplace import db
from marketplace.briefs import linter
from marketplace.errors import Refused
from tests import factories

TODAY = date(2026, 3, 2)


def names(**changes) -> set[str]:
    return {flag.name for flag in linter.flags(factories.brief_body(**changes), TODAY)}


def test_a_fair_brief_has_no_flag() -> None:
    assert names() == set()


GIFT = [{"kind": "gift", "mode": "for_content", "product_id": None, "value": 1_500}]
FOREVER = {"use": "paid_brand", "territory": "worldwide", "days": None, "exclusive": False, "price": 0}


@pytest.mark.parametrize(
    ("flag", "changes"),
    [
        ("perpetual", {"rights": [FOREVER]}),
        ("rounds", {"rounds": None}),
        ("rounds", {"rounds": 5}),
        ("scripted", {"freedom": "", "must_haves": ["say this sentence " * 20]}),
        ("scripted", {"key_messages": ["“" + "word " * 30 + "”"]}),
        ("exclusivity", {"exclusivity": {"category": "tea", "days": 30, "price": 0}}),
        ("dates", {"apply_by": "2026-03-01"}),
        ("dates", {"posting_from": "2026-05-01", "posting_until": "2026-04-01"}),
        ("dates", {"posting_until": "2026-03-10"}),
        ("dates", {"deliverables": [{"platform": "x", "format": "thread", "count": 1, "due_days": 1}]}),
        ("gift", {"parts": GIFT}),
        ("disclosure", {"disclosure": ""}),
        ("disclosure", {"disclosure": "#sp"}),
        ("opinion", {"must_haves": ["Write a positive review"]}),
        ("opinion", {"avoid": ["Do not mention anything negative"]}),
        ("opinion", {"summary": "We want five-star reviews"}),
        ("opinion", {"freedom": "You must love it"}),
    ],
)
def test_each_flag_is_raised(flag, changes) -> None:
    assert flag in names(**changes)


@pytest.mark.parametrize(("many", "words"), [(1, "1 piece of content."), (2, "2 pieces of content.")])
def test_a_gift_below_the_work_counts_its_pieces(many, words) -> None:
    piece = {"platform": "instagram", "format": "reel", "count": many, "due_days": 10}
    (flag,) = linter.flags(factories.brief_body(parts=GIFT, deliverables=[piece]), TODAY)
    assert flag.says.endswith(words)


@pytest.mark.parametrize(
    "changes",
    [
        {"rights": [FOREVER | {"price": 120_000}]},
        {"exclusivity": {"category": "tea", "days": 30, "price": 5_000}},
        {"parts": [GIFT[0] | {"value": 8_000}]},
        {"parts": [GIFT[0] | {"mode": "no_strings"}], "deliverables": []},
        {"summary": "Tell us honestly: a positive or a negative word is equally welcome."},
    ],
)
def test_what_is_fair_is_not_flagged(changes) -> None:
    assert names(**changes) == set()


def test_a_flag_never_blocks_apart_from_disclosure_and_opinion() -> None:
    assert factories.published_brief(rounds=None, rights=[FOREVER]).state == "published"


@pytest.mark.parametrize("changes", [{"disclosure": "#collab"}, {"must_haves": ["A positive review"]}])
def test_missing_disclosure_and_pay_tied_to_a_positive_opinion_block(changes) -> None:
    with pytest.raises(Refused) as refusal:
        factories.published_brief(**changes)
    assert refusal.value.status == 422


def test_advice_to_the_brand_stands_on_its_own_pages_and_not_on_the_creators(client) -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand, parts=GIFT, rounds=None, rights=[FOREVER])
    advice = (
        "Ask for less, add a fee, or give the product with no strings.",
        "Creators price in endless changes.",
        "An end date costs you less.",
    )
    found = {flag.name: flag for flag in linter.flags(brief.body, TODAY)}
    assert {flag.advice for flag in found.values()} == set(advice)
    client.sign_in(brand)
    own = client.get(f"/brand/briefs/{db.short(brief.id)}").text
    client.sign_in(factories.creator())
    hers = client.get(f"/briefs/{db.short(brief.id)}").text
    assert all(words in own and words not in hers for words in advice)
    assert all(flag.says in own and flag.says in hers for flag in found.values())


def test_every_flag_explains_itself() -> None:
    body = factories.brief_body(rounds=None, rights=[FOREVER], disclosure="", apply_by="2020-01-01")
    for flag in linter.flags(body, TODAY):
        assert flag.says.endswith(".")
        assert flag.why.endswith(".")
