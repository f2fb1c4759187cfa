"""What makes a long ledger quick and its past final: stored balances of busy accounts, and closed months.

Both need to know that no posting with a lower number is still on its way, so they take the books alone (the
database's triggers do) and give up after a moment rather than keep everybody waiting; the next run tries again.
A month is a calendar month in UTC: the books are one, the people's months are their statements'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.payments.books.ledger_tables import ClosedPeriod

log = structlog.get_logger()
BUSY = 500  # postings after its last stored balance that make an account worth another
PATIENCE = "250ms"
LOCK_TIMEOUT = "55P03"  # the SQLSTATE of having waited that long
CLOSES_AFTER = timedelta(days=1)  # what belongs to a month is booked by then, or in the next

# Accounts posted to since anything was last stored; nothing qualifies that is not among them.
DUE = """
    INSERT INTO ledger_snapshots (account_id, taken_at)
    SELECT touched.account_id, :now FROM (
        SELECT DISTINCT account_id FROM ledger_postings
        WHERE id > (SELECT coalesce(max(through), 0) FROM ledger_snapshots)) touched
    WHERE (SELECT count(*) FROM (
        SELECT 1 FROM ledger_postings p WHERE p.account_id = touched.account_id AND p.id > coalesce((
            SELECT max(s.through) FROM ledger_snapshots s WHERE s.account_id = touched.account_id), 0)
        LIMIT :busy) tail) >= :busy
    ORDER BY touched.account_id ON CONFLICT DO NOTHING
    RETURNING account_id
"""


def store_balances(busy: int = BUSY) -> int:
    """Store the balance of every account with `busy` postings or more since its last. Returns how many."""
    stored: list[Any] = []
    with _briefly_alone():
        stored += db.session.execute(sa.text(DUE), {"now": clock.now(), "busy": busy}).all()
    return len(stored)


def closed_until() -> date | None:
    """The last closed month."""
    return db.session.scalar(sa.select(sa.func.max(ClosedPeriod.month)))


def close(month: date, *, by: Actor) -> ClosedPeriod:
    """Close the books for `month` (its first day) and all before it. The same month again returns its close.

    Raises `Refused` while the month is not over, or when a later one is closed.
    """
    known = db.session.get(ClosedPeriod, month)
    if known is not None:
        return known
    until = clock.start_of_day(_following(month), "UTC")
    if until > clock.now():
        raise Refused(_("This month is not over yet. It can be closed once it is."))
    last = closed_until()
    if last is not None and last > month:
        raise Refused(_("A later month is closed already, and this one with it."))
    row = {"month": month, "until": until, "closed_at": clock.now(), "actor_kind": by.kind, "actor_user_id": by.user_id}
    db.session.execute(insert(ClosedPeriod).values(row | {"last_number": 0}))
    return db.session.get_one(ClosedPeriod, month)


def close_due(*, by: Actor) -> ClosedPeriod | None:
    """Close the newest month that has been over for a day, and all before it with it, unless it is closed."""
    last_day = (clock.now() - CLOSES_AFTER).date().replace(day=1) - timedelta(days=1)
    month, last, closed = last_day.replace(day=1), closed_until(), None
    if last is None or last < month:
        with _briefly_alone():
            closed = close(month, by=by)
    return closed


@contextmanager
def _briefly_alone() -> Iterator[None]:
    """Leave it for the next time where the books are not free within a moment."""
    try:
        with db.session.begin_nested():
            db.session.execute(sa.text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            yield
            db.session.execute(sa.text("SET LOCAL lock_timeout = 0"))
    except sa.exc.OperationalError as problem:
        if getattr(problem.orig, "sqlstate", None) != LOCK_TIMEOUT:
            raise
        log.info("books_busy")


def _following(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
