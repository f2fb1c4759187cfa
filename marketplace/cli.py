"""The operator's commands that belong to no capability: processes, states, jobs, migrations."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click
import redis
import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from rq.exceptions import StopRequested

from marketplace import db, deploy, jobs, lifecycle
from marketplace.processes import await_mark
from marketplace.worker import Steady

log = structlog.get_logger()


def install(app: Flask, schedule: Callable[[], list[jobs.Scheduled]], checks: Callable[[], dict[str, Any]]) -> None:
    """Add the commands to `flask`."""
    app.extensions["schedule"] = schedule
    app.extensions["checks"] = checks
    for command in (migrate, worker, ticker, states, list_schedule, deploy_check):
        app.cli.add_command(command)


@click.command("migrate")
def migrate() -> None:
    """Bring the database schema up to date, as the owner role."""
    await_mark("DATABASE_READY")
    settings = current_app.config["SETTINGS"]
    role = sa.make_url(settings.database_url).username or "goodword_app"
    db.migrate(settings.database_owner_url, role)
    click.echo("The schema is up to date.")


AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, redis.RedisError)


@click.command("worker")
@click.option("--burst", is_flag=True, help="Stop when the queue is empty.")
def worker(burst: bool) -> None:
    """Run background jobs until stopped. RQ gives up where Redis fails at a bad moment; then it begins again."""
    while True:
        asked = burst
        try:
            this = Steady(
                [jobs.queue()],
                connection=jobs.connection(),
                serializer=jobs.Serializer,
                default_worker_ttl=30,
                maintenance_interval=60,
            )
            this.work(burst=burst, with_scheduler=True, logging_level="WARNING")
            asked = asked or this.asked
        except StopRequested:
            return
        except redis.RedisError as problem:
            if burst:
                raise
            log.warning("worker_waits", problem=str(problem))
        if asked:
            return
        time.sleep(1)


@click.command("ticker")
@click.option("--once", is_flag=True, help="Look once and stop.")
def ticker(once: bool) -> None:
    """Start scheduled jobs when their time comes. Only one ticker works at a time.

    PostgreSQL or Redis may be away for a while: that is logged, and a later look finds them back.
    """
    lines = current_app.extensions["schedule"]()
    while True:
        try:
            if db.hold_if_free(jobs.TICKER):
                jobs.tick(lines)
            db.session.rollback()
        except AWAY as problem:
            if once:
                raise
            db.session().invalidate()  # a connection that was cut cannot even roll back
            log.warning("ticker_waits", problem=str(problem))
        if once:
            return
        time.sleep(1)


@click.command("states")
def states() -> None:
    """Print every state machine: from, move, to, and the sentence of a refusal."""
    for machine, source, move, target, says in lifecycle.table():
        click.echo(f"{machine:14} {source:18} --{move}--> {target:18} else: {says}")


@click.command("schedule")
def list_schedule() -> None:
    """Print every recurring job and how often it runs."""
    for line in current_app.extensions["schedule"]():
        click.echo(f"{line.name:20} every {line.every!s:10} {line.says}")


@click.command("deploy-check")
def deploy_check() -> None:
    """Ask the settings and the servers they name; exit 1 if anything is unsafe, each thing in a sentence."""
    found = deploy.findings(current_app.config["SETTINGS"])
    unsafe = [one for one in found if one.unsafe]
    for one in unsafe:
        click.echo(one.says)
    for one in found[len(unsafe) :]:
        click.echo(f"Worth a look: {one.says}")
    if unsafe:
        raise SystemExit(1)
    click.echo("This is fit for production.")
