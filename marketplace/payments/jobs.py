"""What payments do by themselves: check the ledger, ask Stripe again, send what waited, mirror its balance."""

from __future__ import annotations

from datetime import timedelta

import structlog

from marketplace import jobs
from marketplace.jobs import Scheduled
from marketplace.payments import audit, balance, hold_age, operations, payouts, queries, reconcile, sweep_fees, webhooks

log = structlog.get_logger()


@jobs.job
def check_ledger() -> None:
    """Seal what is new and run every invariant; a breach halts payouts."""
    audit.seal()
    audit.check()


@jobs.job
def sweep() -> None:
    """Line up what a crash, a lost answer, a flushed queue or a halt left behind."""
    operations.sweep()
    webhooks.sweep()
    payouts.send_all()


@jobs.job
def mirror_balance() -> None:
    """Book what has become available; mirror Stripe's balance and say what does not match."""
    balance.settle()
    for difference in reconcile.run():
        log.error("stripe_difference", transaction=difference.transaction_id, cause=difference.cause)


@jobs.job
def watch_held_money() -> None:
    """Take every step that is due on money held for long."""
    hold_age.watch()


@jobs.job
def sweep_earned_fees() -> None:
    """Send earned fees to the platform's bank, if any may leave."""
    sweep_fees.sweep_due(queries.currency())


SCHEDULE = [
    Scheduled(
        "ledger check", timedelta(minutes=5), check_ledger, "seal journals, run the invariants, halt on a breach"
    ),
    Scheduled(
        "stripe sweep", timedelta(minutes=5), sweep, "ask Stripe again, handle late messages, send waiting payouts"
    ),
    Scheduled("held money", timedelta(hours=6), watch_held_money, "warn, ask staff and resolve money held for long"),
    Scheduled("fee sweep", timedelta(days=1), sweep_earned_fees, "send earned fees to the platform's bank"),
    Scheduled("stripe mirror", timedelta(hours=1), mirror_balance, "mirror Stripe's balance and list differences"),
]
