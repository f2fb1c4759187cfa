"""A brief's budget pays its signed deals; what no deal needs goes back to the card it came from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marketplace import deadlines
from marketplace.authz import CLOCK
from marketplace.briefs import backing
from marketplace.briefs import service as briefs
from marketplace.briefs.models import Brief
from marketplace.collaborations import applications, clocks, deals
from marketplace.collaborations import service as collaborations
from marketplace.creators import queries as creators
from marketplace.db import short
from marketplace.deadlines import DeadlineState
from marketplace.money import Money
from marketplace.payments.models import Funding
from marketplace.payments.money_in import funding
from tests import factories, ledger
from tests.factories_deals import Sides, applied, deal_of, landed, sides, signed
from tests.pages_of_deals import words
from tests.stripe_server import AVAILABLE_AT_ONCE, StripeServer


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def held(brief: Brief) -> Money:
    return funding.protected(brief.id, "USD")


def paid(payment: Funding, server: StripeServer, **way: str) -> Funding:
    """Through the hosted page, and seen on the way back."""
    funding.checkout_url(payment)
    server.pay_checkout(str(payment.session_id), AVAILABLE_AT_ONCE, **way)
    return funding.refresh(payment)


def with_another(between: Sides) -> Sides:
    """The same brief and brand with one more creator."""
    return Sides(factories.creator("Otto Other"), between.brand, between.brief)


def test_a_signed_deal_is_paid_out_of_the_budget_and_one_it_does_not_cover_waits_for_the_next_payment() -> None:
    between = sides(head_count=2)
    brief = between.brief
    landed(backing.fund(brief, "/brand/briefs", by=between.brand.actor))
    assert (held(brief), backing.of(brief, brief.draft).word) == (usd(60_000), "budget")
    first = deal_of(signed(between, fee=40_000))
    assert (first.state, funding.protected(first.id, "USD"), held(brief)) == ("active", usd(40_000), usd(20_000))
    standing = backing.of(brief, brief.draft)
    assert (standing.word, standing.lacks) == ("card", usd(10_000))  # one place is open, and it is not covered
    second = deal_of(signed(with_another(between)))
    assert (second.state, held(brief)) == ("funding", usd(20_000))
    landed(backing.fund(brief, "/brand/briefs", by=between.brand.actor))
    deals.pay_out_of_budget(brief, by=CLOCK)
    assert (second.state, funding.protected(second.id, "USD"), held(brief)) == ("active", usd(30_000), usd(0))
    ledger.check()


def test_a_cancelled_deal_fills_the_budget_again_and_a_closed_brief_gives_it_back_once_nobody_waits(
    stripe_server: StripeServer, run_jobs: Any
) -> None:
    between = sides(head_count=2)
    brief, brand = between.brief, between.brand
    paid(backing.fund(brief, "/brand/briefs", by=brand.actor), stripe_server)
    deal = deal_of(signed(between))
    assert (deal.state, held(brief)) == ("active", usd(30_000))
    collaborations.cancel(deal, "We changed our plans.", by=brand.actor)
    run_jobs()
    assert (funding.protected(deal.id, "USD"), held(brief)) == (usd(0), usd(60_000))
    waiting = applied(with_another(between))
    briefs.close(brief, by=brand.actor)
    run_jobs()
    assert held(brief) == usd(60_000)  # an application may still become a deal
    applications.decline(waiting, "audience", "", by=brand.actor)
    run_jobs()
    assert held(brief) == usd(0)
    refunds = [(one["charge"], one["amount"]) for one in stripe_server.objects("refund")]
    assert refunds == [(stripe_server.objects("charge")[0]["id"], 60_000)]
    ledger.check()


def test_a_budget_that_lands_after_its_brief_was_closed_or_thrown_away_goes_back(
    stripe_server: StripeServer, run_jobs: Any
) -> None:
    brand = factories.brand()
    for end in (briefs.close, briefs.discard):
        brief = factories.published_brief(brand) if end is briefs.close else factories.draft_brief(brand)
        payment = backing.fund(brief, "/brand/briefs", by=brand.actor)
        funding.checkout_url(payment)
        end(brief, by=brand.actor)
        paid(payment, stripe_server)
        run_jobs()
    assert [one["amount"] for one in stripe_server.objects("refund")] == [30_000, 30_000]


def test_the_clock_for_paying_in_stands_still_while_a_bank_is_asked_and_runs_on_when_it_says_no(
    stripe_server: StripeServer, run_jobs: Any
) -> None:
    between = sides()
    deal = deal_of(signed(between))
    payment = deals.fund(deal, "/deals", by=between.brand.actor)
    paid(payment, stripe_server, way="us_bank_account", outcome="insufficient_funds")
    run_jobs()
    assert clock_of(deal) == DeadlineState.PAUSED
    stripe_server.advance(days=5)
    funding.refresh(payment)
    run_jobs()
    assert (clock_of(deal), deal.state) == (DeadlineState.RUNNING, "funding")


def clock_of(deal: Any) -> str:
    row = deadlines.live(clocks.FUND, ("deal", deal.id))
    assert row is not None
    return row.state


def test_what_is_paid_twice_for_a_deal_goes_back(stripe_server: StripeServer, run_jobs: Any) -> None:
    between = sides()
    deal = deal_of(signed(between))
    open_page = deals.fund(deal, "/deals", by=between.brand.actor)
    funding.checkout_url(open_page)
    paid(backing.fund(between.brief, "/brand/briefs", by=between.brand.actor), stripe_server)
    deals.pay_out_of_budget(between.brief, by=CLOCK)
    assert deal.state == "active"
    paid(open_page, stripe_server)
    run_jobs()
    assert (deal.state, funding.protected(deal.id, "USD")) == ("active", usd(30_000))
    assert [one["amount"] for one in stripe_server.objects("refund")] == [30_000]
    ledger.check()


def test_two_deals_of_one_brief_are_told_apart_by_their_creators_on_the_brands_money_pages(client) -> None:
    between = sides(head_count=2)
    landed(backing.fund(between.brief, "/brand/briefs", by=between.brand.actor))
    first, second = deal_of(signed(between)), deal_of(signed(with_another(between)))
    assert (first.title, first.state) == (second.title, second.state)
    named = [f"{deal.title}, with @{creators.profile(deal.creator_party_id).handle}" for deal in (first, second)]
    client.sign_in(between.brand)
    base, deal = f"/brand/funding/of/{short(between.brief.id)}", f"/brand/funding/of/{short(second.id)}"
    for page in ("/brand/funding", "/brand/funds", "/brand/funds/lines", base, "/brand/funds/accounts.csv"):
        said = client.get(page, buffered=True).text
        assert all(name in said for name in named), page
    assert named[1] in words(client.get(f"{deal}/receipt"))
    client.sign_in(between.creator)
    assert ", with @" not in words(client.get("/earnings"))


def test_a_brands_page_of_its_brief_says_what_is_in_the_budget_what_its_deals_hold_and_what_is_left_to_pay(
    client: Any,
) -> None:
    between = sides(head_count=2)
    landed(backing.fund(between.brief, "/brand/briefs", by=between.brand.actor))
    client.sign_in(between.brand)
    page = f"/brand/briefs/{short(between.brief.id)}"
    signed(between, fee=40_000)
    assert "In the budget now $200.00 Not paid in yet, for 1 place $100.00 Protected in its deals $400.00" in words(
        client.get(page)
    )


def test_a_brands_page_of_its_brief_says_how_many_applications_wait_and_until_when(client: Any, clock: Any) -> None:
    between = sides()
    client.sign_in(between.brand)
    page = f"/brand/briefs/{short(between.brief.id)}"
    assert "No application waits for you You have 3 days to answer each one that comes." in words(client.get(page))
    first = applied(between)
    clock.travel(timedelta(days=1))
    applied(with_another(between))
    shown = words(client.get(page))
    assert "2 applications wait You · by Thu, Mar 5" in shown
    assert "If nobody moves: they end with an apology, and that shows on your record." in shown
    applications.decline(first, "audience", "", by=between.brand.actor)
    assert "1 application waits You · by Fri, Mar 6" in words(client.get(page))
