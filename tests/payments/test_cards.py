"""A card on file: saved, seen, replaced, removed; paying with it by one tap, with all its ways to fail."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace import clock as time_door
from marketplace import db
from marketplace.errors import Refused
from marketplace.payments import operations
from marketplace.payments.money_in import cards, funding, paying
from marketplace.payments.states import FundingState, MethodState
from tests import factories
from tests.payments.test_pages import text
from tests.payments.world import World, usd

MASTERCARD = "5555555555554444"
DECLINED_LATER = "4000000000000341"  # can be kept, is declined when charged
ASKS_ALWAYS = "4000002760003184"


def test_a_card_is_saved_on_stripes_page_seen_replaced_and_removed(world: World) -> None:
    client = world.client
    client.sign_in(world.brand)
    assert "Save a card" in text(client.get("/brand/funding"))
    there = client.submit("/brand/funding/card", {"next": "/brand/briefs"})
    session = world.at_stripe("checkout.session")[0]
    assert (there.status_code, there.location, session["mode"]) == (303, session["url"], "setup")
    assert world.at_stripe("customer")[0]["name"] == world.brand.party.name
    world.server.pay_checkout(session["id"])
    back = client.get(session["success_url"].removeprefix("http://localhost"))
    assert (back.status_code, back.location) == (303, "/brand/briefs")
    assert "Visa •••• 4242 Expires 12 / 2034" in text(client.get("/brand/funding"))
    second = world.save_card(MASTERCARD)
    world.run_jobs()
    assert [one["customer"] is None for one in world.at_stripe("payment_method")] == [False, True]
    assert len(world.at_stripe("customer")) == 1
    assert "Mastercard •••• 4444" in text(client.get("/brand/funding"))
    client.submit("/brand/funding/card/remove")
    world.run_jobs()
    assert "Save a card" in text(client.get("/brand/funding"))
    assert second.state == MethodState.REMOVED
    assert all(one["customer"] is None for one in world.at_stripe("payment_method"))


def test_a_webhook_alone_puts_the_card_on_file_and_tells_that_it_was_taken_off_at_stripe(world: World) -> None:
    setup = cards.begin(world.brand.party.id, "/brand/funding", by=world.brand.actor)
    cards.page_url(setup)
    world.server.pay_checkout(str(setup.session_id))
    world.deliver()
    card = cards.of(world.brand.party.id)
    assert card is not None
    world.server.client().v1.payment_methods.detach(card.stripe_id)
    world.deliver()
    assert cards.of(world.brand.party.id) is None


def test_one_tap_protects_the_payment_and_says_so(world: World) -> None:
    world.save_card()
    row = world.tap()
    assert (row.state, funding.protected(world.deal, "USD")) == (FundingState.FUNDED, usd(100_000))
    assert paying.said(row) == ("Paid. The money is a protected payment.", "good")
    intent = world.at_stripe("payment_intent")[0]
    assert intent["customer"] == world.at_stripe("customer")[0]["id"]
    world.deliver()
    assert len(world.at_stripe("charge")) == 1


def test_a_declined_card_charges_nothing_and_says_why_and_another_try_is_a_new_payment(world: World) -> None:
    world.save_card(DECLINED_LATER)
    row = world.tap()
    assert (row.state, row.failure) == (FundingState.FAILED, "generic_decline")
    assert "declined the card" in str(paying.said(row))
    world.deliver()
    assert funding.protected(world.deal, "USD") == usd(0)
    world.save_card()
    again = world.tap()
    assert (again.state, again.id == row.id) == (FundingState.FUNDED, False)


@pytest.mark.parametrize(("answer", "state"), [("yes", FundingState.FUNDED), ("no", FundingState.FAILED)])
def test_a_bank_that_wants_to_see_her_gets_to(world: World, answer: str, state: FundingState) -> None:
    world.save_card(ASKS_ALWAYS)
    row = world.tap()
    assert row.state == FundingState.OPEN
    assert row.session_url
    back = world.server.submit(row.session_url, answer=answer)
    db.session.commit()
    world.client.sign_in(world.brand)
    answered = world.client.get(str(back.location).removeprefix("http://localhost"))
    assert (answered.location, row.state) == ("/deals", state)
    assert funding.protected(world.deal, "USD") == usd(100_000 if answer == "yes" else 0)
    if answer == "no":
        assert "could not make sure that it is you" in str(paying.said(row))


def test_an_answer_that_never_came_is_neither_a_yes_nor_a_no_and_is_charged_once(world: World, clock: Any) -> None:
    world.save_card()
    world.server.fault("timeout_after", "/v1/payment_intents", "POST", seconds=0.2)
    world.server.fault("drop", "/v1/payment_intents", "POST", count=2)
    row = world.tap()
    assert row.state == FundingState.BEGUN
    assert "We do not know yet" in str(paying.said(row))
    with pytest.raises(Refused, match="nothing is charged twice"):
        funding.checkout_url(world.begin())
    with time_door.at(time_door.now() + timedelta(minutes=3)):
        operations.sweep()
        world.run_jobs()
    assert row.state == FundingState.FUNDED
    world.deliver()
    assert len(world.at_stripe("charge")) == 1


def test_an_open_page_is_closed_before_the_card_is_charged_and_a_paid_one_is_found(world: World) -> None:
    world.save_card()
    page = world.begin()
    funding.checkout_url(page)
    assert world.tap().state == FundingState.FUNDED
    assert page.state == FundingState.EXPIRED
    other = db.new_id()
    page = world.begin(subject=other)
    world.pay(page)
    with pytest.raises(Refused, match="paid already"):
        world.tap(subject=other)
    assert (page.state, funding.protected(other, "USD")) == (FundingState.FUNDED, usd(100_000))
    assert len(world.at_stripe("charge")) == 2


def test_an_expired_card_cannot_be_charged_and_money_never_leaves_by_a_strangers(world: World) -> None:
    factories.card(world.brand, exp_month=1, exp_year=2020)
    assert cards.have_usable([world.brand.party.id]) == set()
    with pytest.raises(Refused, match="no card on file that can be charged"):
        world.tap()


def test_a_bank_debit_is_pending_first_and_protected_once_it_has_succeeded(world: World) -> None:
    row = world.begin()
    funding.checkout_url(row)
    world.server.pay_checkout(str(row.session_id), way="us_bank_account")
    assert funding.refresh(row).state == FundingState.PENDING
    assert funding.protected(world.deal, "USD") == usd(0)
    with pytest.raises(Refused, match="on its way already"):
        world.begin()
    world.client.sign_in(world.brand)
    assert "Your bank has been asked" in text(world.client.get("/brand/funding"))
    world.server.advance(days=5)
    world.deliver()
    assert (row.state, funding.protected(world.deal, "USD")) == (FundingState.FUNDED, usd(100_000))


def test_a_bank_debit_that_fails_days_later_says_so_and_tells_the_brand(world: World) -> None:
    row = world.begin()
    funding.checkout_url(row)
    world.server.pay_checkout(str(row.session_id), way="us_bank_account", outcome="insufficient_funds")
    world.deliver()
    assert row.state == FundingState.PENDING
    world.server.advance(days=5)
    world.deliver()
    assert (row.state, row.failure) == (FundingState.FAILED, "insufficient_funds")
    world.client.sign_in(world.brand)
    assert "not enough funds" in text(world.client.get(f"/brand/funding/{db.short(row.id)}/pay"))
    assert "did not arrive" in text(world.client.get("/notifications"))
    assert world.begin().id != row.id
