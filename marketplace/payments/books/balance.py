"""The mirror of the platform's Stripe balance: one row per balance transaction, one journal each.

What a journal puts on `stripe_pending` or `stripe_available` is the transaction's net amount. When a
pending one becomes available, a `settlement` journal moves the same amount across; it has no
transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.authz import CLOCK
from marketplace.money import Money
from marketplace.payments import stripe
from marketplace.payments.books import chart, ledger
from marketplace.payments.books.ledger import Entry, Leg, credit, debit
from marketplace.payments.models import BalanceTransaction

LONGEST = timedelta(seconds=30)  # that one run moves what became available; it keeps the books open all the while


def side(transaction: dict[str, Any]) -> Leg:
    """The leg that a transaction's net amount makes on our Stripe balance: a debit when money comes."""
    net = Money(transaction["net"], transaction["currency"].upper())
    return debit(place(transaction), net) if net.minor > 0 else credit(place(transaction), -net)


def place(transaction: dict[str, Any]) -> chart.Name:
    """Pending or available, as Stripe had it when we booked it."""
    return chart.STRIPE_AVAILABLE if transaction["status"] == "available" else chart.STRIPE_PENDING


def mirror(transaction: dict[str, Any], journal_id: UUID) -> None:
    """Keep a transaction's row with the journal that explains it."""
    explained = {"journal_id": journal_id, "booked_as": place(transaction).kind}
    statement = insert(BalanceTransaction).values(_row(transaction) | explained)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_=explained, where=BalanceTransaction.journal_id.is_(None)
        )
    )


def mirror_all(transactions: Iterable[dict[str, Any]]) -> None:
    """Keep the rows of transactions as Stripe lists them; what is known already stays as it is."""
    if rows := [_row(one) for one in transactions]:
        db.session.execute(insert(BalanceTransaction).values(rows).on_conflict_do_nothing())


def _row(transaction: dict[str, Any]) -> dict[str, Any]:
    source = transaction.get("source")
    thing = source if isinstance(source, dict) else {}
    metadata = thing.get("metadata") or {}
    mark = metadata.get("operation") or metadata.get("funding")
    return {
        "id": transaction["id"], "type": transaction["type"],
        "source": source["id"] if isinstance(source, dict) else source, "mark": mark,
        "about": thing.get("charge") or thing.get("destination") or thing.get("transfer"),
        "amount_minor": transaction["amount"], "fee_minor": transaction["fee"], "net_minor": transaction["net"],
        "currency": transaction["currency"].upper(), "created_at": stripe.moment(transaction["created"]),
        "available_on": stripe.moment(transaction["available_on"]),
    }  # fmt: skip


def settle(*, at_once: int = 1000, longest: timedelta = LONGEST) -> int:
    """Move what has become available from pending to available, `at_once` by `at_once`, until nothing is due or
    `longest` is over (then the next run goes on). Returns how many transactions were moved.
    """
    began, moved = time.monotonic(), 0
    while some := _settle_some(at_once):
        moved += some
        if some < at_once or time.monotonic() - began >= longest.total_seconds():
            break
    return moved


def _settle_some(at_once: int) -> int:
    due = db.session.scalars(
        sa.select(BalanceTransaction)
        .where(
            BalanceTransaction.booked_as == chart.STRIPE_PENDING.kind,
            BalanceTransaction.settled_journal_id.is_(None),
            BalanceTransaction.available_on <= clock.now(),
        )
        .order_by(BalanceTransaction.available_on, BalanceTransaction.id)
        .limit(at_once)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return 0
    journals = ledger.post_many([_settlement(row) for row in due], by=CLOCK)
    for row, journal in zip(due, journals, strict=True):
        row.settled_journal_id = journal.id
    db.session.flush()
    return len(due)


def _settlement(row: BalanceTransaction) -> Entry:
    comes = row.net_minor > 0
    amount = row.net if comes else -row.net
    target, source = chart.STRIPE_AVAILABLE, chart.STRIPE_PENDING
    if not comes:
        target, source = source, target
    return Entry(
        key=f"settle:{row.id}",
        kind="settlement",
        legs=[debit(target, amount), credit(source, amount)],
        reason="available at Stripe",
        evidence={"balance_transaction": row.id},
    )
