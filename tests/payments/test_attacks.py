"""Ways to lose or double a cent that were tried: two who ask at once, a stale no, a key with other words, a wrong hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g

from marketplace import clock as time_door
from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.payments import operations, stripe
from marketplace.payments.books import audit, chart, ledger, reservations
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.models import Payout
from marketplace.payments.money_out import payouts
from marketplace.payments.states import OperationState, PayoutState
from tests import factories
from tests import ledger as books
from tests.payments.threads import at_once, committed_database
from tests.payments.world import World, usd
from tests.services import Services
from tests.stripe_server import StripeServer


@pytest.fixture
def committed(app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any) -> Iterator[World]:
    """A world on a database that commits, so that two may really ask at once."""
    with committed_database(services, "attacks"):
        g.pop("instance", None)
        factories.instance()
        made = World(app, stripe_server, run_jobs)
        yield made
        books.check()
        db.session.remove()
    g.pop("instance", None)


@pytest.mark.breaks_books  # the fixture checks its own database
def test_while_one_asks_stripe_nobody_asks_for_the_same_so_no_late_no_is_believed(app: Flask, committed: World) -> None:
    """The first call is slow. Meanwhile the sweep asks too and is told no, the payout is sent anew under a new key, and
    then the first call's no arrives: believed, it would make the payout, which Stripe is making, be sent a third time."""
    account = committed.onboard()
    committed.fund()
    payout_id, stripe_id = committed.release().id, account.stripe_id
    payouts.send(payout_id)
    operation_id = committed.operation("transfer").id
    db.session.commit()
    committed.server.fault("timeout_before", "/v1/transfers", "POST", seconds=1.0)  # then the client tries again

    def meanwhile() -> None:
        time.sleep(0.3)
        committed.server.onboard(stripe_id, "restricted")
        operations.perform(operation_id)
        db.session.commit()
        committed.server.onboard(stripe_id, "active")
        committed.server.fault("timeout_before", "/v1/transfers", "POST", seconds=1.5)
        payouts.send(payout_id)
        db.session.commit()
        operations.perform(operation_id)

    assert at_once(app, [lambda: operations.perform(operation_id), meanwhile], workers=2) == [None, None]
    db.session.rollback()
    for _ in range(3):
        committed.deliver()
        payouts.send_all()
        committed.run_jobs()
    assert [one["amount"] for one in committed.at_stripe("transfer")] == [90_000]
    assert db.session.get_one(Payout, payout_id).state == PayoutState.PAID


def test_two_objects_for_one_wish_stop_all_payouts(world: World) -> None:
    world.onboard()
    world.fund()
    world.release()
    world.run_jobs()
    operation = world.operation("transfer")
    operations._record(operation, stripe.Outcome("done", {"id": operation.object_id}))
    assert audit.standing_halt() is None
    operations._record(operation, stripe.Outcome("done", {"id": "tr_another"}))
    halt = audit.standing_halt()
    assert halt is not None
    assert "tr_another" in halt.reason


def test_a_key_that_stripe_knows_with_other_words_is_not_a_no(world: World, clock: Any) -> None:
    """The transfer happened, its answer was lost, and a new version of the portal asks in other words: Stripe refuses
    the words, not the transfer."""
    world.onboard()
    world.fund()
    world.server.fault("drop", "/v1/transfers", "POST", count=3)
    payout = world.release()
    world.run_jobs()
    operation = world.operation("transfer")
    assert operation.state == OperationState.UNKNOWN
    operation.params = {**operation.params, "description": "in other words"}
    for hours in range(1, 5):
        with time_door.at(time_door.now() + timedelta(hours=hours)):
            operations.sweep()
            world.run_jobs()
    assert payout.state == PayoutState.PAID
    assert operation.generation == 1
    assert [one["amount"] for one in world.at_stripe("transfer")] == [90_000]


def test_a_payout_without_an_account_cannot_be_set_off_and_forgotten(world: World) -> None:
    world.fund()
    payout = world.release()
    world.run_jobs()
    with pytest.raises(Refused, match="not ready"):
        payouts.retry(payout, by=factories.staff().actor)
    assert payout.state == PayoutState.WAITING
    world.onboard()
    world.run_jobs()
    assert payout.state == PayoutState.PAID


@pytest.mark.ledger_only
def test_a_reservation_posts_only_what_leaves_its_own_account() -> None:
    deal, other = db.new_id(), db.new_id()
    for number, subject in enumerate((deal, other)):
        legs = [debit(chart.STRIPE_AVAILABLE, usd(100)), credit(chart.protected(subject), usd(100))]
        ledger.post(Entry(f"c:{number}", "charge", legs), by=CLOCK)
    held = reservations.reserve("h", chart.protected(deal), usd(60), reason="refund", by=CLOCK)
    for account, amount in ((chart.protected(other), 60), (chart.protected(deal), 59)):
        legs = [debit(account, usd(amount)), credit(chart.STRIPE_AVAILABLE, usd(amount))]
        with pytest.raises(ValueError, match="its own account"):
            reservations.post(held, Entry("r", "refund", legs), usd(60), by=CLOCK)
    assert reservations.is_open(held)
    with pytest.raises(ValueError, match="may not be negative"):
        reservations.reserve("b", chart.STRIPE_AVAILABLE, usd(1), reason="refund", by=CLOCK)
