"""`flask statements …`: closing months by hand."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace import db, jobs
from marketplace.affiliate import payouts, statements
from marketplace.affiliate.models import Program
from marketplace.authz import CLOCK

group = AppGroup("statements", help="Close affiliate months and look at what came out.")


@group.command("close")
def close() -> None:
    """Close every month whose statement day has come, in every program, and release what is due."""
    if jobs.being_replayed():
        raise click.ClickException("History is being replayed; its months close at their own time.")
    for program_id in statements.due_programs():
        program = db.session.get_one(Program, program_id)
        written = statements.close_due(program)
        released = payouts.release_due(program, by=CLOCK)
        db.session.commit()
        if written or released:
            click.echo(f"{program.name}: {len(written)} statements, {len(released)} released")
    click.echo("Every month that is due is closed.")
