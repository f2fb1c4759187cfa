"""Every movement at Stripe has one journal and back; what has none is listed with its age and never repaired silently."""

from datetime import timedelta

from marketplace import clock, db
from marketplace.payments import balance, reconcile, refunds
from marketplace.payments.models import BalanceTransaction
from tests.ledger import balances
from tests.payments.world import World, usd


def test_after_paying_releasing_and_refunding_nothing_differs(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(5_000, subject=db.new_id())
    world.release(60_000, 6_000)
    refunds.refund(subject=world.deal, amount=usd(10_000), reason="fewer posts", key="r", by=world.brand.actor)
    world.run_jobs()
    assert reconcile.run() == []
    assert db.session.query(BalanceTransaction).count() == 4


def test_a_movement_without_a_journal_is_listed_and_explained_later(world: World) -> None:
    row = world.begin()
    world.pay(row)
    (difference,) = reconcile.run()
    assert (difference.net, difference.cause) == (usd(97_070), "no journal explains it")
    told = world.app.test_cli_runner().invoke(args=["stripe", "reconcile"])
    assert told.exit_code == 1
    assert difference.transaction_id in told.output
    world.deliver()
    assert reconcile.run() == []
    assert world.app.test_cli_runner().invoke(args=["stripe", "reconcile"]).exit_code == 0


def test_what_was_pending_becomes_available_when_stripe_says_so(world: World) -> None:
    world.onboard()
    world.fund()
    world.release(60_000, 6_000)
    world.run_jobs()
    assert balance.settle() == 0
    with clock.at(clock.now() + timedelta(days=8)):
        assert balance.settle() == 2
        assert balance.settle() == 0
    held = balances(**world.names)
    assert "stripe_pending" not in held
    assert held["stripe_available"] == "430.70"
    world.server.advance(days=8)
    there = world.server.client().v1.balance.retrieve()
    assert there.available[0].amount == 43_070
