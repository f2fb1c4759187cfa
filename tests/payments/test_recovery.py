"""Released money taken back by a ruling, and what a payee owes netted against what she earns later."""

import pytest

from marketplace import db
from marketplace.errors import Refused
from marketplace.payments.books import chart, ledger
from marketplace.payments.losses import recovery
from marketplace.payments.models import Payout, Refund, Transfer
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.money_out import netting
from marketplace.payments.states import PayoutState, RecoveryState, RefundState, TransferState
from tests import factories
from tests.ledger import assert_balances, check, journals
from tests.payments.world import World, usd


def paid(world: World, minor: int = 100_000, fee: int = 10_000) -> Payout:
    """A payout that has arrived, and spare money on the platform's balance."""
    world.onboard()
    world.fund(minor)
    payout = world.release(minor, fee)
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    return payout


def refunded(world: World) -> list[int]:
    """What went back on cards."""
    return [one["amount"] for one in world.at_stripe("refund") if one["id"].startswith("re_")]


def test_a_refund_after_release_reverses_the_transfer_first_and_then_goes_back_on_the_charge(world: World) -> None:
    payout = paid(world)
    world.fund(subject=db.new_id())  # Stripe keeps its fee: without a reserve the refund would wait
    staff = factories.staff().actor
    (row,) = recovery.take_back(payout, usd(50_000), reason="half was never posted", key="k", by=staff)
    again = recovery.take_back(payout, usd(50_000), reason="half was never posted", key="k", by=staff)
    assert [one.id for one in again] == [row.id]
    assert (row.amount_minor, row.fee_minor) == (45_000, 5_000)
    world.run_jobs()
    assert (row.state, row.how) == (RecoveryState.DONE, "reversal")
    assert [one["amount"] for one in world.at_stripe("transfer_reversal")] == [45_000]
    assert refunded(world) == [50_000]
    assert_balances(
        "stripe_pending | 991.40\nstripe_fees | 58.60\nfee_revenue | 50.00\nprotected:? | 1000.00", **world.names
    )
    check()
    for one in (messages := world.server.messages()) + messages:  # every message, twice
        world.client.post(f"/webhooks/stripe/{one['endpoint']}", data=one["body"], headers=one["headers"])
    world.run_jobs()
    assert len(refunded(world)) == len(world.at_stripe("transfer_reversal")) == 1
    with pytest.raises(Refused, match=r"At most \$500.00"):
        recovery.take_back(payout, usd(50_001), reason="more", key="k2", by=staff)


def test_a_reversal_is_booked_as_the_table_in_the_docs_says(world: World) -> None:
    payout = paid(world)
    world.fund(subject=db.new_id())
    recovery.take_back(payout, usd(10_000), reason="late", key="k", by=factories.staff().actor)
    world.run_jobs()
    shown = [line for line in journals(**world.names).splitlines() if line.startswith(("recovery", "refund"))]
    assert shown == [
        "recovery | stripe_pending | debit | 90.00",
        "recovery | fee_revenue | debit | 10.00",
        "recovery | protected:deal | credit | 100.00",
        "refund | protected:deal | debit | 100.00",
        "refund | stripe_pending | credit | 100.00",
    ]


def test_lot_by_lot_the_parts_sum_to_the_whole_to_the_cent(world: World) -> None:
    world.onboard()
    for minor in (3_333, 5_000, 10_000):
        world.fund(minor, purpose="budget")
    payout = world.release(18_333, 1_001)
    world.run_jobs()
    world.fund(subject=db.new_id())
    by = factories.staff().actor
    for number, minor in enumerate((1, 3_333, 9_999, 4_999, 1)):
        recovery.take_back(payout, usd(minor), reason="step by step", key=f"k{number}", by=by)
        world.run_jobs()
        check("B")
    rows = recovery.of_payout(payout.id)
    assert sum(row.amount_minor for row in rows) == 17_332
    assert sum(row.fee_minor for row in rows) == 1_001
    assert sum(refunded(world)) == 18_333
    assert recovery.most(payout) == usd(0)


def test_what_has_not_left_is_taken_out_of_the_payout_and_nothing_is_asked_of_stripe(world: World) -> None:
    world.fund()
    world.fund(subject=db.new_id())
    payout = world.release()
    recovery.take_back(payout, usd(40_000), reason="agreed later", key="k", by=factories.staff().actor)
    check()
    assert world.operation("refund").params["amount"] == 40_000
    world.onboard()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    assert [one["amount"] for one in world.at_stripe("transfer")] == [54_000]
    assert world.at_stripe("transfer_reversal") == []


def test_a_payout_taken_back_whole_before_it_left_says_so(world: World) -> None:
    world.fund()
    payout = world.release()
    recovery.take_back(payout, usd(100_000), reason="nothing was made", key="k", by=factories.staff().actor)
    assert payout.state == PayoutState.WITHDRAWN
    assert ledger.balance(chart.payable(world.creator.party.id, world.deal), "USD") == usd(0)


def test_a_short_balance_at_stripe_is_owed_and_later_earnings_pay_it_first(world: World) -> None:
    payout = paid(world)
    world.server.advance(days=3)  # it left for her bank: her Stripe balance is empty
    world.fund(200_000, subject=db.new_id())
    (row,) = recovery.take_back(payout, usd(100_000), reason="not as agreed", key="k", by=factories.staff().actor)
    world.run_jobs()
    assert (row.state, row.how) == (RecoveryState.OWED, "receivable")
    assert db.session.query(Refund).one().state == RefundState.DONE  # the brand does not wait for her
    creator = world.creator.party.id
    assert netting.owed(creator, "USD") == usd(90_000)
    check()
    first, second = db.new_id(), db.new_id()
    world.fund(50_000, subject=first)
    world.fund(100_000, subject=second)
    netted = world.release(50_000, 5_000, key="first", subject=first)
    world.run_jobs()
    assert netted.state == PayoutState.PAID
    assert [one.state for one in db.session.query(Transfer).filter_by(payout_id=netted.id)] == [TransferState.NETTED]
    partly = world.release(100_000, 10_000, key="second", subject=second)
    world.run_jobs()
    assert netting.owed(creator, "USD") == usd(0)
    assert [one["amount"] for one in world.at_stripe("transfer")] == [45_000, 90_000]
    assert partly.state == PayoutState.PAID
    # What was set off was hers: taking that back makes her owe it again.
    recovery.take_back(netted, usd(50_000), reason="again", key="n", by=factories.staff().actor)
    world.run_jobs()
    assert netting.owed(creator, "USD") == usd(45_000)


def test_a_lost_answer_to_a_reversal_is_found_again_and_nothing_is_taken_twice(world: World) -> None:
    payout = paid(world)
    world.fund(subject=db.new_id())
    world.server.fault("drop", f"/v1/transfers/{world.at_stripe('transfer')[0]['id']}/reversals", "POST", count=3)
    (row,) = recovery.take_back(payout, usd(30_000), reason="late", key="k", by=factories.staff().actor)
    world.run_jobs()
    assert row.state == RecoveryState.SENDING
    world.deliver()  # the message knows it by our mark
    assert row.state == RecoveryState.DONE
    assert len(world.at_stripe("transfer_reversal")) == 1


def test_a_refund_that_nobody_can_pay_yet_keeps_the_money_protected(world: World) -> None:
    payout = paid(world)
    recovery.take_back(payout, usd(100_000), reason="all of it", key="k", by=factories.staff().actor)
    world.run_jobs()
    assert funding.protected(world.deal, "USD") == usd(0)
    with pytest.raises(Refused, match="Nothing is protected"):
        refunds.refund(subject=world.deal, reason="again", key="r", by=world.brand.actor)
    with pytest.raises(Refused, match="At most"):
        recovery.take_back(payout, usd(1), reason="again", key="k2", by=factories.staff().actor)
