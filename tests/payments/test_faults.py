"""Whatever goes wrong between us and Stripe: nothing is lost, nothing happens twice, and the hold stays while it is unknown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g

from marketplace import clock as time_door
from marketplace import db
from marketplace.errors import Refused
from marketplace.payments import operations
from marketplace.payments.models import Payout, StripeOperation
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.money_out import payout_accounts
from marketplace.payments.states import FundingState, OperationState, PayoutState, RefundState
from tests import factories
from tests import ledger as books
from tests.payments.threads import committed_database
from tests.payments.world import World, usd
from tests.services import Services
from tests.stripe_server import StripeServer

BEYOND_RETRIES = 3  # the client tries three times by itself
HAPPENED = ("timeout_after", "drop", "error_500_after")
DID_NOT = ("timeout_before", "drop_before", "409", "429", "html_502", "error_500")


def later(world: World, by: timedelta = timedelta(minutes=2)) -> None:
    """Time passes, the sweep looks, the queue is worked."""
    with time_door.at(time_door.now() + by):
        operations.sweep()
        world.run_jobs()


def break_calls(world: World, kind: str, path: str) -> None:
    tries = BEYOND_RETRIES if kind in DID_NOT and kind not in ("429", "error_500") else 1  # the client repeats not all
    world.server.fault(kind, path, "POST", count=tries, seconds=0.2)
    if kind in HAPPENED:  # the effect is there; what the client repeats is answered by nothing either
        world.server.fault("drop", path, "POST", count=2)


@pytest.mark.parametrize("kind", HAPPENED + DID_NOT)
def test_a_transfer_whose_answer_never_came_is_made_once(world: World, kind: str, clock: Any) -> None:
    world.onboard()
    world.fund()
    break_calls(world, kind, "/v1/transfers")
    payout = world.release()
    world.run_jobs()
    operation = world.operation("transfer")
    assert (operation.state, payout.state) == (OperationState.UNKNOWN, PayoutState.SENDING)
    assert funding.protected(world.deal, "USD") == usd(0)
    for hours in range(1, 5):
        later(world, timedelta(hours=hours))
    if kind == "error_500":  # Stripe keeps giving the stored answer; after 23 hours it is certain that nothing happened
        assert operation.state == OperationState.UNKNOWN
        later(world, timedelta(hours=24))
        later(world, timedelta(hours=25))
    assert payout.state == PayoutState.PAID
    assert [one["amount"] for one in world.at_stripe("transfer")] == [90_000]


@pytest.mark.parametrize("kind", ["drop", "drop_before"])
def test_a_refund_whose_answer_never_came_keeps_its_hold_and_happens_once(world: World, kind: str) -> None:
    world.fund()
    world.fund(subject=db.new_id())
    break_calls(world, kind, "/v1/refunds")
    (refund,) = refunds.refund(subject=world.deal, reason="cancelled", key="r", by=world.brand.actor)
    world.run_jobs()
    assert refund.state == RefundState.SENDING
    with pytest.raises(Refused):
        world.release(1_000, 100)
    later(world)
    assert refund.state == RefundState.DONE
    assert [one["amount"] for one in world.at_stripe("refund")] == [100_000]


@pytest.mark.parametrize("kind", ["drop", "drop_before", "429"])
def test_a_payment_page_whose_answer_never_came_is_made_once_and_nothing_is_charged(world: World, kind: str) -> None:
    row = world.begin()
    break_calls(world, kind, "/v1/checkout/sessions")
    with pytest.raises(Refused, match="Nothing has been charged"):
        funding.checkout_url(row)
    assert funding.checkout_url(row)
    assert len(world.at_stripe("checkout.session")) == 1


@pytest.mark.parametrize("kind", ["drop", "drop_before"])
def test_an_account_whose_answer_never_came_is_made_once(world: World, kind: str) -> None:
    break_calls(world, kind, "/v2/core/accounts")
    with pytest.raises(Refused, match="did not answer"):
        payout_accounts.onboarding_url(world.creator.party.id, "http://localhost/a", "http://localhost/b")
    assert payout_accounts.onboarding_url(world.creator.party.id, "http://localhost/a", "http://localhost/b")
    assert len(world.at_stripe("v2.core.account")) == 1


def test_a_lost_answer_is_also_found_by_the_webhook(world: World) -> None:
    world.onboard()
    world.fund()
    break_calls(world, "drop", "/v1/transfers")
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.SENDING
    world.deliver()
    assert payout.state == PayoutState.PAID
    later(world)
    assert len(world.at_stripe("transfer")) == 1


def test_an_unknown_call_older_than_23_hours_is_looked_up_before_anything_else(world: World, clock: Any) -> None:
    world.onboard()
    world.fund()
    break_calls(world, "drop", "/v1/transfers")
    payout = world.release()
    world.run_jobs()
    clock.travel(timedelta(hours=24))
    asked = len([one for one in world.server.requests("/v1/transfers") if one["method"] == "POST"])
    operations.sweep()
    world.run_jobs()
    assert len([one for one in world.server.requests("/v1/transfers") if one["method"] == "POST"]) == asked
    assert payout.state == PayoutState.PAID
    assert world.operation("transfer").generation == 1


def test_a_card_that_paid_while_we_were_away_is_protected_when_we_come_back(world: World) -> None:
    row = world.begin()
    world.pay(row)
    world.server.fault("drop", "/v1/checkout/sessions/*", "GET", count=BEYOND_RETRIES)
    world.client.sign_in(world.brand)
    assert world.client.get(f"/brand/funding/{db.short(row.id)}/return").status_code == 303
    assert row.state == FundingState.OPEN
    world.deliver()
    assert row.state == FundingState.FUNDED


# A worker really killed


@pytest.fixture
def committed_world(
    app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any, world: World
) -> Iterator[tuple[World, dict[str, str]]]:
    """The same people on a database that commits, for workers in processes of their own."""
    with committed_database(services, "killed") as environ:
        g.pop("instance", None)
        factories.instance()
        made = World(app, stripe_server, run_jobs)
        db.session.commit()
        yield made, environ | {
            "STRIPE_API_BASE": stripe_server.url, "FLASK_APP": "app", "ENVIRONMENT": "test", "BASE_URL": "http://localhost",
            "START": "empty",
        }  # fmt: skip
        books.check()
        g.pop("instance", None)


def worker(environ: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flask", "worker", "--burst"]
    return subprocess.Popen(command, env=os.environ | environ, start_new_session=True, stderr=subprocess.DEVNULL)


def wait_for(true: Callable[[], Any], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "It did not happen in time."
        time.sleep(0.05)


def kill_with_children(session: int) -> None:
    """Everything in a worker's session: the child that asks Stripe has a process group of its own."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[3]) == session:
                os.kill(int(stat.parent.name), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["timeout_after", "timeout_before"])
def test_killing_the_worker_around_a_call_to_stripe_loses_and_doubles_nothing(
    committed_world: tuple[World, dict[str, str]], fault: str
) -> None:
    world, environ = committed_world
    world.onboard()
    world.fund()
    payout_id = world.release().id
    db.session.commit()
    world.server.fault(fault, "/v1/transfers", "POST", seconds=60)
    killed = worker(environ)
    wait_for(lambda: not world.server.control("GET", "/faults"))  # taken: the worker waits for an answer
    if fault == "timeout_after":
        wait_for(lambda: world.at_stripe("transfer"))
    kill_with_children(killed.pid)
    killed.wait()
    db.session.rollback()
    operation = world.operation("transfer")
    db.session.refresh(operation)
    assert operation.state == OperationState.SENT
    db.session.commit()
    with time_door.at(time_door.now() + timedelta(minutes=3)):
        operations.sweep()
        db.session.commit()
    assert worker(environ).wait(timeout=60) == 0
    db.session.expire_all()
    assert db.session.get_one(Payout, payout_id).state == PayoutState.PAID
    assert [one["amount"] for one in world.at_stripe("transfer")] == [90_000]
    assert db.session.query(StripeOperation).filter_by(kind="transfer").count() == 1
