"""`flask ledger …` and `flask stripe …`: what an operator checks and repairs by hand."""

from __future__ import annotations

from datetime import timedelta

import click
from flask.cli import AppGroup

from marketplace import clock, db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.payments import audit, reconcile

ledger = AppGroup("ledger", help="The ledger: check it, seal it, let payouts run again.")
stripe = AppGroup("stripe", help="Stripe: compare its balance with ours.")
GROUPS = [ledger, stripe]


@ledger.command("check")
def check() -> None:
    """Run every invariant; print each with its result; exit 1 on a breach, which also halts payouts."""
    run = audit.check()
    db.session.commit()
    for name in audit.all_checks():
        click.echo(f"{'BREACH' if name in run.breaches else 'ok':7} {name}")
        for row in run.breaches.get(name, []):
            click.echo("        " + ", ".join(row))
    click.echo(f"{len(audit.all_checks())} checks in {run.milliseconds} ms.")
    if run.breaches:
        raise SystemExit(1)


@ledger.command("seal")
def seal() -> None:
    """Chain the journals that have no seal yet, as the job does every few minutes."""
    count = audit.seal()
    db.session.commit()
    click.echo(f"{count} journals sealed.")


@ledger.command("resume")
def resume() -> None:
    """Let payouts run again after a halt; refused while a check still finds something."""
    halt = audit.standing_halt()
    if halt is None:
        click.echo("Payouts are running.")
        return
    try:
        audit.lift(halt, by=CLOCK)
    except Refused as refusal:
        db.session.commit()
        raise click.ClickException(refusal.sentence) from None
    db.session.commit()
    click.echo("Payouts run again.")


@stripe.command("reconcile")
@click.option("--days", default=30, show_default=True, help="How far back to read Stripe's balance.")
def run_reconcile(days: int) -> None:
    """Mirror Stripe's balance transactions; list each that has no journal, with its age; exit 1 if there is one."""
    differences = reconcile.run(clock.now() - timedelta(days=days))
    db.session.commit()
    for one in differences:
        age = clock.now() - one.since
        click.echo(f"{one.transaction_id}  {one.type:12} {one.net!s:>16}  {age.days} d  {one.cause} ({one.source})")
    click.echo(f"{len(differences)} differences.")
    if differences:
        raise SystemExit(1)
