"""Money at the banks: a payee's payout that fails and comes again, an account that loses and regains its capability, fee sweeps."""

import pytest

from marketplace import db
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.payments.books import audit, balance, chart, ledger
from marketplace.payments.models import BankPayout, Transfer
from marketplace.payments.money_out import bank_payouts, payout_accounts, sweep_fees
from marketplace.payments.states import BankPayoutState, PayoutState, SweepState
from tests import factories
from tests.ledger import check
from tests.payments.world import World, usd


def told(name: str) -> list[dict]:
    """Facts of a name, oldest first."""
    return [row.data for row in db.session.query(Event).filter_by(name=name).order_by(Event.id)]


def test_a_payout_that_fails_at_her_bank_comes_again_by_itself_once_her_details_are_new(world: World) -> None:
    account = world.onboard()
    world.server.onboard(account.stripe_id, account_number="000111111116")
    world.fund()
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    world.server.advance(days=5)
    world.deliver()
    failed = db.session.query(BankPayout).order_by(BankPayout.created_at).first()
    assert (failed.state, failed.failure) == (BankPayoutState.FAILED, "no_account")
    assert account.bank_problem == "no_account"
    assert [one["amount_minor"] for one in told("payments.bank_payout_failed")][:1] == [90_000]
    world.server.onboard(account.stripe_id)
    world.server.advance(days=5)
    world.deliver()
    arrived = bank_payouts.of_party(world.creator.party.id)[0]
    assert (arrived.state, arrived.amount_minor) == (BankPayoutState.PAID, 90_000)
    assert account.bank_problem is None
    assert len(told("payments.bank_payout_arrived")) == 1
    assert db.session.query(Transfer).one().bank_payout_id == arrived.id
    assert len(world.at_stripe("transfer")) == 1  # it was never sent twice


def test_an_account_that_needs_more_says_what_and_sends_what_waited_once_it_is_ready_again(world: World) -> None:
    account = world.onboard()
    world.fund(300_000)
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="restricted")
    world.deliver("thin")
    assert account.state == "restricted"
    assert "default_outbound_destination" in account.missing
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert [one["capability"] for one in told("payments.account_restricted")] == ["restricted"]
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="pending")
    world.deliver("thin")
    assert payout_accounts.problem(account)[0] == "review"
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="rejected")
    world.deliver("thin")
    assert payout_accounts.problem(account)[0] == "rejected"
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="active")
    world.deliver()
    assert payout.state == PayoutState.PAID
    world.deliver()
    assert [one["amount"] for one in world.at_stripe("transfer")] == [90_000]
    assert payout_accounts.problem(account) is None


def earned(world: World) -> None:
    """100.00 of fees less Stripe's, all available at Stripe."""
    world.onboard()
    world.fund()
    world.release()
    world.run_jobs()
    world.server.advance(days=3)
    balance.settle()


@pytest.fixture
def settled(world: World, clock) -> World:
    from datetime import timedelta

    from marketplace import clock as time

    earned(world)
    clock.freeze(time.now())
    clock.travel(timedelta(days=400))  # past every date that money becomes available
    balance.settle()
    return world


def test_only_earned_fees_are_swept_and_what_is_owed_stays(settled: World) -> None:
    world = settled
    assert sweep_fees.sweepable("USD") == usd(7_070)
    staff = factories.staff().actor
    row = sweep_fees.sweep("USD", by=staff)
    with pytest.raises(Refused, match="on their way"):
        sweep_fees.sweep("USD", by=staff)
    world.run_jobs()
    assert (row.state, row.amount_minor) == (SweepState.IN_TRANSIT, 7_070)
    check()
    world.server.advance(days=3)
    world.deliver()
    world.deliver()
    assert row.state == SweepState.PAID
    assert ledger.balance(chart.BANK, "USD") == usd(7_070)
    assert sweep_fees.sweepable("USD") == usd(0)
    with pytest.raises(Refused, match="Nothing may leave"):
        sweep_fees.sweep("USD", by=staff)


def test_pending_or_protected_money_is_never_swept(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(500_000, subject=db.new_id())
    world.release()
    world.run_jobs()
    assert sweep_fees.sweepable("USD") == usd(0)  # fees are earned, but nothing is available yet
    assert sweep_fees.sweep_due("USD") is None


def test_a_sweep_the_platforms_bank_sends_back_is_at_stripe_again_and_may_leave_once_more(settled: World) -> None:
    row = sweep_fees.sweep_due("USD")
    assert row is not None
    settled.run_jobs()
    settled.server.client().v1.payouts.cancel(row.stripe_id)
    settled.deliver()
    assert row.state == SweepState.FAILED
    assert len(told("payments.sweep_failed")) == 1
    assert sweep_fees.sweepable("USD") == usd(7_070)
    check()
    audit.halt("a breach")
    assert sweep_fees.sweep_due("USD") is None
    with pytest.raises(Refused, match="halted"):
        sweep_fees.sweep("USD", by=factories.staff().actor)
