"""The money's way: a brand pays, the work is approved, the creator is transferred what she earned."""

import pytest

from marketplace import db
from marketplace.errors import Refused
from marketplace.payments.books import audit, ledger
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.money_out import payouts
from marketplace.payments.states import FundingState, OperationState, PayoutState, RefundState
from tests.ledger import assert_balances, assert_ledger
from tests.payments.world import World, usd
from tests.stripe_server import DECLINED


def test_a_brand_pays_into_protected_payment(world: World) -> None:
    row = world.fund()
    assert row.state == FundingState.FUNDED
    assert funding.protected(world.deal, "USD") == usd(100_000)
    assert_ledger(
        """
        charge | stripe_pending | debit  | 970.70
        charge | protected:deal | credit | 1000.00
        charge | stripe_fees    | debit  | 29.30
        """,
        **world.names,
    )


def test_the_person_coming_back_sees_protected_payment_before_any_webhook(world: World) -> None:
    row = world.begin()
    world.pay(row)
    db.session.commit()
    world.client.sign_in(world.brand)
    answer = world.client.get(f"/brand/funding/{db.short(row.id)}/return")
    assert (answer.status_code, answer.location) == (303, "/deals")
    assert funding.protected(world.deal, "USD") == usd(100_000)
    world.deliver()
    assert funding.protected(world.deal, "USD") == usd(100_000)


def test_a_webhook_alone_protects_the_payment(world: World) -> None:
    row = world.begin()
    world.pay(row)
    assert world.deliver() > 0
    assert row.state == FundingState.FUNDED
    assert funding.protected(world.deal, "USD") == usd(100_000)


def test_a_declined_card_leaves_the_payment_open(world: World) -> None:
    row = world.begin()
    assert world.pay(row, DECLINED).errors
    world.deliver()
    assert funding.refresh(row).state == FundingState.OPEN
    world.pay(row)
    assert funding.refresh(row).state == FundingState.FUNDED


def test_double_clicking_pay_opens_one_page_and_paying_twice_is_refused(world: World) -> None:
    first, second = world.begin(), world.begin()
    assert first.id == second.id
    assert funding.checkout_url(first) == funding.checkout_url(second)
    assert len(world.at_stripe("checkout.session")) == 1
    world.pay(first)
    funding.refresh(first)
    with pytest.raises(Refused, match="paid already"):
        world.begin()


def test_approval_releases_it_and_the_creator_is_transferred_the_money_minus_the_shown_fee(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    assert [(one["amount"], one["source_transaction"]) for one in world.at_stripe("transfer")] == [
        (90_000, world.charge())
    ]
    assert_ledger(
        """
        charge   | stripe_pending   | debit  | 970.70
        charge   | protected:deal   | credit | 1000.00
        charge   | stripe_fees      | debit  | 29.30
        release  | protected:deal   | debit  | 1000.00
        release  | payable:ann:deal | credit | 900.00
        release  | fee_revenue      | credit | 100.00
        sending  | payable:ann:deal | debit  | 900.00
        sending  | clearing:?       | credit | 900.00
        transfer | clearing:?       | debit  | 900.00
        transfer | stripe_pending   | credit | 900.00
        """,
        **world.names,
    )


def test_a_release_waits_for_the_creators_account_and_then_goes_by_itself(world: World) -> None:
    world.fund()
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert_balances(
        "stripe_pending | 970.70\nstripe_fees | 29.30\nfee_revenue | 100.00\npayable:ann:deal | 900.00", **world.names
    )
    world.onboard()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    world.deliver()
    assert len(world.at_stripe("transfer")) == 1


def test_a_thin_webhook_alone_makes_the_account_ready(world: World) -> None:
    account = world.onboard("restricted")
    world.fund()
    payout = world.release()
    world.run_jobs()
    world.server.onboard(account.stripe_id)
    world.deliver("thin")
    world.run_jobs()
    assert payout.state == PayoutState.PAID


def test_releasing_twice_under_one_key_pays_once_and_more_than_protected_never(world: World) -> None:
    world.onboard()
    world.fund()
    assert world.release(60_000, 6_000).id == world.release(60_000, 6_000).id
    with pytest.raises(ledger.KeyReused):
        world.release(50_000, 5_000)
    with pytest.raises(ledger.Overdraft):
        world.release(40_001, 1, key="more")
    world.run_jobs()
    assert [one["amount"] for one in world.at_stripe("transfer")] == [54_000]


def test_lots_are_drawn_first_in_first_out_and_the_shares_sum_to_the_whole(world: World) -> None:
    world.onboard()
    for minor in (3_333, 5_000, 10_000):
        world.fund(minor, purpose="budget")
    payout = world.release(8_334, 1_001)
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    paid = [one["amount"] for one in reversed(world.at_stripe("transfer"))]
    assert sum(paid) == 7_333
    assert len(paid) == 3
    assert funding.protected(world.deal, "USD") == usd(9_999)


def test_a_release_needs_the_evidence_its_reason_demands(world: World) -> None:
    from marketplace.payments.money_out import releases

    world.fund()
    for reason, evidence in (("approved work", {"contract_id": world.deal}), ("because", {})):
        with pytest.raises(ValueError, match=r"deliverable_ids|because"):
            releases.release(
                subject=world.deal, payee=world.creator.party.id, amount=usd(1_000), fee=usd(0), reason=reason,
                evidence=evidence, key="k", by=world.brand.actor,
            )  # fmt: skip


def test_a_refund_before_a_release_gives_the_money_back_to_the_brand(world: World) -> None:
    world.fund()
    world.fund(subject=db.new_id())
    (refund,) = refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)
    assert funding.protected(world.deal, "USD") == usd(0)
    again = refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)
    assert [one.id for one in again] == [refund.id]
    world.run_jobs()
    assert refund.state == RefundState.DONE
    assert [one["amount"] for one in world.at_stripe("refund")] == [100_000]
    assert_balances("stripe_pending | 941.40\nstripe_fees | 58.60\nprotected:? | 1000.00", **world.names)
    world.deliver()
    with pytest.raises(Refused, match="Nothing is protected"):
        refunds.refund(subject=world.deal, reason="again", key="r2", by=world.brand.actor)


def test_a_refund_that_waits_for_the_balance_at_stripe_keeps_its_hold_until_it_is_done(world: World) -> None:
    world.fund()
    (refund,) = refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)
    world.run_jobs()  # Stripe's fee is missing from the balance
    assert refund.state == RefundState.SENDING
    assert funding.protected(world.deal, "USD") == usd(0)
    world.fund(subject=db.new_id())
    world.server.advance(days=1.1)
    world.deliver()
    assert refund.state == RefundState.DONE
    assert funding.protected(world.deal, "USD") == usd(0)


def test_a_part_can_be_refunded_and_the_rest_released(world: World) -> None:
    world.onboard()
    world.fund()
    refunds.refund(subject=world.deal, amount=usd(30_000), reason="fewer posts", key="r", by=world.brand.actor)
    with pytest.raises(ledger.Overdraft):
        world.release(70_001, 1)
    world.release(70_000, 7_000)
    world.run_jobs()
    assert [one["amount"] for one in world.at_stripe("transfer")] == [63_000]
    assert funding.protected(world.deal, "USD") == usd(0)


def test_a_refund_stripe_refuses_leaves_the_money_protected(world: World) -> None:
    row = world.fund()
    world.server.client().v1.refunds.create({"charge": world.charge(), "amount": 100_000})
    (refund,) = refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)
    world.run_jobs()
    assert refund.state == RefundState.REFUSED
    assert world.operation("refund").state == OperationState.REFUSED
    assert funding.protected(world.deal, "USD") == row.amount


def test_an_account_that_lost_its_capability_makes_the_payout_wait_and_the_money_owed_again(world: World) -> None:
    account = world.onboard()
    world.fund()
    world.server.onboard(account.stripe_id, "restricted")
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert account.state == "restricted"
    world.server.onboard(account.stripe_id, "active")
    world.deliver()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    assert world.operation("transfer").generation == 2
    assert len(world.at_stripe("transfer")) == 1


def test_a_halt_keeps_money_here_and_it_goes_once_the_halt_is_lifted(world: World) -> None:
    world.onboard()
    world.fund()
    audit.halt("a test's breach")
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    halt = audit.standing_halt()
    assert halt is not None
    audit.lift(halt, by=world.brand.actor)
    payouts.send_all()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
