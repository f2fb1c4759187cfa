"""A thousand payouts while everything around them breaks, with the real processes; at most five minutes.

`.venv/bin/python -m tests.soak.chaos [PAYOUTS]` starts PostgreSQL, Valkey, devstripe, the web server, workers
and the ticker in a folder of their own, breaks them, and prints what it did and whether each payout was made once.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import redis
import sqlalchemy as sa

from marketplace import clock, embedded
from marketplace.embedded import APP_ROLE, OWNER_ROLE
from tests.stripe_server import StripeServer

LONGEST = 300  # seconds, the verdict included
STORM = 160  # seconds at most until only what is late remains
TELLS = 10  # seconds between two words of progress
WORKERS = int(os.environ.get("WORKERS", "3"))
LOTS = 20
MONTH = timedelta(days=30)
PORTAL = (sys.executable, "-m", "flask", "--app", "app")
CALLS = ("timeout_after", "error_500", "error_500_after", "429", "drop", "drop_before")
MESSAGES = ("duplicate", "reorder", "delay")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kill_family(pid: int) -> int:
    """SIGKILL a process and its children (RQ's working child has a group of its own). Returns how many."""
    with suppress(OSError):
        children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        killed = 0
        for each in (pid, *children):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
                killed += 1
        return killed
    return 0


class Chaos:
    """The stack, what breaks it, and what is counted at the end."""

    def __init__(self, payouts: int, seed: int = 1) -> None:
        self.payouts, self.chance, self.began = payouts, random.Random(seed), time.monotonic()
        self.done: Counter[str] = Counter()
        self.folder = Path(tempfile.mkdtemp(prefix="goodword-chaos-", dir="/tmp"))
        self.folder.chmod(0o711)
        self.parts: dict[str, subprocess.Popen[bytes]] = {}
        self.web, self.bank = free_port(), free_port()
        self.postgres = embedded.start_postgres(self.folder / "pg")
        self.valkey = embedded.start_valkey(self.folder / "vk")
        embedded.prepare_database(self.postgres, "chaos")
        self.environ = {
            "DATABASE_URL": self.postgres.url(APP_ROLE, "chaos"), "REDIS_URL": self.valkey.url(),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER_ROLE, "chaos"), "ENVIRONMENT": "development",
            "STRIPE_API_BASE": f"http://127.0.0.1:{self.bank}", "PORT": str(self.web), "START": "empty",
            "INSTANCE": str(self.folder), "STORAGE_PATH": str(self.folder / "storage"),
        }  # fmt: skip
        self.server = StripeServer(self.environ["STRIPE_API_BASE"])

    # processes

    def start(self, name: str, *command: str, **more: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        environ = os.environ | self.environ | more
        self.parts[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)

    def start_worker(self, number: int, **more: str) -> None:
        self.start(f"worker {number}", *PORTAL, "worker", **more)

    def start_all(self) -> None:
        hooks = [
            f"--{name}-webhook=http://127.0.0.1:{self.web}/webhooks/stripe/{name}"
            for name in ("platform", "connect", "thin")
        ]
        self.start("devstripe", sys.executable, "-m", "devstripe", f"--port={self.bank}", "--state=:memory:", *hooks)
        options = (
            "--interface=wsgi",
            "--host=127.0.0.1",
            f"--port={self.web}",
            "--workers=1",
            "--blocking-threads=2",
            "--no-access-log",
        )
        self.start("web", sys.executable, "-m", "granian", *options, "marketplace.served:application")
        self.start("ticker", *PORTAL, "ticker")
        for number in range(WORKERS):
            self.start_worker(number)

    def stop(self) -> None:
        for part in self.parts.values():
            if part.poll() is None:
                kill_family(part.pid)
            part.wait()
        self.valkey.stop()
        self.postgres.stop()
        if "KEEP" in os.environ:
            click.echo(f"Logs are in {self.folder}.", err=True)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def say(self, what: str) -> None:
        """Progress, to the error output: seconds, what, and how many are paid."""
        click.echo(f"{time.monotonic() - self.began:5.0f} s  {what}, {self.paid()} paid", err=True)

    # the money

    def prepare(self) -> None:
        """Brand, creators and lots; then every release, committed and lined up."""
        from marketplace import db
        from marketplace.money import Money
        from marketplace.payments.money_out import releases
        from tests import factories
        from tests.payments.world import EVIDENCE, World

        factories.instance()
        world = World(self.app, self.server, None)
        people = [world.creator, *(factories.creator() for _ in range(4))]
        for person in people:
            world.creator = person
            world.onboard()
        subjects = [db.new_id() for _ in range(LOTS)]
        for subject in subjects:
            world.fund(1_000 * (self.payouts // LOTS + 1), subject=subject)
        db.session.commit()
        for number in range(self.payouts):
            releases.release(
                subject=subjects[number % LOTS], payee=people[number % len(people)].party.id, amount=Money(1_000, "USD"),
                fee=Money(100, "USD"), reason="approved work", evidence=EVIDENCE, key=f"k{number}", by=world.brand.actor,
            )  # fmt: skip
            if number % 50 == 49:
                db.session.commit()
        db.session.commit()
        db.session.remove()

    def paid(self) -> int:
        with sa.create_engine(self.environ["DATABASE_URL"], poolclass=sa.NullPool).connect() as connection:
            return int(connection.scalar(sa.text("SELECT count(*) FROM payouts WHERE state = 'paid'")) or 0)

    # bad luck

    def faults(self) -> None:
        kind = self.chance.choice(CALLS)
        self.server.fault(kind, "/v1/transfers", "POST", count=self.chance.randrange(1, 4), seconds=1.0)
        self.done[f"calls: {kind}"] += 1
        kind = self.chance.choice(MESSAGES)
        self.server.webhook_fault(kind, "transfer.created", count=self.chance.randrange(2, 8))
        self.done[f"messages: {kind}"] += 1

    def kill_a_worker(self) -> None:
        number = self.chance.randrange(WORKERS)
        self.done["processes of workers killed"] += kill_family(self.parts[f"worker {number}"].pid)
        self.parts[f"worker {number}"].wait()
        self.start_worker(number)

    def flush(self) -> None:
        with redis.Redis.from_url(self.environ["REDIS_URL"]) as queue:
            queue.flushall()
        self.done["Redis flushed"] += 1

    def restart_postgres(self) -> None:
        self.say("PostgreSQL crashes")
        os.kill(self.postgres.pid, signal.SIGQUIT)  # at once, as a crash: sessions are cut, the log is replayed
        if self.postgres.process:
            self.postgres.process.wait(30)
        self.postgres = embedded.start_postgres(self.folder / "pg")
        self.done["PostgreSQL crashed and started"] += 1

    def tell(self) -> None:
        self.say("the storm goes on")

    def start_again(self) -> None:
        """What a supervisor does: a worker that ended is started again."""
        for number in range(WORKERS):
            if self.parts[f"worker {number}"].poll() is not None:
                self.start_worker(number)
                self.done["workers that ended by themselves, started again"] += 1

    def storm(self) -> None:
        """Every misfortune in its rhythm, until most are paid or the time is up."""
        rhythm = (
            (2, self.faults), (TELLS, self.tell), (16, self.kill_a_worker), (23, self.flush), (37, self.restart_postgres),
        )  # fmt: skip
        began = time.monotonic()
        due = {what: began + seconds / 2 for seconds, what in rhythm}
        while (now := time.monotonic()) - self.began < STORM and self.paid() < self.payouts * 0.85:
            for seconds, what in rhythm:
                if now >= due[what]:
                    what()
                    due[what] = time.monotonic() + seconds
            self.start_again()
            time.sleep(0.5)
        self.done["paid during the storm"] = self.paid()
        self.done["seconds of storm"] = int(time.monotonic() - began)

    def calm(self) -> None:
        """The faults are over: days later the schedule finds all that is late."""
        self.server.control("DELETE", "/faults")
        for days in (3, 6, 9, 12):
            self.say(f"{days} days later")
            self.stop_work()
            self.flush()
            self.server.advance(days=3)
            clock.shift(timedelta(days=days))
            for number in range(WORKERS):
                self.start_worker(number, CLOCK_AHEAD=str(days))
            self.start("ticker", *PORTAL, "ticker", CLOCK_AHEAD=str(days))
            self.done["looks by the schedule, three days apart, afterwards"] += 1
            if self.settled() or time.monotonic() - self.began > LONGEST - 20:
                return

    def stop_work(self) -> None:
        for name in [name for name in self.parts if name.startswith(("worker", "ticker"))]:
            kill_family(self.parts[name].pid)
            self.parts[name].wait()

    def settled(self) -> bool:
        """Wait until everything is paid or the queue has been empty for long. Is everything paid?"""
        idle = 0
        with redis.Redis.from_url(self.environ["REDIS_URL"]) as queue:
            while idle < 10 and time.monotonic() - self.began < LONGEST - 15 and self.paid() < self.payouts:
                busy = queue.llen("rq:queue:default") or queue.zcard("rq:wip:default")
                started = queue.scard("rq:workers") and queue.keys("goodword:slot:*")
                idle = idle + 1 if started and not busy else 0
                time.sleep(1)
        return self.paid() == self.payouts

    def judge(self) -> list[str]:
        """Everything that is not as it must be, a sentence each. Whoever works is stopped: nothing moves meanwhile."""
        from marketplace.payments.books import audit

        self.stop_work()
        made = self.server.objects("transfer")
        marks = Counter(one["metadata"]["transfer"] for one in made)
        wrong = [f"{self.payouts - self.paid()} payouts are not paid"] if self.paid() != self.payouts else []
        if twice := [mark for mark, times in marks.items() if times > 1]:
            wrong.append(f"{len(twice)} payouts were made twice")
        if len(made) != self.payouts or {one["amount"] for one in made} != {900}:
            wrong.append(f"Stripe has {len(made)} transfers")
        wrong += [f"the books: {name}" for name in audit.breaches(audit.all_checks())]
        if halt := audit.standing_halt():
            wrong.append(f"payouts are halted: {halt.reason}")
        return wrong + self.compare()

    def compare(self) -> list[str]:
        """The differences of a whole comparison with Stripe, made when one that a killed worker began counts no more."""
        from marketplace.payments.reconciliation import differences, reconcile

        clock.shift(clock.now() - datetime.now(UTC) + differences.UNDER_WAY)
        made = reconcile.begin(back=MONTH)
        if made is None:
            return ["a comparison with Stripe is under way that nobody makes"]
        reconcile.carry_out(made)
        found = [f"{each.type} {each.cause} {each.amount_minor}" for each in differences.standing()]
        return [made.problem, *found] if made.problem else found

    def run(self) -> list[str]:
        import app as map_of_the_application
        from marketplace import db
        from marketplace.config import Config

        db.migrate(self.environ["DATABASE_OWNER_URL"])
        self.app: Any = map_of_the_application.create_app(Config.from_environ(self.environ))
        self.start_all()
        time.sleep(6)
        with self.app.test_request_context():
            self.prepare()
            self.say("prepared")
            self.storm()
            self.say("storm over")
            self.calm()
            self.say("calm over")
            wrong = self.judge()
            db.session.rollback()
        self.done["seconds"] = int(time.monotonic() - self.began)
        return wrong


def main(payouts: int) -> int:
    """Run, print the summary, and answer 1 if anything was lost or doubled."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through `finally`, so that nothing is left running
    this = Chaos(payouts)
    try:
        wrong = this.run()
    finally:
        this.stop()
    click.echo(f"| {payouts} payouts | |\n|---|---|")
    for what, times in sorted(this.done.items()):
        click.echo(f"| {what} | {times} |")
    click.echo("\nEach paid exactly once." if not wrong else "\n" + "\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1_000))
