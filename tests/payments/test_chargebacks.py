"""Chargebacks at the card: opened, answered, won and lost; before and after release; in any order and twice."""

from datetime import timedelta

import pytest

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.errors import Refused
from marketplace.payments import operations
from marketplace.payments.books import audit, chart, freezes, ledger
from marketplace.payments.losses import chargebacks, recovery
from marketplace.payments.models import Chargeback
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.states import ChargebackState, PayoutState, RecoveryState, RefundState
from tests import factories
from tests.ledger import assert_balances, check
from tests.payments.world import World, usd


def opened(world: World) -> Chargeback:
    """The bank of the newest charge takes it back, and we hear of it."""
    world.server.control("POST", "/disputes", charge=world.charge(), reason="fraudulent")
    world.deliver()
    return db.session.query(Chargeback).order_by(Chargeback.id.desc()).first()


def decide(world: World, row: Chargeback, evidence: str) -> None:
    chargebacks.answer(row, evidence, by=factories.staff().actor)
    world.run_jobs()
    world.server.advance(seconds=1)
    world.deliver()


def test_an_opened_chargeback_freezes_the_lot_and_the_deal_and_one_that_is_won_frees_them(world: World) -> None:
    world.onboard()
    world.fund()
    row = opened(world)
    assert (row.state, row.withheld_minor, row.fee_minor) == (ChargebackState.OPEN, 100_000, 1_500)
    assert funding.protected(world.deal, "USD") == usd(0)
    assert_balances(
        "stripe_pending | -44.30\nstripe_fees | 44.30\nchargeback_withheld | 1000.00\nprotected:deal | 1000.00",
        **world.names,
    )
    with pytest.raises(freezes.Frozen, match="taken this payment back"):
        world.release()
    with pytest.raises(Refused, match="Nothing is protected"):
        refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)
    due = deadlines.live(chargebacks.ANSWER, ("chargeback", row.id))
    assert due is not None
    assert due.due_at == row.answer_by
    decide(world, row, "winning_evidence")
    assert row.state == ChargebackState.WON
    assert freezes.standing(world.deal) is None
    assert funding.protected(world.deal, "USD") == usd(100_000)
    assert deadlines.live(chargebacks.ANSWER, ("chargeback", row.id)) is None
    assert world.release().amount == usd(90_000)
    world.run_jobs()
    assert ledger.balance(chart.CHARGEBACK_WITHHELD, "USD") == usd(0)


def test_one_that_is_lost_before_release_takes_the_protected_money_and_nothing_else(world: World) -> None:
    world.fund()
    row = opened(world)
    decide(world, row, "losing_evidence")
    assert (row.state, row.lost_minor) == (ChargebackState.LOST, 100_000)
    assert_balances("stripe_pending | -44.30\nstripe_fees | 44.30", **world.names)
    with pytest.raises(ledger.Overdraft):
        world.release()


def test_without_an_answer_it_is_lost_when_the_banks_time_is_over(world: World) -> None:
    world.fund()
    row = opened(world)
    world.server.advance(days=10)
    world.deliver()
    assert row.state == ChargebackState.LOST
    with pytest.raises(Refused, match="answered already"):
        chargebacks.answer(row, "too late", by=factories.staff().actor)


def test_what_was_released_is_the_platforms_loss_unless_staff_take_it_back(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    row = opened(world)
    staff = factories.staff().actor
    with pytest.raises(Refused, match="bank has taken this payment back"):
        recovery.take_back(payout, usd(60_000), reason="refund", key="r", by=staff)
    decide(world, row, "losing_evidence")
    assert row.lost_minor == 40_000
    assert ledger.balance(chart.CHARGEBACK_LOSSES, "USD") == usd(60_000)
    check()
    world.fund(subject=db.new_id())
    (taken,) = recovery.take_back(payout, usd(60_000), reason="as the terms say", key="c", by=staff)
    world.run_jobs()
    assert (taken.state, taken.how) == (RecoveryState.DONE, "reversal")
    assert ledger.balance(chart.CHARGEBACK_LOSSES, "USD") == usd(0)
    assert [one["id"] for one in world.at_stripe("refund") if one["id"].startswith("re_")] == []
    with pytest.raises(Refused, match="At most"):
        recovery.take_back(payout, usd(1), reason="twice", key="c2", by=staff)


def test_only_the_transfer_of_the_disputed_charge_waits_and_goes_once_it_is_won(world: World) -> None:
    world.fund(30_000, purpose="budget")
    world.fund(50_000, purpose="budget")
    payout = world.release(80_000, 8_000)  # one payout over two charges, before her account is ready
    row = opened(world)
    assert freezes.standing(world.deal) is None  # a budget is not frozen as a whole
    world.onboard()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert [one["amount"] for one in world.at_stripe("transfer")] == [27_000]
    decide(world, row, "winning_evidence")
    assert payout.state == PayoutState.PAID
    assert [one["amount"] for one in world.at_stripe("transfer")] == [45_000, 27_000]


def test_a_transfer_that_had_not_left_when_it_was_lost_stops_for_staff(world: World) -> None:
    world.fund()
    payout = world.release()
    row = opened(world)
    decide(world, row, "losing_evidence")
    assert payout.state == PayoutState.STUCK
    assert ledger.balance(chart.CHARGEBACK_LOSSES, "USD") == usd(100_000)
    recovery.take_back(payout, usd(100_000), reason="a stolen card", key="c", by=factories.staff().actor)
    assert payout.state == PayoutState.WITHDRAWN
    assert ledger.balance(chart.CHARGEBACK_LOSSES, "USD") == usd(0)
    assert ledger.balance(chart.payable(world.creator.party.id, world.deal), "USD") == usd(0)


@pytest.mark.parametrize("order", ["forward", "backward", "twice"])
def test_the_messages_may_come_in_any_order_and_more_than_once(world: World, order: str) -> None:
    world.fund()
    world.server.control("POST", "/disputes", charge=world.charge(), reason="product_not_received")
    dispute = world.at_stripe("dispute")[0]["id"]
    world.server.client().v1.disputes.update(dispute, {"evidence": {"uncategorized_text": "winning_evidence"}})
    world.server.advance(seconds=1)
    messages = world.server.messages()
    messages = {"forward": messages, "backward": messages[::-1], "twice": messages + messages}[order]
    for one in messages:
        world.client.post(f"/webhooks/stripe/{one['endpoint']}", data=one["body"], headers=one["headers"])
    world.run_jobs()
    assert db.session.query(Chargeback).one().state == ChargebackState.WON
    assert funding.protected(world.deal, "USD") == usd(100_000)


def test_a_chargeback_told_before_its_charge_finds_the_charge_itself(world: World) -> None:
    row = world.begin()
    world.pay(row, "4000000000000259")
    for one in [one for one in world.server.messages() if one["type"].startswith("charge.dispute")]:
        world.client.post(f"/webhooks/stripe/{one['endpoint']}", data=one["body"], headers=one["headers"])
    world.run_jobs()
    assert db.session.query(Chargeback).one().state == ChargebackState.OPEN
    assert row.state == "funded"


def test_a_refund_on_its_way_and_a_chargeback_on_one_charge_never_deduct_twice(world: World) -> None:
    world.fund()
    world.fund(subject=db.new_id())
    audit.halt("a pause, so that the refund is not sent yet")
    (refund,) = refunds.refund(
        subject=world.deal, amount=usd(30_000), reason="fewer posts", key="r", by=world.brand.actor
    )
    charge = world.at_stripe("charge")[-1]["id"]
    world.server.control("POST", "/disputes", charge=charge, reason="fraudulent")
    world.deliver()
    row = db.session.query(Chargeback).one()
    assert row.amount_minor == 100_000
    halt = audit.standing_halt()
    assert halt is not None
    audit.lift(halt, by=world.brand.actor)
    with time.at(time.now() + timedelta(minutes=2)):
        operations.sweep()
        world.run_jobs()
    assert refund.state == RefundState.REFUSED  # Stripe does not refund what the bank has taken
    assert funding.protected(world.deal, "USD") == usd(0)
    check()
    decide(world, row, "losing_evidence")
    assert row.lost_minor == 100_000
    assert ledger.balance(chart.CHARGEBACK_LOSSES, "USD") == usd(0)


def test_what_was_refunded_before_cannot_be_charged_back_again(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(subject=db.new_id())
    refunds.refund(subject=world.deal, amount=usd(30_000), reason="fewer posts", key="r", by=world.brand.actor)
    world.run_jobs()
    charge = world.at_stripe("charge")[-1]["id"]
    world.server.control("POST", "/disputes", charge=charge, reason="fraudulent")
    world.deliver()
    row = db.session.query(Chargeback).one()
    decide(world, row, "losing_evidence")
    assert (row.amount_minor, row.lost_minor) == (70_000, 70_000)
    assert ledger.balance(chart.protected(world.deal), "USD") == usd(0)
    assert ledger.balance(chart.CHARGEBACK_LOSSES, "USD") == usd(0)


def test_an_answer_needs_words_and_goes_out_once(world: World) -> None:
    world.fund()
    row = opened(world)
    staff = factories.staff().actor
    for text in (" ", "x" * 20_001):
        with pytest.raises(Refused, match="Write what we hold"):
            chargebacks.answer(row, text, by=staff)
    chargebacks.answer(row, "The contract, the approval and the live link.", by=staff)
    world.run_jobs()
    assert row.state == ChargebackState.ANSWERED
    assert world.at_stripe("dispute")[0]["evidence"]["uncategorized_text"].startswith("The contract")
    with pytest.raises(Refused, match="answered already"):
        chargebacks.answer(row, "And more.", by=staff)
