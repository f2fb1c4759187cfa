"""Paying by invoice and bank transfer: protected once all of it has arrived, never before."""

import pytest

from marketplace import db
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.money_in import funding
from marketplace.payments.states import FundingState
from tests.payments.test_pages import text
from tests.payments.world import World, usd


def test_an_invoice_says_where_to_send_the_money_and_is_protected_when_all_of_it_has_come(world: World) -> None:
    row = world.begin(way="invoice")
    world.client.sign_in(world.brand)
    address = f"/brand/funding/{db.short(row.id)}/pay"
    assert world.client.submit(address).location == address
    assert row.state == FundingState.OPEN
    reference = str((row.transfer_to or {})["reference"])
    assert f"Still to send $1,000.00 Reference {reference}" in text(world.client.get(address))
    printed = world.client.get(f"/brand/funding/{db.short(row.id)}/invoice.pdf")
    assert (printed.status_code, printed.data[:5]) == (200, b"%PDF-")
    customer = world.at_stripe("customer")[0]["id"]
    send = world.server.client().v1.test_helpers.customers.fund_cash_balance
    send(customer, {"amount": 40_000, "currency": "usd", "reference": reference})
    world.deliver()
    assert (row.state, funding.protected(world.deal, "USD")) == (FundingState.OPEN, usd(0))
    assert "Still to send $600.00" in text(world.client.get(address))
    send(customer, {"amount": 60_000, "currency": "usd", "reference": reference})
    world.deliver()
    assert (row.state, funding.protected(world.deal, "USD")) == (FundingState.FUNDED, usd(100_000))


def test_another_way_to_pay_withdraws_the_invoice(world: World) -> None:
    row = world.begin(way="invoice")
    world.client.sign_in(world.brand)
    world.client.submit(f"/brand/funding/{db.short(row.id)}/pay")
    world.save_card()
    assert world.tap().state == FundingState.FUNDED
    assert row.state == FundingState.EXPIRED
    assert {one["status"] for one in world.at_stripe("payment_intent")} == {"canceled", "succeeded"}


def test_a_currency_without_bank_transfers_and_an_unknown_way_are_refused_in_words(world: World) -> None:
    asked = {"subject": world.deal, "payer": world.brand.party.id, "description": "Tea", "return_url": "/deals"}
    with pytest.raises(Refused, match="US dollars only"):
        funding.begin(**asked, amount=Money(100, "CHF"), by=world.brand.actor, way="invoice")
    with pytest.raises(Refused, match="how you want to pay"):
        funding.begin(**asked, amount=usd(100), by=world.brand.actor, way="barter")
