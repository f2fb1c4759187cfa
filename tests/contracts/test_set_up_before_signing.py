"""Payout and tax set-up is offered at shortlisting and required at signing, where there is pay."""

import pytest

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.collaborations import service as collaborations
from marketplace.contracts import service as contracts
from marketplace.errors import Refused
from marketplace.payments.tax import tax_forms
from tests import factories
from tests.factories_deals import Sides, agreed, applied, payable, sign
from tests.pages_of_deals import read, words

GIFT = {"kind": "gift", "mode": "for_content", "product_id": None, "value": 20_000}
STRIPE, TAX = "Set up payouts", "Sign your tax form"
W9 = {
    "once": "a", "legal_name": "Cleo Creator", "street": "12 Harbour Lane", "city": "Portland", "region": "OR", "postal_code": "97201",
    "country": "US", "classification": "individual", "number_kind": "ssn", "number": "457-55-5462",
    "typed_name": "Cleo Creator", "consent": "y",
}  # fmt: skip


def new_sides(**changes) -> Sides:
    """A creator who has set up nothing, a brand and its brief."""
    owner = factories.brand()
    return Sides(factories.creator(taxed=False), owner, factories.published_brief(owner, **changes))


def page_of(row, kind: str = "applications") -> str:
    return f"/{kind}/{db.short(row.id)}"


def test_payout_and_tax_set_up_is_offered_at_shortlisting(client) -> None:
    between = new_sides()
    application = applied(between)
    client.sign_in(between.creator)
    before = words(client.get(page_of(application)))
    assert STRIPE not in before
    assert TAX not in before
    collaborations.shortlist(application, by=between.brand.actor)
    assert STRIPE in words(client.get(page_of(application)))
    payable(between.creator)
    offered = read(client.get(page_of(application)))
    assert STRIPE not in offered.get_text()
    link = offered.select_one("a[href^='/payouts/tax-form']")["href"]
    assert client.submit(link, W9).location == page_of(application), "back to where she came from"
    after = words(client.get(page_of(application)))
    assert TAX not in after
    assert STRIPE not in after


def test_payout_and_tax_set_up_is_required_at_signing(client) -> None:
    between = new_sides()
    deal = agreed(between)
    contract = contracts.draw_up(deal, by=CLOCK)
    page = f"/deals/{db.short(deal.id)}/contract"
    client.sign_in(between.creator)
    shown = read(client.get(page))
    assert STRIPE in shown.get_text()
    assert shown.select_one("input[name=typed_name]") is None
    with pytest.raises(Refused, match="where your pay goes"):
        sign(contract, between.creator)
    payable(between.creator)
    shown = read(client.get(page))
    assert TAX in shown.get_text()
    assert shown.select_one("input[name=typed_name]") is None
    assert TAX in words(client.get(page_of(deal, "deals")))
    with pytest.raises(Refused, match="Sign your tax form first"):
        sign(contract, between.creator)
    assert client.submit(page, {"typed_name": "Cleo", "consent": "y"}).status_code == 409
    factories.sign_tax_form(between.creator)
    assert read(client.get(page)).select_one("input[name=typed_name]") is not None
    sign(contract, between.creator)


def test_the_brand_signs_without_either(client) -> None:
    between = new_sides()
    contract = contracts.draw_up(agreed(between), by=CLOCK)
    sign(contract, between.brand, "Bram Brand")
    assert [row.side for row in contracts.signatures(contract)] == ["brand"]


def test_a_deal_for_a_gift_alone_needs_neither(client) -> None:
    between = new_sides(parts=[GIFT])
    application = applied(between)
    collaborations.shortlist(application, by=between.brand.actor)
    client.sign_in(between.creator)
    shown = words(client.get(page_of(application)))
    assert STRIPE not in shown
    assert TAX not in shown
    other = new_sides(parts=[GIFT])
    contract = contracts.draw_up(agreed(other), by=CLOCK)
    assert contract.method == "ceremony"
    sign(contract, other.creator)
    assert tax_forms.problem(other.creator.party.id) == "missing"
