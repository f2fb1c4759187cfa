"""Refunds that a brand enters on the page of an order, because its shop reports none."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.affiliate.models import Shop
from marketplace.affiliate.sales_models import Line, Order, OrderEvent
from tests import factories
from tests.affiliate.shop import click, later, open_shop, order, take
from tests.affiliate.world import Affiliate, World, world


def sold(here: World, *amounts: int, **more: Any) -> tuple[Affiliate, Shop, str]:
    """An affiliate credited with one order, and where its page is."""
    who, shop = here.affiliate(), open_shop(here)
    assert take(shop, order(*amounts, clicks=(click(who.link),), number="A-1", **more)) == ["accepted"]
    line = db.session.scalars(sa.select(Line)).one()
    return who, shop, f"/statements/lines/{db.short(who.enrolment.id)}/{db.short(line.id)}"


def lines() -> list[tuple[str, int, int]]:
    rows = db.session.scalars(sa.select(Line).order_by(Line.posted_at, Line.id))
    return [(row.kind, row.base_minor, row.amount_minor) for row in rows]


def test_a_brand_enters_a_refund_by_hand_and_the_affiliate_reads_its_line(client, clock) -> None:
    here = world()
    who, _shop, address = sold(here, 10_000)
    client.sign_in(here.brand)
    answer = client.submit(f"{address}/refund", {"refunded": "40"})
    assert answer.status_code == 303
    assert answer.location.endswith(address)
    assert lines() == [("commission", 10_000, 1_000), ("refund", -4_000, -400)]
    clock.travel(timedelta(hours=1))
    assert client.submit(f"{address}/refund", {"refunded": "100.00"}).status_code == 303
    assert lines()[2:] == [("refund", -6_000, -600)]
    assert "Enter a refund" not in client.get(address).text, "nothing is left of it"
    client.sign_in(who.person)
    shown = client.get(address).text
    assert "Refund: −$4.00" in shown
    assert "Enter a refund" not in shown


def test_the_whole_sum_said_twice_or_told_by_the_shop_as_well_counts_once(client, clock) -> None:
    here = world()
    _who, shop, address = sold(here, 10_000)
    client.sign_in(here.brand)
    take(shop, later(order(10_000, number="A-1"), "refunded", amount=1_500))
    for _press in range(2):
        assert client.submit(f"{address}/refund", {"refunded": "40"}).status_code == 303
    assert [amount for _kind, amount, _paid in lines()] == [10_000, -1_500, -2_500]
    assert len(db.session.scalars(sa.select(OrderEvent)).all()) == 3


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("100.01", "This order comes to $100.00"),
        ("14.99", "$15.00 is refunded already"),
        ("", "Please fill this in"),
        ("0", "The least possible is"),
        ("many", "an amount"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_in_words_and_the_form_is_kept(client, clock, typed: str, says: str) -> None:
    here = world()
    _who, shop, address = sold(here, 8_000, 4_000, tax=2_000)
    take(shop, later(order(10_000, number="A-1"), "refunded", amount=1_500))
    client.sign_in(here.brand)
    answer = client.submit(f"{address}/refund", {"refunded": typed})
    assert answer.status_code == 422
    found = BeautifulSoup(answer.text, "html.parser")
    assert says in found.find(id="refunded-error").text
    assert found.find(id="refunded")["value"] == typed
    assert found.find(id="refunded").find_parent("details").has_attr("open")
    assert len(lines()) == 2


def test_a_refund_of_an_edited_order_is_at_most_what_the_edit_left(client, clock) -> None:
    here = world()
    _who, shop, address = sold(here, 10_000)
    take(shop, later(order(10_000, number="A-1"), "edited", lines=order(6_000).lines))
    client.sign_in(here.brand)
    assert client.submit(f"{address}/refund", {"refunded": "60.01"}).status_code == 422
    assert client.submit(f"{address}/refund", {"refunded": "60"}).status_code == 303
    assert sum(paid for _kind, _base, paid in lines()) == 0


def test_only_who_runs_the_program_enters_refunds(client, clock) -> None:
    here = world()
    who, _shop, address = sold(here, 10_000)
    for person, status in (
        (factories.brand("Else"), 404),
        (factories.creator("Other"), 404),
        (who.person, 403),
        (factories.colleague(here.brand, "viewer"), 403),
    ):
        client.sign_in(person)
        assert client.submit(f"{address}/refund", {"refunded": "40"}).status_code == status
    assert len(lines()) == 1
    assert db.session.scalars(sa.select(Order)).one().base_minor == 10_000
