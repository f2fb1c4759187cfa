"""`flask demo`: the invented marketplace for whoever looks around."""

from __future__ import annotations

import click
from flask import current_app

from marketplace.accounts import queries as accounts
from marketplace.admin.demo import PASSWORD, SIGN_INS
from marketplace.admin.demo import load as demo
from marketplace.admin.demo.stage import played


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
