"""People, banks and bad luck by a seed: paying in, releasing, refunding, taking back, chargebacks, and every fault of devstripe.

One process, real verbs, a clock that moves for both sides. At the end all faults are over, time passes,
and everything must have come right by itself.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace import clock as time_door
from marketplace import db, events, jobs
from marketplace.errors import Refused
from marketplace.payments import jobs as payment_jobs
from marketplace.payments import operations
from marketplace.payments import stripe as stripe_door
from marketplace.payments.guards import withdrawals
from marketplace.payments.losses import recovery
from marketplace.payments.models import Funding, Payout, StripeOperation, Transfer, WebhookEvent
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.money_out import sweep_fees
from marketplace.payments.reconciliation import missed, reconcile
from marketplace.payments.states import PayoutState, TransferState, WebhookState
from tests import factories
from tests import ledger as books
from tests.payments.world import World, usd
from tests.stripe_server import DECLINED, VISA, StripeServer

STEPS = 60
CALLS = (
    "/v1/transfers", "/v1/transfers/*/reversals", "/v1/refunds", "/v1/checkout/sessions", "/v1/payouts",
    "/v2/core/accounts", "*",
)  # fmt: skip
FAULTS = (
    "timeout_before", "timeout_after", "drop", "drop_before", "error_500", "error_500_after", "409", "429", "html_502",
)  # fmt: skip
ENDED = (PayoutState.PAID, PayoutState.WITHDRAWN, PayoutState.STUCK)


class Simulation:
    """One seed's story; `log` tells it."""

    def __init__(self, app: Flask, server: StripeServer, run_jobs: Any, clock: Any, seed: int) -> None:
        self.chance, self.server, self.run_jobs, self.clock = random.Random(seed), server, run_jobs, clock
        self.log: list[str] = []
        self.worlds = [World(app, server, run_jobs) for _ in range(3)]
        self.client, self.number = self.worlds[0].client, 0
        self.staff = factories.staff("finance")
        self.clock.freeze(datetime.now(UTC).replace(microsecond=0))
        server.freeze(int(time_door.now().timestamp()))
        self.worlds[0].fund(5_000_000, subject=db.new_id())  # a reserve: Stripe keeps its fees
        self.disputes: list[str] = []

    def play(self) -> None:
        """Some dozens of things happen; then the storm is over."""
        acts: list[tuple[int, Callable[[], Any]]] = [
            (6, self.fund), (8, self.release), (3, self.onboard), (2, self.refund), (3, self.take_back),
            (2, self.dispute), (2, self.decide), (1, self.sweep_fees), (6, self.fault), (2, self.webhook_fault),
            (8, self.work), (6, self.deliver), (5, self.sweep), (2, self.days), (1, self.lose_the_queue),
        ]  # fmt: skip
        for act in (self.worlds[0].onboard, self.worlds[1].onboard, self.fund, self.fund, self.fund):
            self.attempt(act)
        for _ in range(STEPS):
            self.attempt(self.chance.choices([act for _, act in acts], [weight for weight, _ in acts])[0])
        self.heal()

    def attempt(self, act: Callable[[], Any]) -> None:
        try:
            said = act()
            db.session.commit()
        except (Refused, stripe_door.Error) as problem:
            db.session.rollback()
            said = f"{type(problem).__name__}: {problem}"
        self.log.append(f"{len(self.log):3} {act.__name__}: {getattr(said, 'state', said)}")

    @property
    def world(self) -> World:
        return self.chance.choice(self.worlds)

    def key(self) -> str:
        self.number += 1
        return f"key {self.number}"

    # people

    def fund(self) -> str:
        world, amount = self.world, self.chance.randrange(1_000, 200_000)
        row = world.begin(amount, purpose="budget")
        card = self.chance.choice((VISA, VISA, VISA, DECLINED))
        world.pay(row, card)
        if self.chance.random() < 0.6:
            funding.refresh(row)
        return f"{amount} {row.state}"

    def onboard(self) -> Any:
        return self.world.onboard().state

    def release(self) -> Any:
        world = self.world
        there = funding.protected(world.deal, "USD").minor
        if there < 10:
            return "nothing there"
        amount = self.chance.randrange(10, there + 1)
        return world.release(amount, amount // 10, key=self.key()).amount

    def refund(self) -> Any:
        world = self.world
        there = funding.protected(world.deal, "USD").minor
        amount = usd(self.chance.randrange(1, there + 1)) if there else None
        rows = refunds.refund(
            subject=world.deal, amount=amount, currency="USD", reason="cancelled", key=self.key(), by=world.brand.actor
        )
        return [row.amount_minor for row in rows]

    def take_back(self) -> Any:
        payouts = db.session.scalars(sa.select(Payout).order_by(Payout.id)).all()
        if not payouts:
            return "no payout"
        payout = self.chance.choice(payouts)
        most = recovery.most(payout).minor
        amount = usd(self.chance.randrange(1, most + 1) if most else 1)
        rows = recovery.take_back(payout, amount, reason="a ruling", key=self.key(), by=self.worlds[0].brand.actor)
        return [(row.amount_minor, row.how) for row in rows]

    # banks

    def dispute(self) -> str:
        charges = [
            one
            for one in self.server.objects("charge")
            if one["id"].startswith("ch_") and one["paid"] and not one["disputed"]
        ]
        free = [one for one in charges if not one["refunded"] and one["amount"] < 5_000_000]
        if not free or len(self.disputes) >= 3:
            return "no charge"
        self.disputes.append(self.server.dispute(self.chance.choice(free)["id"]))
        return self.disputes[-1]

    def decide(self) -> Any:
        open_ones = [
            one for one in self.server.objects("dispute") if one["status"] in ("needs_response", "under_review")
        ]
        if not open_ones:
            return "none open"
        self.server.decide(open_ones[0]["id"], status := self.chance.choice(("won", "lost")))
        return status

    def sweep_fees(self) -> Any:
        return sweep_fees.sweep("USD", by=self.worlds[0].brand.actor).amount_minor

    # bad luck

    def fault(self) -> Any:
        kind, path, count = self.chance.choice(FAULTS), self.chance.choice(CALLS), self.chance.randrange(1, 4)
        self.server.fault(kind, path, "*" if path == "*" else "POST", count=count, seconds=0.01)
        return kind, path, count

    def webhook_fault(self) -> str:
        kind = self.chance.choice(("duplicate", "reorder", "drop", "forge", "stale"))
        self.server.webhook_fault(kind, count=self.chance.randrange(1, 5))
        return kind

    def lose_the_queue(self) -> None:
        jobs.connection().flushdb()

    # machines

    def work(self) -> int:
        return len(self.run_jobs(failures=True))

    def deliver(self) -> int:
        messages = self.server.messages()
        messages += self.chance.choices(messages, k=len(messages) // 4) if messages else []
        self.chance.shuffle(messages)
        for one in messages:
            answer = self.client.post(f"/webhooks/stripe/{one['endpoint']}", data=one["body"], headers=one["headers"])
            assert answer.status_code in (200, 400)
        return len(messages)

    def sweep(self) -> int:
        self.pass_time(minutes := self.chance.randrange(1, 90))
        payment_jobs.sweep()
        events.sweep()
        return minutes

    def days(self) -> int:
        self.pass_time((days := self.chance.randrange(1, 4)) * 24 * 60)
        missed.fetch()
        return days

    def pass_time(self, minutes: int) -> None:
        self.clock.travel(timedelta(minutes=minutes))
        self.server.advance(seconds=minutes * 60)

    # the end

    def heal(self) -> None:
        """The storm is over: banks decide, people finish their forms, and time passes."""
        self.server.control("DELETE", "/faults")
        for one in self.server.objects("dispute"):
            if one["status"] in ("needs_response", "under_review"):
                self.server.decide(one["id"], "won")
        for hours in (0, 1, 2, 25, 1, 25, 1, 25, 1):
            self.pass_time(hours * 60)
            for world in self.worlds:
                self.attempt(world.onboard)  # whom Stripe did not answer tries again
            for job in (payment_jobs.sweep, events.sweep, payment_jobs.fetch_messages, missed.fetch_of_accounts):
                job()
                self.run_jobs()
            self.deliver()
            self.run_jobs()
            self.look()

    def look(self) -> None:
        """Staff look at the payouts above a limit, and send them."""
        for payout, _review in withdrawals.waiting():
            withdrawals.let_through(payout, by=self.staff.actor)
        db.session.commit()
        self.run_jobs()

    def judge(self) -> None:
        """No cent lost, none paid twice, nothing at Stripe unknown to us."""
        books.check()
        waiting = sa.select(StripeOperation.kind, StripeOperation.error).where(
            StripeOperation.state.in_(operations.OPEN)
        )
        assert db.session.execute(waiting).all() == []
        assert [row.state for row in db.session.scalars(sa.select(Payout)) if row.state not in ENDED] == []
        parked = sa.select(WebhookEvent.type, WebhookEvent.last_error).where(WebhookEvent.state != WebhookState.HANDLED)
        assert db.session.execute(parked.where(WebhookEvent.state != WebhookState.IGNORED)).all() == []
        done = db.session.scalars(sa.select(Transfer).where(Transfer.state == TransferState.DONE))
        sent = {row.stripe_id: row.amount_minor for row in done if row.amount_minor}
        assert {one["id"]: one["amount"] for one in self.server.objects("transfer")} == sent
        for kind in ("transfer", "refund", "transfer_reversal", "payout"):
            marks = Counter((one.get("metadata") or {}).get("operation") for one in self.server.objects(kind))
            assert [mark for mark, times in marks.items() if mark and times > 1] == []
        paid = {
            one["metadata"]["funding"]
            for one in self.server.objects("charge")
            if one["paid"] and one["metadata"].get("funding")
        }
        assert {str(row.id) for row in db.session.scalars(sa.select(Funding).where(Funding.state == "funded"))} == paid
        assert [(one.type, one.cause, one.amount_minor) for one in reconcile.run()] == []


def play(app: Flask, server: StripeServer, run_jobs: Any, clock: Any, seed: int) -> None:
    """Play a seed and judge its end; a failure tells the seed, how to play it again, and what happened."""
    this = Simulation(app, server, run_jobs, clock, seed)
    try:
        this.play()
        this.judge()
    except BaseException as problem:
        again = f"Seed {seed}. Again: SEED={seed} .venv/bin/python -m pytest tests/soak/test_simulation.py"
        problem.add_note("\n".join([again, *this.log]))
        raise
