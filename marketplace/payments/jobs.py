"""What payments do by themselves: check the ledger and close its months, ask Stripe again, send what waited, mirror
its balance, watch what is held for long, send earned fees to the bank."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from marketplace import db, jobs
from marketplace.authz import CLOCK
from marketplace.jobs import Scheduled
from marketplace.payments import operations, queries
from marketplace.payments.books import audit, periods
from marketplace.payments.losses import hold_age
from marketplace.payments.models import Reconciliation
from marketplace.payments.money_in import refunds
from marketplace.payments.money_out import payouts, sweep_fees
from marketplace.payments.reconciliation import differences, missed, reconcile, webhooks
from marketplace.payments.tax import tax_forms


@jobs.job
def check_ledger() -> None:
    """Seal what is new and run every invariant; a breach halts payouts."""
    audit.seal()
    audit.check()


@jobs.job
def store_balances() -> None:
    """Store what busy accounts hold, so that nobody has to add it up again."""
    periods.store_balances()


@jobs.job
def close_books() -> None:
    """Close the month that is over."""
    periods.close_due(by=CLOCK)


@jobs.job
def sweep() -> None:
    """Line up what a crash, a lost answer, a flushed queue or a halt left behind."""
    operations.sweep()
    webhooks.sweep()
    payouts.send_all()


@jobs.job
def fetch_messages() -> None:
    """Store what Stripe could not deliver."""
    missed.fetch()


@jobs.job
def match_hourly() -> None:
    """Book what has become available; compare what is recent with Stripe."""
    reconcile.run()


@jobs.job
def ask_after_refunds() -> None:
    """Move refunds forward whose message was lost."""
    refunds.ask()


@jobs.job
def tell_of_differences() -> None:
    """Mail staff what has stood for too long, each thing once."""
    differences.tell()


@jobs.job
def mirror_nightly() -> None:
    """Compare the last days once more, and fetch what connected accounts had to tell."""
    missed.fetch_of_accounts()
    reconcile.run(back=reconcile.NIGHTLY)


@jobs.job
def compare_now(run_id: UUID) -> None:
    """Compare because somebody wants to know now."""
    this = db.session.get(Reconciliation, run_id, with_for_update=True)
    if this is not None and this.ended_at is None:
        reconcile.carry_out(this)


@jobs.job
def watch_held_money() -> None:
    """Take every step that is due on money held for long."""
    hold_age.watch()


@jobs.job
def sweep_earned_fees() -> None:
    """Send earned fees to the platform's bank, if any may leave."""
    sweep_fees.sweep_due(queries.currency())


@jobs.job
def remind_of_tax_forms() -> None:
    """Tell whose tax form ends within a month."""
    tax_forms.remind()


SCHEDULE = [
    Scheduled(
        "ledger check", timedelta(minutes=5), check_ledger, "seal journals, run the invariants, halt on a breach"
    ),
    Scheduled("stored balances", timedelta(minutes=5), store_balances, "store what busy accounts hold"),
    Scheduled("closed months", timedelta(hours=6), close_books, "close the books of a month a day after its end"),
    Scheduled(
        "stripe sweep", timedelta(minutes=5), sweep, "ask Stripe again, handle late messages, send waiting payouts"
    ),
    Scheduled("held money", timedelta(hours=6), watch_held_money, "warn, ask staff and resolve money held for long"),
    Scheduled("fee sweep", timedelta(days=1), sweep_earned_fees, "send earned fees to the platform's bank"),
    Scheduled("stripe messages", timedelta(minutes=10), fetch_messages, "fetch messages that Stripe could not deliver"),
    Scheduled("stripe match", timedelta(hours=1), match_hourly, "compare what is recent with Stripe, and the balance"),
    Scheduled("open refunds", timedelta(hours=1), ask_after_refunds, "ask Stripe after refunds that wait or came back"),
    Scheduled(
        "told differences", timedelta(minutes=5), tell_of_differences, "mail staff what differs for too long, once"
    ),
    Scheduled("stripe mirror", timedelta(days=1), mirror_nightly, "compare the last days with Stripe"),
    Scheduled("tax forms", timedelta(days=1), remind_of_tax_forms, "tell whose tax form ends within 30 days"),
]
