"""The flows of money that are killed at every step: pay in, release, refund, take back, chargeback, sweep, month's end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.affiliate import jobs as affiliate_jobs
from marketplace.payments.books import balance
from marketplace.payments.losses import chargebacks, recovery
from marketplace.payments.models import Chargeback, Funding, Payout
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.money_out import sweep_fees
from tests.affiliate.test_payouts import Paid
from tests.payments.crashes import Flow
from tests.payments.world import World, usd


def nothing(world: World) -> None:
    pass


def funded(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(subject=db.new_id())  # Stripe keeps its fees: without a reserve a refund would wait


def paid_out(world: World) -> Any:
    funded(world)
    payout = world.release().id
    world.run_jobs()
    return payout


# Paying in


def go_to_the_page(world: World, scene: Any) -> None:
    row = world.begin()
    db.session.commit()
    funding.checkout_url(row)


def pay(world: World, scene: Any) -> None:
    (session,) = world.at_stripe("checkout.session")
    world.server.pay_checkout(session["id"])


def come_back(world: World, scene: Any) -> None:
    funding.refresh(db.session.scalars(sa.select(Funding)).one())


# Onboarding


def set_up(world: World, scene: Any) -> None:
    world.onboard()


# Out again


def release(world: World, scene: Any) -> None:
    world.release()


def release_over_lots(world: World, scene: Any) -> None:
    world.release(150_000, 15_000)


def two_lots(world: World) -> None:
    world.onboard()
    world.fund(100_000, purpose="budget")
    world.fund(60_000, purpose="budget")


def refund(world: World, scene: Any) -> None:
    refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)


def take_back(world: World, scene: Any) -> None:
    payout = db.session.get_one(Payout, scene)
    recovery.take_back(payout, usd(50_000), reason="half was never posted", key="k", by=world.brand.actor)


# Chargebacks


def partly_released(world: World) -> str:
    world.onboard()
    world.fund()
    world.release(60_000, 6_000)
    world.run_jobs()
    charge = world.charge()
    world.fund(subject=db.new_id())
    return charge


def bank_takes_it(world: World, scene: str) -> None:
    world.server.dispute(scene)


def answer(evidence: str) -> Callable[[World, Any], None]:
    def act(world: World, scene: Any) -> None:
        chargebacks.answer(db.session.scalars(sa.select(Chargeback)).one(), evidence, by=world.brand.actor)

    return act


def bank_decides(world: World, scene: Any) -> None:
    world.server.advance(seconds=1)


# Fees to the bank

LATER = timedelta(days=8)  # what was paid in has become available


def earned(world: World) -> None:
    paid_out(world)
    world.server.advance(days=LATER.days)


def sweep(world: World, scene: Any) -> None:
    with clock.at(clock.now() + LATER):
        balance.settle()
        sweep_fees.sweep("USD", by=world.brand.actor)


# Month's end of a program


def sold(world: World) -> Any:
    with clock.at(clock.now() - timedelta(days=63)):
        paid = Paid(world.server, world.run_jobs, budget=5_000)
        paid.sell(10_000)
        return paid.here.program.id


def close_months(world: World, scene: Any) -> None:
    affiliate_jobs.close_statements(scene)


FLOWS = {
    flow.name: flow
    for flow in (
        Flow("fund", nothing, (go_to_the_page, pay, come_back)),
        Flow("onboarding", nothing, (set_up,)),
        Flow("release and payout", funded, (release,)),
        Flow("payout over lots", two_lots, (release_over_lots,)),
        Flow("refund", funded, (refund,)),
        Flow("take back", paid_out, (take_back,)),
        Flow("dispute lost", partly_released, (bank_takes_it, answer("losing_evidence"), bank_decides)),
        Flow("dispute won", partly_released, (bank_takes_it, answer("winning_evidence"), bank_decides)),
        Flow("fee sweep", earned, (sweep,), later=LATER),
        Flow("commission close", sold, (close_months,)),
    )
}
