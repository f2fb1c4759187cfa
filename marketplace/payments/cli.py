"""`flask ledger …`, `flask stripe …` and `flask tax …`: what an operator checks and repairs by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click
from flask.cli import AppGroup

from marketplace import clock, db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import audit, periods
from marketplace.payments.reconciliation import difference_words, differences, missed, reconcile
from marketplace.payments.tax import tax_forms


class Moment(click.ParamType):
    """So long ago (`10m`, `2h`, `3d`), or a moment in UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Raises click's usage error for anything else."""
        units = {"m": "minutes", "h": "hours", "d": "days"}
        if match := re.fullmatch(r"(\d{1,6})([mhd])", value):
            return clock.now() - timedelta(**{units[match[2]]: int(match[1])})
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a length of time (10m, 2h, 3d) nor a moment.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = Moment()
ledger = AppGroup("ledger", help="The ledger: check it, seal it, let payouts run again.")
stripe = AppGroup("stripe", help="Stripe: compare its balance with ours.")
tax = AppGroup("tax", help="Tax forms: read a number for the report to the tax office.")
GROUPS = [ledger, stripe, tax]


@ledger.command("check")
@click.option(
    "--since", type=MOMENT, help="Only what was posted since: 10m, 2h, 3d, or a moment such as 2026-03-31T12:00."
)
def check(since: datetime | None) -> None:
    """Run every invariant; print each with its result; exit 1 on a breach, which also halts payouts.

    With --since, what was posted before is trusted as the last whole check left it; checks that cannot look
    at a part are named and left out.
    """
    number = audit.number_before(since) if since else 0  # 0: there is nothing older
    run = audit.check(number)
    db.session.commit()
    ran = audit.checks_since() if number else audit.all_checks()
    for name in audit.all_checks():
        word = "BREACH" if name in run.breaches else "ok" if name in ran else "left"
        click.echo(f"{word:7} {name}")
        for row in run.breaches.get(name, []):
            click.echo("        " + ", ".join(row))
    left = len(audit.all_checks()) - len(ran)
    click.echo(f"{len(ran)} checks in {run.milliseconds} ms" + (f", {left} left for the whole check." if left else "."))
    if run.breaches:
        raise SystemExit(1)


@ledger.command("close")
@click.argument("month", type=click.DateTime(["%Y-%m"]))
def close(month: datetime) -> None:
    """Close the books for a month, as the job does a day after its end: nothing is posted into it any more."""
    try:
        closed = periods.close(month.date(), by=CLOCK)
    except Refused as refusal:
        raise click.ClickException(refusal.sentence) from None
    db.session.commit()
    click.echo(f"Closed until {closed.until:%Y-%m-%d}, journal {closed.last_number}.")


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


@tax.command("number")
@click.argument("form_id")
@click.option("--why", required=True, help="What it is read for; kept with the event.")
def number(form_id: str, why: str) -> None:
    """Print the whole tax number of a form, given by the id in its address. That it was read is written down."""
    try:
        form = tax_forms.by_id(db.long(form_id))
        said = tax_forms.read_number(form, why, by=CLOCK) if form else None
    except (ValueError, Refused) as problem:
        raise click.ClickException(str(problem)) from None
    if said is None:
        raise click.ClickException("There is no such form.")
    db.session.commit()
    click.echo(said)
