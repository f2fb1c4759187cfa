"""Protected money handed from a budget to what it pays for: each share still names the charge it came in with."""

import pytest

from marketplace import db
from marketplace.payments.books import ledger
from marketplace.payments.money_in import funding, lots, refunds
from tests.ledger import assert_balances
from tests.payments.world import World, usd


def test_a_release_and_a_refund_after_an_allocation_name_the_charge_the_money_came_in_with(world: World) -> None:
    brief, deal = db.new_id(), world.deal
    world.onboard()
    for minor in (3_000, 5_000):
        world.fund(minor, subject=brief, purpose="budget")
    second, first = (one["id"] for one in world.at_stripe("charge"))
    move = {"payer": world.brand.party.id, "description": "A film about tea", "by": world.brand.actor}
    row = lots.allocate(source=brief, target=deal, amount=usd(4_000), key="a", **move)
    assert lots.allocate(source=brief, target=deal, amount=usd(4_000), key="a", **move).id == row.id
    with pytest.raises(ledger.Overdraft):
        lots.allocate(source=brief, target=deal, amount=usd(4_001), key="b", **move)
    assert_balances(
        "stripe_pending | 77.08\nstripe_fees | 2.92\nprotected:brief | 40.00\nprotected:deal | 40.00",
        brief=brief, **world.names,
    )  # fmt: skip
    assert [(lot.charge_id, held) for lot, held in lots.remaining(deal, "USD")] == [
        (first, usd(3_000)), (second, usd(1_000)),
    ]  # fmt: skip
    world.release(3_500, 500)
    lots.allocate(source=deal, target=brief, amount=usd(200), key="c", **move)
    assert lots.allocated(brief, deal, "USD") == usd(3_800)
    world.run_jobs()
    sent = {one["source_transaction"]: one["amount"] for one in world.at_stripe("transfer")}
    assert sent == {first: 2_571, second: 429}  # 30.00 to the creator, in the proportion of 30.00 to 5.00
    refunds.refund(subject=deal, currency="USD", reason="cancellation", key="r", by=world.brand.actor)
    refunds.refund(subject=brief, currency="USD", reason="brief closed", key="s", by=world.brand.actor)
    assert funding.protected(brief, "USD") == funding.protected(deal, "USD") == usd(0)
    world.server.advance(days=3)
    world.run_jobs()
    assert {(one["charge"], one["amount"]) for one in world.at_stripe("refund")} == {(second, 300), (second, 4_200)}
