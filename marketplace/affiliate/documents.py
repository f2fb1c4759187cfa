"""A statement's lines as they stood at its close, and its files: CSV and canonical JSON.

A page and the CSV tell days and times in the program's zone, the CSV with their offset; the JSON has
UTC instants, which its digest was computed over. All three name the zone.

Everything is read from immutable rows as of the period's end, so a closed statement renders
byte for byte the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785
import sqlalchemy as sa

from marketplace import db, web
from marketplace.affiliate.models import Program
from marketplace.affiliate.sales_models import Statement
from marketplace.affiliate.statements import header, instant
from marketplace.money import Money

# A line and how it stood at :at.
LINES_AT = """
    SELECT l.*, o.number AS order_number, o.placed_at, e.kind AS event_kind,
        CASE
            WHEN l.reason <> 'credited' THEN 'refused'
            WHEN p.batch_id IS NOT NULL THEN 'paid'
            WHEN b.id IS NOT NULL THEN 'in_payout'
            WHEN h.id IS NOT NULL THEN 'held'
            WHEN l.releases_at > :at THEN 'accrued'
            ELSE 'releasable'
        END AS state
    FROM lines l
    JOIN conversions c ON c.id = l.conversion_id
    JOIN orders o ON o.id = c.order_id
    JOIN order_events e ON e.id = l.order_event_id
    LEFT JOIN released_lines rl ON rl.enrolment_id = l.enrolment_id AND rl.line_id = l.id
    LEFT JOIN release_batches b ON b.id = rl.batch_id AND b.created_at < :at
    LEFT JOIN batch_payments p ON p.batch_id = b.id AND p.posted_at < :at
    LEFT JOIN LATERAL (
        SELECT lh.id FROM line_holds lh LEFT JOIN line_hold_ends he ON he.hold_id = lh.id AND he.ended_at < :at
        WHERE lh.enrolment_id = l.enrolment_id AND lh.line_id = coalesce(l.parent_id, l.id)
            AND lh.opened_at < :at AND he.hold_id IS NULL
        LIMIT 1
    ) h ON true
"""
OF_STATEMENT = (
    LINES_AT
    + """
    WHERE l.enrolment_id = :enrolment AND l.currency = :currency
        AND l.posted_at >= :start AND l.posted_at < :end
        AND (l.posted_at, l.id) > (:after_at, :after_id)
    ORDER BY l.posted_at, l.id
    LIMIT :limit
"""
)
PAGE = 100  # lines on a page of a statement
CHUNK = 2000  # lines read at a time for a file


@dataclass(frozen=True)
class Row:
    """One line on a statement. `state`: refused, accrued, held, releasable, in_payout or paid."""

    id: UUID
    order_number: str
    event_kind: str
    kind: str
    reason: str
    state: str
    rule: str
    rate_bps: int | None
    base: Money
    amount: Money
    occurred_at: datetime
    posted_at: datetime
    releases_at: datetime


def page(statement: Statement, after: Row | None = None, limit: int = PAGE) -> list[Row]:
    """The next lines of a statement after one of them, in the order they were posted."""
    bind = {
        "enrolment": statement.enrolment_id,
        "currency": statement.currency,
        "start": statement.period_start,
        "end": statement.period_end,
        "at": statement.period_end,
        "after_at": after.posted_at if after else statement.period_start,
        "after_id": after.id if after else UUID(int=0),
        "limit": limit,
    }
    return [row_of(found) for found in db.session.execute(sa.text(OF_STATEMENT), bind)]


def marked(statement: Statement, line_id: UUID) -> Row:
    """A line of a statement to go on after. Raises ValueError for any other."""
    bind = {"enrolment": statement.enrolment_id, "line": line_id, "at": statement.period_end}
    query = LINES_AT + " WHERE l.enrolment_id = :enrolment AND l.id = :line"
    found = db.session.execute(sa.text(query), bind).one_or_none()
    if found is None:
        raise ValueError("No such line on this statement.")
    return row_of(found)


def row_of(found: Any) -> Row:
    """A row of `LINES_AT` as a line on a page."""
    return Row(
        id=found.id,
        order_number=found.order_number,
        event_kind=found.event_kind,
        kind=found.kind,
        reason=found.reason,
        state=found.state,
        rule=found.rule,
        rate_bps=found.rate_bps,
        base=Money(found.base_minor, found.currency),
        amount=Money(found.amount_minor, found.currency),
        occurred_at=found.occurred_at,
        posted_at=found.posted_at,
        releases_at=found.releases_at,
    )


def every_line(statement: Statement) -> Iterator[Row]:
    """All lines of a statement, a chunk at a time."""
    after: Row | None = None
    while rows := page(statement, after, CHUNK):
        yield from rows
        after = rows[-1]


COLUMNS = (
    "line", "order", "event", "kind", "state", "reason", "rule", "rate_bps", "base", "amount",
    "currency", "occurred_at", "posted_at", "releases_at",
)  # fmt: skip


def csv_lines(statement: Statement) -> Iterator[str]:
    """The statement as CSV, line by line: the totals first, then every line; times in the program's zone."""
    zone = _zone(statement)
    yield web.csv_line(["statement", str(statement.number), "currency", statement.currency])
    yield web.csv_line(["time_zone", zone.key])
    for name in ("period_start", "period_end", "closed_at"):
        yield web.csv_line([name, _local(getattr(statement, name), zone)])
    for name, minor in header(statement)["amounts_minor"].items():
        yield web.csv_line([name, Money(minor, statement.currency).plain()])
    yield web.csv_line([])
    yield web.csv_line(COLUMNS)
    for row in every_line(statement):
        local = {name: _local(getattr(row, name), zone) for name in ("occurred_at", "posted_at", "releases_at")}
        yield web.csv_line((_fields(row) | local).values())


def canonical(statement: Statement) -> bytes:
    """The statement as canonical JSON (RFC 8785) with its digest and every line."""
    whole = header(statement) | {
        "lines": [_fields(row) for row in every_line(statement)],
        "sha256": statement.digest,
        "time_zone": _zone(statement).key,
    }
    return rfc8785.dumps(whole)


def _zone(statement: Statement) -> ZoneInfo:
    return ZoneInfo(db.session.get_one(Program, statement.program_id).zone)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="microseconds")


def _fields(row: Row) -> dict[str, Any]:
    values = (
        str(row.id), row.order_number, row.event_kind, row.kind, row.state, row.reason, row.rule,
        "" if row.rate_bps is None else str(row.rate_bps), row.base.plain(), row.amount.plain(), row.amount.currency,
        instant(row.occurred_at), instant(row.posted_at), instant(row.releases_at),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))
