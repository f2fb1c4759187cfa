"""A brief that pays is published only with its budget or a card behind it, and its badge says which."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.accounts.models import Shape
from marketplace.briefs import backing, reactions, service
from marketplace.errors import Refused
from marketplace.payments.events import CardRemoved
from marketplace.payments.money_in import cards
from tests import factories
from tests.factories_deals import landed

SENTENCE = "save a card or pay the budget in, then publish"
GIFT = [{"kind": "gift", "mode": "no_strings", "product_id": None, "value": 2_400}]
RETAINER = [{"kind": "retainer", "amount": 30_000, "months": 3, "per_month": ""}]
COMMISSION = [{"kind": "commission", "program_id": None, "rate_bps": 1000, "hold_days": 30}]


def at(brief: Any, more: str = "") -> str:
    return f"/brand/briefs/{db.short(brief.id)}{more}"


def test_publishing_with_nothing_behind_the_pay_is_refused_on_a_page_that_offers_both_ways(client) -> None:
    brand = factories.brand()
    brief = factories.draft_brief(brand, head_count=3)
    client.sign_in(brand)
    answer = client.submit(at(brief, "/publish"))
    assert answer.status_code == 409
    assert SENTENCE in answer.text
    assert "Save a card, and pay each deal with it within 3 days of both signatures" in answer.text
    assert "Pay the budget in: $900.00" in answer.text
    assert (brief.state, brief.draft["title"]) == ("draft", factories.brief_body()["title"])
    client.sign_in(factories.colleague(brand, "manager"))
    assert "Ask an owner or a finance colleague" in client.get(at(brief)).text


def test_a_card_or_the_whole_budget_lets_it_be_published_and_the_badges_say_which(client) -> None:
    carded, funded = factories.brand(), factories.brand(party_name="Harrow Tea")
    by_card = factories.published_brief(carded)
    by_budget = factories.draft_brief(funded, head_count=2)
    landed(backing.fund(by_budget, "/brand/briefs", by=funded.actor))
    service.publish(by_budget, by=funded.actor)
    with pytest.raises(Refused, match="paid in already"):
        backing.fund(by_budget, "/brand/briefs", by=funded.actor)
    words = ("Card on file", "Budget is a protected payment")
    for brief, mine, other in ((by_card, *words), (by_budget, *reversed(words))):
        page = client.get(f"/briefs/{db.short(brief.id)}").text
        assert mine in page
        assert other not in page
    listed = client.get("/briefs").text
    assert all(listed.count(word) == 1 for word in words)


def test_changed_terms_that_the_budget_does_not_cover_are_refused(client) -> None:
    brand = factories.brand()
    brief = factories.draft_brief(brand)
    landed(backing.fund(brief, "/brand/briefs", by=brand.actor))
    service.publish(brief, by=brand.actor)
    service.save(brief, factories.brief_body(parts=[{"kind": "fee", "amount": 30_001}]), by=brand.actor)
    with pytest.raises(Refused, match=SENTENCE):
        service.revise(brief, by=brand.actor)
    assert backing.of(brief, brief.draft).lacks.minor == 1


def test_an_expired_card_is_not_enough(client) -> None:
    brand = factories.brand()
    factories.card(brand, exp_month=1, exp_year=2020)
    with pytest.raises(Refused, match=SENTENCE):
        factories.published_brief(brand)


@pytest.mark.parametrize("given", [GIFT, COMMISSION, RETAINER])
def test_a_brief_with_nothing_to_pay_in_needs_neither_and_has_no_badge(given: Any) -> None:
    brand = factories.brand()
    brief = service.publish(factories.draft_brief(brand, parts=given), by=brand.actor)
    assert backing.of_many([brief]) == {}
    with pytest.raises(Refused, match="Nothing of this brief is paid in"):
        backing.fund(brief, "/brand/briefs", by=brand.actor)


def test_a_brands_page_asks_for_the_fee_and_never_for_months_or_stages(client) -> None:
    brand = factories.brand()
    client.sign_in(brand)
    promised = factories.draft_brief(brand, parts=RETAINER)
    for page in (client.get(at(promised)).text, client.get(at(promised, "/edit")).text):
        assert "$300.00 a month for 3 months" in page
        for word in ("Pay the budget in", "Save a card", "You fund for each deal", "funded"):
            assert word not in page
    mixed = factories.draft_brief(brand, parts=[{"kind": "fee", "amount": 20_000}, *RETAINER], head_count=2)
    page = BeautifulSoup(client.get(at(mixed)).data, "html.parser")
    assert "Pay the budget in: $400.00" in page.text
    assert {row.dt.text: row.dd.text for row in page.select(".facts div")}["You fund for each deal"] == "$200.00"


@pytest.mark.not_set_up
def test_in_a_brands_own_program_the_rule_does_not_apply() -> None:
    factories.instance(Shape.OWN_PROGRAM)
    brand = factories.brand()
    brief = service.publish(factories.draft_brief(brand), by=brand.actor)
    assert (brief.state, backing.of(brief, brief.body).word) == ("published", "own")


def test_removing_the_card_pauses_what_relies_on_it_and_nothing_else_and_it_opens_again_with_another() -> None:
    brand = factories.brand()
    relying, free = factories.published_brief(brand), factories.published_brief(brand, parts=GIFT)
    covered = factories.published_brief(brand)
    landed(backing.fund(covered, "/brand/briefs", by=brand.actor))
    card = cards.of(brand.party.id)
    assert card is not None
    cards.remove(card, by=brand.actor)
    reactions.pause_unbacked(CardRemoved(brand.party.id, card.id))
    assert [one.state for one in (relying, free, covered)] == ["paused", "published", "published"]
    with pytest.raises(Refused, match=SENTENCE):
        service.resume(relying, by=brand.actor)
    factories.card(brand)
    assert service.resume(relying, by=brand.actor).state == "published"
