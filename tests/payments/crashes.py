"""Killing a process at each numbered step of what it does, and everything that the end must look like.

A step is a commit that wrote something, or a call to Stripe; each is a point to die before and after. They
are counted as they happen, in a forked child, so that no step has to be named and none can be forgotten:
a flow is run with death at 1, 2, 3 … until it comes to its end alive.
"""

from __future__ import annotations

import os
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, g
from requests.adapters import HTTPAdapter
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Session

from marketplace import clock, db, jobs
from marketplace.accounts.models import Party, User
from marketplace.errors import Refused
from marketplace.payments import stripe as stripe_door
from marketplace.payments.reconciliation import reconcile
from tests import factories
from tests import ledger as books
from tests.factories import Person
from tests.payments.threads import committed_database
from tests.payments.world import World
from tests.services import Services
from tests.stripe_server import StripeServer

KILLED, BROKEN = 9, 70
LATER = (2, 12, 75, 300)  # minutes after a crash at which ticker and worker are looked at again
OBJECTS = (
    "checkout.session", "payment_intent", "charge", "refund", "transfer", "transfer_reversal", "payout", "dispute",
    "v2.core.account",
)  # fmt: skip
NOT_COMPARED = {"webhook_events", "check_runs", "stripe_differences"}  # how often was looked, not what is
TELLING = {"state", "kind", "how", "purpose", "type", "currency"}  # and every amount
ASKED = ("webhook.", "operation.send", "operation.renew")  # how often was asked and told


@dataclass(frozen=True)
class Flow:
    """`prepare` sets the scene undisturbed; `acts` are what people and banks do, one after another.

    A person who got no answer does her act again; one who got it does not. Acts that happen at a later time
    (`later` than the scene) are followed by what happens after them.
    """

    name: str
    prepare: Callable[[World], Any]
    acts: tuple[Callable[[World, Any], Any], ...]
    later: timedelta = timedelta()


class Steps:
    """Counts the steps of this process and ends it, as SIGKILL would, at one of them."""

    def __init__(self, die_at: int) -> None:
        self.die_at, self.points, self.writes = die_at, 0, False
        sa_event.listen(Session, "before_commit", self.before_commit)
        sa_event.listen(Session, "after_commit", self.after_commit, insert=True)  # before its jobs reach Redis
        send = HTTPAdapter.send

        def counted(*args: Any, **more: Any) -> Any:
            self.point()
            answer = send(*args, **more)
            self.point()
            return answer

        HTTPAdapter.send = counted  # type: ignore[method-assign]  # this process ends soon

    def point(self) -> None:
        self.points += 1
        if self.points == self.die_at:
            os._exit(KILLED)

    def before_commit(self, session: Session) -> None:
        if not session.in_nested_transaction():
            session.flush()
            self.writes = session.scalar(sa.text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")) is True
            if self.writes:
                self.point()

    def after_commit(self, session: Session) -> None:
        if not session.in_nested_transaction() and self.writes:
            self.writes = False
            self.point()


class Ground:
    """A committed database, an empty Stripe and a prepared flow: for one life of it, or one death."""

    def __init__(self, flow: Flow, world: World) -> None:
        self.flow, self.world = flow, world
        self.ids = {
            role: (who.user.id, who.party.id) for role, who in (("brand", world.brand), ("creator", world.creator))
        }
        self.scene = flow.prepare(world)
        self.settle()
        self.done = 0  # acts whose doer got an answer

    def live(self, die_at: int = 0) -> int:
        """Act in a child process that dies at a point. Returns how many points it lived through."""
        db.session.commit()
        db.session.remove()
        g.pop("instance", None)  # it was of that session
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            self._in_child(writer, die_at)
        os.close(writer)
        with os.fdopen(reader) as told:
            lines = told.read().split()
        _pid, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code == (KILLED if die_at else 0) or code == 0, f"{self.flow.name} broke at point {die_at}: exit {code}"
        self.done = lines.count("answered")
        return int(lines[-1]) if code == 0 else -1

    def _in_child(self, writer: int, die_at: int) -> None:
        code = BROKEN
        try:
            db._factory.kw["bind"].dispose(close=False)
            stripe_door._client.cache_clear()
            steps = Steps(die_at)
            for act in self.flow.acts:
                self._act(act)
                os.write(writer, b"answered\n")
                self.settle()
            os.write(writer, f"{steps.points}\n".encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _act(self, act: Callable[[World, Any], Any]) -> None:
        g.pop("instance", None)  # a restart has forgotten every object
        for role, (user_id, party_id) in self.ids.items():
            person = Person(db.session.get_one(User, user_id), db.session.get_one(Party, party_id))
            setattr(self.world, role, person)
        try:
            act(self.world, self.scene)
            db.session.commit()
        except Refused:  # it was done before
            db.session.rollback()

    def settle(self) -> None:
        """Work the queue and hand over what Stripe has to say."""
        self.world.run_jobs()
        while self.world.deliver():
            pass

    def restart(self, *, queue_lost: bool) -> None:
        """What happens after a crash: the sweeps find what is late, Stripe says everything again, people go on."""
        if queue_lost:
            jobs.connection().flushdb()
        self.drain()
        for act in self.flow.acts[self.done :]:
            self._act(act)
            self.settle()
        self.drain()

    def drain(self) -> None:
        """The schedule and the queue, some hours long, and every message of Stripe's once more."""
        now = clock.now() + self.flow.later
        lines = self.world.app.extensions["schedule"]()
        for minutes in LATER:
            with clock.at(now + timedelta(minutes=minutes)):
                for line in lines:
                    if line.every <= timedelta(hours=1):
                        line.function()
                        db.session.commit()
                self.settle()
        for event in {one["event"]: one for one in self.world.server.control("GET", "/webhooks")}:
            self.world.server.control("POST", "/webhooks/resend", event=event)
        self.settle()

    def end_state(self) -> dict[str, Counter[Any]]:
        """All that matters at the end, without what differs from run to run: ids, instants, attempts."""
        db.session.expire_all()
        books.check()
        assert reconcile.run() == [], "Stripe and the books differ"
        late = "SELECT count(*) FROM event_deliveries WHERE delivered_at IS NULL"
        assert db.session.scalar(sa.text(late)) == 0, "a fact has not reached who reacts to it"
        return our_state() | {kind: Counter(map(_of_object, self.world.at_stripe(kind))) for kind in OBJECTS}


def our_state() -> dict[str, Counter[Any]]:
    """States, amounts and facts of `payments` and `affiliate`, and every leg of every journal."""
    names = db.session.scalars(sa.text("SELECT name FROM events"))
    found: dict[str, Counter[Any]] = {
        "facts": Counter(name for name in names if not name.startswith(ASKED)),
        "journals": Counter(books.journals().splitlines()),
    }
    for mapper in db.Base.registry.mappers:
        table: Any = mapper.local_table
        owned = mapper.class_.__module__.startswith(("marketplace.payments", "marketplace.affiliate"))
        if owned and table.name not in NOT_COMPARED:
            columns = [one for one in table.columns if one.name in TELLING or one.name.endswith("_minor")]
            rows = db.session.execute(sa.select(sa.literal(1), *columns).select_from(table))
            found[table.name] = Counter(tuple(row)[1:] for row in rows)
    return found


def _of_object(one: dict[str, Any]) -> tuple[Any, ...]:
    return (one.get("amount") or one.get("amount_total"), one.get("status") or one.get("payment_status"))


@contextmanager
def prepared(flow: Flow, app: Flask, services: Services, server: StripeServer, run_jobs: Any) -> Iterator[Ground]:
    """A flow about to begin, on a database and a Stripe of its own."""
    server.reset()
    jobs.connection().flushdb()
    with committed_database(services, "crash"):
        g.pop("instance", None)
        factories.instance()
        yield Ground(flow, World(app, server, run_jobs))
        g.pop("instance", None)


class Crashes:
    """The same flow undisturbed, and killed at points: the ends are compared."""

    def __init__(self, app: Flask, services: Services, server: StripeServer, run_jobs: Any) -> None:
        self.around = (app, services, server, run_jobs)

    def undisturbed(self, flow: Flow) -> tuple[int, dict[str, Counter[Any]]]:
        """How many points the flow has, and its end."""
        with prepared(flow, *self.around) as ground:
            points = ground.live()
            ground.restart(queue_lost=False)
            return points, ground.end_state()

    def kill(self, flow: Flow, point: int, wanted: dict[str, Counter[Any]]) -> None:
        """Kill at a point (the queue is lost too where the point is odd), restart, drain, compare."""
        with prepared(flow, *self.around) as ground:
            if ground.live(point) >= 0:
                raise AssertionError(f"{flow.name} has no point {point}")
            ground.restart(queue_lost=point % 2 == 1)
            found = ground.end_state()
        pairs = {name: (found[name] - wanted[name], wanted[name] - found[name]) for name in wanted}
        differs = "\n".join(
            f"{name}: too much {much}, missing {less}" for name, (much, less) in pairs.items() if much or less
        )
        assert not differs, f"{flow.name}, killed at point {point}:\n{differs}"
