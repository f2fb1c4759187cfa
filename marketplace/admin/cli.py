"""`flask demo`: the invented marketplace for whoever looks around. `flask setup-key`: who may set production up."""

from __future__ import annotations

import click
from flask import current_app

from marketplace import db
from marketplace.accounts import queries as accounts
from marketplace.accounts import setup_key
from marketplace.admin.demo import PASSWORD, SIGN_INS
from marketplace.admin.demo import load as demo
from marketplace.admin.demo.stage import played
from marketplace.errors import Refused


@click.group("demo")
def group() -> None:
    """The demo marketplace."""


@group.command("load")
def load() -> None:
    """Load the demo marketplace; a stopped load goes on where it was."""
    if current_app.config["SETTINGS"].environment == "production":
        raise click.ClickException("Production never loads invented people.")
    if accounts.instance() is not None and not played("portal"):
        raise click.ClickException("This portal is in use already; the demo needs an empty one.")
    with current_app.test_request_context(base_url=current_app.config["BASE_URL"]):
        demo.load()
    click.echo(f"Sign in with the password {PASSWORD} as")
    for who, email in SIGN_INS.items():
        click.echo(f"  {who:10} {email}")


@click.command("setup-key")
def print_setup_key() -> None:
    """Print the one-time key that set-up asks for in production; a new one replaces the last."""
    with current_app.test_request_context(base_url=current_app.config["BASE_URL"]):
        try:
            key = setup_key.make()
        except Refused as refusal:
            raise click.ClickException(refusal.sentence) from refusal
        db.session.commit()
    click.echo(f"Open {current_app.config['BASE_URL']}/set-up and type this key; it works once:")
    click.echo(f"  {key}")


GROUPS = (group, print_setup_key)
