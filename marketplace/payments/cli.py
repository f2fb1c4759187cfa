"""`flask ledger …` and `flask stripe …`: what an operator checks and repairs by hand."""

from __future__ import annotations

from datetime import timedelta

import click
from flask.cli import AppGroup

from marketplace import clock, db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import audit, difference_words, differences, missed, reconcile

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
@click.option(
    "--days", type=click.IntRange(1, 5000), help="How far back to read; without it, since the last comparison."
)
def run_reconcile(days: int | None) -> None:
    """Compare Stripe with our books; list each difference with its age and cause; exit 1 if there is one."""
    found = reconcile.run(clock.now() - timedelta(days=days) if days else None, back=reconcile.NIGHTLY)
    db.session.commit()
    run = differences.last_runs()[0]
    for one in found:
        age, (cause, _) = clock.now() - one.since, difference_words.CAUSES[one.cause]
        hours = f"{age.days} d" if age.days else f"{age.seconds // 3600} h"
        click.echo(f"{one.reference}  {one.type:12} {one.amount!s:>16}  {hours:>6}  {cause}")
    for currency, line in run.balances.items():
        there, here = Money(sum(line["there"]), currency), Money(sum(line["here"]), currency)
        click.echo(f"At Stripe {there}, in our books {here}.")
    if run.problem or run.ended_at is None:
        raise click.ClickException(run.problem or "Another comparison is under way; this is what the last one found.")
    click.echo(f"{len(found)} differences.")
    if found:
        raise SystemExit(1)


@stripe.command("fetch")
def fetch() -> None:
    """Store the messages Stripe could not deliver, as the job does every ten minutes; workers handle them."""
    count = missed.fetch() + missed.fetch_of_accounts()
    db.session.commit()
    click.echo(f"{count} messages fetched.")
