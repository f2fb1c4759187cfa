"""Background work of affiliate programs, and what runs by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from marketplace import db, jobs
from marketplace.affiliate import imports, payouts, shops, statements
from marketplace.affiliate.models import Import, Program
from marketplace.authz import CLOCK
from marketplace.jobs import Scheduled, job


@job
def work_shop(shop_id: UUID) -> None:
    """Turn what a shop sent into orders and lines, a batch at a time."""
    shops.work(shop_id, again=lambda id: jobs.enqueue(work_shop, id))


@job
def finish_import(import_id: UUID) -> None:
    """Write the orders of a file that was checked."""
    row = db.session.get_one(Import, import_id)
    imports.finish(db.lock(row), by=CLOCK)


@job
def close_statements(program_id: UUID) -> None:
    """Close the months of a program whose statement day has come, and pay what is due."""
    if jobs.being_replayed():
        return
    program = db.session.get_one(Program, program_id)
    if statements.close_due(program):
        payouts.release_due(program, by=CLOCK)


@job
def sweep() -> None:
    """Work what a lost hint left behind: news of orders, files being imported."""
    for shop_id in shops.idle_shops():
        jobs.enqueue(work_shop, shop_id)
    for import_id in imports.unfinished():
        jobs.enqueue(finish_import, import_id)


@job
def close_due() -> None:
    """Look at every program; those with nothing due do nothing."""
    for program_id in statements.due_programs():
        jobs.enqueue(close_statements, program_id)


SCHEDULE = [
    Scheduled("affiliate orders", timedelta(minutes=1), sweep, "work orders a lost hint left behind"),
    Scheduled("affiliate statements", timedelta(hours=1), close_due, "close months on their statement day"),
]
