"""Does our mirror show what Stripe's balance shows? Differences are listed with their age, never repaired silently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.money import Money
from marketplace.payments import balance, stripe
from marketplace.payments.models import BalanceTransaction

LOOKS_BACK = timedelta(days=3)  # of every run; a transaction is never added to Stripe's past later than that


@dataclass(frozen=True)
class Difference:
    """A movement at Stripe that no journal explains, or one of ours that Stripe does not have. `net` is signed."""

    transaction_id: str
    type: str
    source: str | None
    net: Money
    since: datetime
    cause: str


def run(since: datetime | None = None) -> list[Difference]:
    """Mirror every balance transaction since then (or of the last three days); return what does not match.

    Commits first and reads Stripe outside a transaction: a job or a command calls it.
    """
    start = since or clock.now() - LOOKS_BACK
    at_stripe = db.outside(lambda: list(stripe.balance_transactions(start)))
    for transaction in at_stripe:
        balance.mirror(transaction)
    return unexplained() + _vanished(start, {transaction["id"] for transaction in at_stripe})


def unexplained() -> list[Difference]:
    """Movements at Stripe without a journal, oldest first."""
    rows = db.session.scalars(
        sa.select(BalanceTransaction)
        .where(BalanceTransaction.journal_id.is_(None))
        .order_by(BalanceTransaction.created_at, BalanceTransaction.id)
    )
    return [_difference(row, "no journal explains it") for row in rows]


def _vanished(start: datetime, known: set[str]) -> list[Difference]:
    rows = db.session.scalars(
        sa.select(BalanceTransaction)
        .where(BalanceTransaction.created_at >= start, BalanceTransaction.id.not_in(known or {""}))
        .order_by(BalanceTransaction.created_at)
    )
    return [_difference(row, "Stripe does not have it") for row in rows]


def _difference(row: BalanceTransaction, cause: str) -> Difference:
    return Difference(row.id, row.type, row.source, row.net, row.created_at, cause)
