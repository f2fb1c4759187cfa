"""`flask statements …`: closing months by hand."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from marketplace import db
from marketplace.affiliate import statements
from marketplace.affiliate.models import Program

group = AppGroup("statements", help="Close affiliate months and look at what came out.")


@group.command("close")
def close() -> None:
    """Close every month whose statement day has come, in every program."""
    for program_id in statements.due_programs():
        program = db.session.get_one(Program, program_id)
        written = statements.close_due(program)
        db.session.commit()
        if written:
            click.echo(f"{program.name}: {len(written)} statements")
    click.echo("Every month that is due is closed.")
