"""Comparing Stripe with our books: every movement, transfer, refund and payout, and the balance itself.

Stripe is read first, with no transaction open; then everything is compared. Differences are
listed with their age and what probably caused them. Nothing is repaired silently: what mends one is the
ordinary way (a message, an answer, a journal), never this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from marketplace import clock, db
from marketplace.money import Money
from marketplace.payments import stripe
from marketplace.payments.books import balance
from marketplace.payments.models import BalanceTransaction
from marketplace.payments.reconciliation import differences, matching, missed, movements
from marketplace.payments.reconciliation.differences import Difference, Found, Reconciliation

log = structlog.get_logger()
HOURLY, NIGHTLY = timedelta(hours=6), timedelta(days=3)  # how far each looks back behind the run before it
EVERYTHING = datetime(2011, 1, 1, tzinfo=UTC)  # Stripe has nothing older
FURTHEST = timedelta(days=30)  # back to the oldest difference that only Stripe's lists can end
READINGS = 3  # of a balance that moves while we read
LOOKED_UP = 50  # objects asked for by their id before we believe that they are gone
SPLIT_LAG = timedelta(days=1)  # both sides may move an amount from pending to available at different hours


@dataclass(frozen=True)
class Read:
    """What Stripe and our ledger said in one quiet moment; `balances` is None where none was quiet."""

    movements: list[dict[str, Any]]
    objects: matching.Listed
    balances: dict[str, tuple[int, int]] | None
    books: dict[str, tuple[int, int]]


def run(since: datetime | None = None, *, back: timedelta = HOURLY) -> list[Difference]:
    """Compare everything since then, or since `back` before the last run (the first compares all of it).

    Commits, and reads Stripe outside a transaction: only jobs and commands call it. Returns what differs
    now, oldest first. Where Stripe does not answer, the run says so and what stood stands.
    """
    this = begin(since, back)
    if this is not None:
        carry_out(this)
    return differences.standing()


def carry_out(this: Reconciliation) -> None:
    """Read and compare for a run that was begun, and end it. Commits, as `run` does."""
    try:
        missed.fetch()
        balance.settle()
        read = _read(this.since)
        _compare(this, read)
    except stripe.Error as problem:
        db.session.rollback()
        this = db.session.get_one(Reconciliation, this.id)
        this.problem = f"{type(problem).__name__}: {problem}"[:500]
        log.error("stripe_not_compared", problem=this.problem)
    this.ended_at = clock.now()


def begin(since: datetime | None = None, back: timedelta = HOURLY) -> Reconciliation | None:
    """Note a run; None while another is under way."""
    db.hold("payments.reconcile")
    last = db.session.scalar(sa.select(Reconciliation).order_by(Reconciliation.began_at.desc()).limit(1))
    if last is not None and last.under_way:
        return None
    row = Reconciliation(id=db.new_id(), began_at=clock.now(), since=since or _start(back), read={}, balances={})
    db.session.add(row)
    db.session.flush()
    return row


def _start(back: timedelta) -> datetime:
    whole = sa.select(sa.func.max(Reconciliation.began_at)).where(
        Reconciliation.ended_at.is_not(None), Reconciliation.problem.is_(None)
    )
    last = db.session.scalar(whole)
    if last is None:
        return EVERYTHING
    stands = [row.since for row in differences.standing() if not row.books or row.cause in differences.ASKED]
    return min([last - back, *(one for one in stands if one > clock.now() - FURTHEST)])


def _read(since: datetime) -> Read:
    """Read until nothing moved meanwhile, three times at most."""
    for _ in range(READINGS):
        before = db.outside(stripe.balance)
        books = in_books()
        listed = db.outside(lambda: (list(stripe.balance_transactions(since)), matching.read(since), stripe.balance()))
        if before == listed[2] and books == in_books():
            return Read(listed[0], listed[1], before, books)
    return Read(listed[0], listed[1], None, books)


def in_books() -> dict[str, tuple[int, int]]:
    """What our ledger says is at Stripe, in minor units: available and pending by currency."""
    rows = db.session.execute(
        sa.text(
            "SELECT a.currency, a.kind, sum(CASE p.side WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END)::bigint"
            " AS held FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id"
            " WHERE a.kind IN ('stripe_available', 'stripe_pending') GROUP BY a.currency, a.kind"
        )
    )
    held = {(row.currency, row.kind): int(row.held) for row in rows}
    return {
        currency: (held.get((currency, "stripe_available"), 0), held.get((currency, "stripe_pending"), 0))
        for currency, _ in held
    }


def _compare(this: Reconciliation, read: Read) -> None:
    found = movements.mirror(read.movements) + movements.differences()
    told = set(db.session.scalars(sa.select(BalanceTransaction.source).where(BalanceTransaction.journal_id.is_(None))))
    found += [one for one in matching.differences(read.objects) if one.reference not in told]
    found += _not_there(read, this.since)
    found += _balances(this, read, found)
    new = differences.keep(found, this.since)
    this.read = {"movements": len(read.movements)} | {noun: len(ones) for noun, ones in read.objects.items()}
    for one in new:
        log.warning("stripe_difference", reference=one.reference, cause=one.cause, minor=one.amount_minor)


def _not_there(read: Read, since: datetime) -> list[Found]:
    """What we have and Stripe's lists have not. Each is asked for by its id: the two clocks may differ."""
    rows = movements.vanished(since, [one["id"] for one in read.movements])
    calls = matching.missing(read.objects, since)
    wanted = [("balance_transactions", row.id) for row in rows] + [(noun, str(one.object_id)) for noun, one in calls]
    if not wanted:
        return []
    there = db.outside(lambda: {id for noun, id in wanted[:LOOKED_UP] if not stripe.gone(noun, id)})
    return [movements.as_vanished(row) for row in rows if row.id not in there] + [
        matching.as_missing(noun, one) for noun, one in calls if one.object_id not in there
    ]


def _balances(this: Reconciliation, read: Read, found: list[Found]) -> list[Found]:
    """The two balances by currency, what explains their difference, and what is left unexplained."""
    if read.balances is None:
        return []
    left_over, lines = [], {}
    for currency in sorted(read.balances | read.books):
        there, here = read.balances.get(currency, (0, 0)), read.books.get(currency, (0, 0))
        explained = sum(one.amount.minor for one in found if one.books and one.amount.currency == currency)
        left = sum(there) - sum(here) - explained
        lines[currency] = {"there": there, "here": here, "explained": explained, "left": left}
        if left:
            left_over.append(_of_balance(currency, "balance", sum(there), sum(here), left))
        elif not explained and there != here and not _settling(currency):
            left_over.append(_of_balance(currency, "split", there[0], here[0], there[0] - here[0]))
    this.balances = lines
    return left_over


def _of_balance(currency: str, cause: str, there: int, here: int, left: int) -> Found:
    since = _stood_since(f"{cause}:{currency}")
    return Found(
        f"{cause}:{currency}", "balance", cause, Money(left, currency), since, books=True,
        at_stripe=Money(there, currency), in_books=Money(here, currency),
    )  # fmt: skip


def _stood_since(reference: str) -> datetime:
    known = sa.select(Difference.since).where(Difference.reference == reference, Difference.gone_at.is_(None))
    return db.session.scalar(known) or clock.now()


def _settling(currency: str) -> bool:
    """Whether an amount becomes available about now, so that the two sides may differ for some hours."""
    now = clock.now()
    near = sa.select(BalanceTransaction.id).where(
        BalanceTransaction.currency == currency,
        BalanceTransaction.available_on.between(now - SPLIT_LAG, now + SPLIT_LAG),
    )
    return db.session.scalar(near.limit(1)) is not None
