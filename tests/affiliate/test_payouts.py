"""A statement is paid out of the program's budget through a Stripe transfer, whole or not at all."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import jobs as affiliate_jobs
from marketplace.affiliate import payouts, top_ups
from marketplace.affiliate.sales_models import BatchPayment, ReleaseBatch, ReleasedLine, Statement
from marketplace.authz import CLOCK
from marketplace.collaborations import deals
from marketplace.collaborations.models import Deal
from marketplace.deadlines import Deadline
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.notifications.models import Notification
from marketplace.payments.models import Funding, Payout
from marketplace.payments.money_in import cards, funding
from marketplace.payments.money_out import payout_accounts
from tests import ledger
from tests.affiliate.shop import click, later, open_shop, order, take
from tests.affiliate.world import Affiliate, World, world
from tests.factories import Person, staff
from tests.pages_of_deals import words
from tests.stripe_server import VISA


class Paid:
    """A program with a budget and one affiliate whose account at Stripe is ready."""

    def __init__(self, stripe, run_jobs, *, budget: int, **terms) -> None:
        self.stripe, self.run_jobs = stripe, run_jobs
        self.here: World = world(hold_days=10, **terms)
        self.ann: Affiliate = self.here.affiliate("Ann")
        self.shop = open_shop(self.here)
        self.onboard(self.ann)
        if budget:
            self.top_up(budget)

    def onboard(self, friend: Affiliate) -> None:
        self.onboard_person(friend.person)

    def onboard_person(self, person: Person) -> None:
        party = person.party.id
        self.stripe.fill_onboarding(payout_accounts.onboarding_url(party, "http://localhost/a", "http://localhost/b"))
        payout_accounts.refresh(payout_accounts.of(party))

    def top_up(self, minor: int) -> None:
        row = funding.top_up(
            subject=self.here.program.id, payer=self.here.brand.party.id, amount=Money(minor, "USD"),
            description="Budget", return_url="/brand/programs", by=self.here.brand.actor,
        )  # fmt: skip
        self.pay(row)

    def fund_deal(self, deal: Deal) -> None:
        row = deals.fund(deal, "/deals", by=self.here.brand.actor)
        self.pay(row)

    def pay(self, row: Funding) -> None:
        funding.checkout_url(row)
        self.stripe.pay_checkout(row.session_id)
        funding.refresh(row)

    def sell(self, amount: int):
        sale = order(amount, clicks=(click(self.ann.link),))
        take(self.shop, sale)
        return sale

    def close(self) -> list[Statement]:
        affiliate_jobs.close_statements(self.here.program.id)
        return list(db.session.scalars(sa.select(Statement).order_by(Statement.period_start)))


def month(number: int) -> datetime:
    return datetime(2026, number, 1, 12, tzinfo=UTC)


def test_a_release_moves_budget_to_payable_and_pays_by_a_transfer(stripe_server, run_jobs, clock) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    paid.sell(10000)
    clock.freeze(month(4))
    [row] = paid.close()
    assert payouts.standing(row).word == "in_payout"
    assert payouts.protected(paid.here.program) == Money(4000, "USD")
    run_jobs()
    run_jobs()
    assert payouts.standing(row).word == "paid"
    [transfer] = stripe_server.objects("transfer")
    assert transfer["amount"] == 1000
    clock.freeze(month(5))
    first, second = paid.close()
    assert (second.opening_minor, second.paid_minor, second.closing_minor) == (1000, 1000, 0)
    assert first.releasable_minor == 1000
    assert second.releasable_minor == 0


def test_a_payout_is_called_by_the_month_of_the_statement_it_pays_and_for_staff_by_its_payee(
    stripe_server, run_jobs, clock, client
) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    paid.sell(10000)
    clock.freeze(month(4))
    paid.close()
    run_jobs()
    run_jobs()
    [payout] = db.session.scalars(sa.select(Payout))
    assert payout.evidence["month"] == "2026-03"
    place = f"/earnings/payouts/{db.short(payout.id)}"
    client.sign_in(paid.ann.person)
    for page in ("/earnings", "/earnings/year?year=2026", "/earnings/year.csv?year=2026", place, f"{place}/receipt"):
        assert "March 2026: Budget" in client.get(page, buffered=True).text, page
    client.sign_in(staff("finance"))
    assert "March 2026: Budget" in client.get("/staff/money").text
    assert "Payout of $10.00 to Ann" in client.get(place).text


def test_a_payout_leads_to_the_statement_it_pays_for_whom_may_read_it_and_names_who_paid(
    stripe_server, run_jobs, clock, client
) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    paid.sell(10000)
    clock.freeze(month(4))
    [statement] = paid.close()
    [payout] = db.session.scalars(sa.select(Payout))
    place, leads = f"/earnings/payouts/{db.short(payout.id)}", f'href="/statements/{db.short(statement.id)}"'
    client.sign_in(paid.ann.person)
    assert leads in client.get(place).text
    assert f'href="{place}"' in client.get(f"/statements/{db.short(statement.id)}").text  # and back
    for page in (place, f"{place}/receipt"):
        assert f"Paid by {paid.here.brand.party.name}" in words(client.get(page)), page
    client.sign_in(staff("finance"))
    assert leads not in client.get(place).text


def test_a_short_budget_pays_nothing_by_halves_says_so_and_pays_when_it_is_topped_up(
    stripe_server, run_jobs, clock
) -> None:
    paid = Paid(stripe_server, run_jobs, budget=950)
    paid.sell(10000)
    clock.freeze(month(4))
    [row] = paid.close()
    assert payouts.standing(row).word == "waiting"
    assert payouts.missing(paid.here.program) == Money(50, "USD")
    assert db.session.scalars(sa.select(ReleaseBatch)).all() == []
    waiting = db.session.scalars(sa.select(Deadline).where(Deadline.kind == "affiliate.top_up")).one()
    assert (waiting.owner_party_id, waiting.state) == (paid.here.brand.party.id, "running")
    paid.top_up(100)
    run_jobs()
    run_jobs()
    db.session.refresh(waiting)
    assert (payouts.standing(row).word, waiting.state) == ("paid", "met")


def test_less_than_the_smallest_payout_is_carried_forward(stripe_server, run_jobs, clock) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000, minimum=1500)
    paid.sell(10000)
    clock.freeze(month(4))
    [row] = paid.close()
    assert (row.releasable_minor, row.carried_forward_minor) == (0, 1000)
    paid.sell(5000)
    clock.freeze(month(5))
    _first, second = paid.close()
    assert (second.releasable_minor, second.carried_forward_minor) == (1500, 0)
    assert db.session.scalars(sa.select(ReleaseBatch)).one().amount_minor == 1500
    assert len(db.session.scalars(sa.select(ReleasedLine)).all()) == 2


def test_after_payment_a_refund_is_carried_as_a_negative_line_and_recovered(stripe_server, run_jobs, clock) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    sale = paid.sell(10000)
    clock.freeze(month(4))
    paid.close()
    run_jobs()
    run_jobs()
    take(paid.shop, later(sale, "refunded", amount=4000))
    clock.freeze(month(5))
    second = paid.close()[-1]
    assert (second.closing_minor, second.carried_forward_minor) == (-400, -400)
    paid.sell(6000)
    clock.freeze(month(6))
    third = paid.close()[-1]
    assert (third.closing_minor, third.releasable_minor) == (200, 200)
    run_jobs()
    run_jobs()
    assert sorted(t["amount"] for t in stripe_server.objects("transfer")) == [200, 1000]


def test_a_disputed_order_is_not_paid_until_the_dispute_is_won(stripe_server, run_jobs, clock) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    sale = paid.sell(10000)
    take(paid.shop, later(sale, "disputed", reference="d"))
    clock.freeze(month(4))
    [row] = paid.close()
    assert (row.held_minor, row.releasable_minor) == (1000, 0)
    take(paid.shop, later(sale, "dispute_won", reference="d", at=time.now()))
    paid.sell(100)
    clock.freeze(month(5))
    assert paid.close()[-1].releasable_minor == 1010


def test_released_twice_or_told_twice_changes_nothing(stripe_server, run_jobs, clock) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    paid.sell(10000)
    clock.freeze(month(4))
    paid.close()
    assert payouts.release_due(paid.here.program, by=CLOCK) == []
    run_jobs()
    run_jobs()
    batch = db.session.scalars(sa.select(ReleaseBatch)).one()
    first = db.session.scalars(sa.select(BatchPayment)).one().posted_at
    clock.travel(timedelta(days=1))
    payouts.note_paid(batch.payout_id)
    assert db.session.scalars(sa.select(BatchPayment)).one().posted_at == first
    assert payouts.note_paid(db.new_id()) is None


def test_an_affiliate_without_a_payout_account_waits_and_the_others_do_not(stripe_server, run_jobs, clock) -> None:
    paid = Paid(stripe_server, run_jobs, budget=5000)
    bea = paid.here.affiliate("Bea")
    paid.sell(10000)
    take(paid.shop, order(10000, clicks=(click(bea.link),)))
    clock.freeze(month(4))
    rows = {row.enrolment_id: row for row in paid.close()}
    run_jobs()
    run_jobs()
    assert payouts.standing(rows[paid.ann.enrolment.id]).word == "paid"
    assert payouts.standing(rows[bea.enrolment.id]).word == "in_payout"
    paid.onboard(bea)
    run_jobs()
    run_jobs()
    assert payouts.standing(rows[bea.enrolment.id]).word == "paid"


def test_a_brand_tops_the_budget_up_on_stripes_page(stripe_server, run_jobs, clock, client) -> None:
    paid = Paid(stripe_server, run_jobs, budget=0)
    client.sign_in(paid.here.brand)
    address = f"/brand/programs/{db.short(paid.here.program.id)}/budget"
    assert client.submit(address, {"amount": "0"}).status_code == 422
    answer = client.submit(address, {"amount": "50"})
    assert answer.status_code == 303
    assert answer.location.startswith(stripe_server.url)


def test_a_budget_fills_itself_with_the_card_on_file_and_tells_the_brand_when_the_bank_says_no(
    stripe_server, run_jobs, clock
) -> None:
    paid = Paid(stripe_server, run_jobs, budget=0)
    program, owner = paid.here.program, paid.here.brand
    line, amount = Money(2_000, "USD"), Money(5_000, "USD")
    with pytest.raises(Refused, match="Save a card first"):
        top_ups.fill_by_itself(program, line, amount, by=owner.actor)
    asks_always = "4000002760003184"
    for number in (asks_always, VISA):
        setup = cards.begin(owner.party.id, "/brand/funding", by=owner.actor)
        cards.page_url(setup)
        stripe_server.pay_checkout(setup.session_id, number)
        cards.refresh(setup)
        top_ups.fill_by_itself(program, line, amount, by=owner.actor)
        payouts.release_due(program, by=CLOCK)
        payouts.release_due(program, by=CLOCK)  # one is under way
        run_jobs()
    failed, made = db.session.scalars(sa.select(Funding).order_by(Funding.id)).all()
    assert (failed.state, failed.failure) == ("failed", "authentication_required")
    told = db.session.scalars(sa.select(Notification.event).where(Notification.user_id == owner.user.id)).all()
    assert told.count("payments.funding_failed") == 1
    assert (made.state, payouts.protected(program)) == ("funded", amount)
    ledger.check()
