"""A statement's lines as they stood at its close, and its files: CSV and canonical JSON.

A page and the CSV tell days and times in the program's zone, the CSV with their offset; the JSON has
UTC instants, which its digest was computed over. All three name the zone.

A line's number is its place in the order of writing (`posted_at`, then id), from 1: it never changes, and two people
can talk about "line 12". In the JSON it is the place in `lines`.

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
from marketplace.affiliate.sales_models import Line, Statement
from marketplace.affiliate.statements import header, instant
from marketplace.money import Money

# A line and how it stood at :at; {lines} is where lines come from.
STOOD = """
    SELECT l.*, o.number AS order_number, o.placed_at, e.kind AS event_kind,
        CASE
            WHEN l.reason <> 'credited' THEN 'refused'
            WHEN p.batch_id IS NOT NULL THEN 'paid'
            WHEN b.id IS NOT NULL THEN 'in_payout'
            WHEN h.id IS NOT NULL THEN 'held'
            WHEN l.releases_at > :at THEN 'accrued'
            ELSE 'releasable'
        END AS state
    FROM {lines} l
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
LINES_AT = STOOD.format(lines="lines")
WITHIN = """
    l.enrolment_id = :enrolment AND l.currency = :currency AND l.posted_at >= :start AND l.posted_at < :end
"""
NEXT = f"""{LINES_AT}
    WHERE {WITHIN} AND (l.posted_at, l.id) > (:after_at, :after_id)
    ORDER BY l.posted_at, l.id
    LIMIT :limit
"""
NUMBERED = f"""
    WITH numbered AS (
        SELECT l.*, row_number() OVER (ORDER BY l.posted_at, l.id) AS number FROM lines l WHERE {WITHIN})
"""  # noqa: S608 - joined from constants of this file, likewise below
# Which lines of a statement to show; the first two add up to its totals of that name.
ONLY = {
    "earned": "l.kind IN ('commission','bonus') AND l.reason = 'credited'",
    "adjustments": "l.kind NOT IN ('commission','bonus')",
    "refused": "l.reason <> 'credited'",
}
PAGE = 50  # lines on a page of a statement
CHUNK = 2000  # lines read at a time for a file


@dataclass(frozen=True)
class Row:
    """One line on a statement. `state`: refused, accrued, held, releasable, in_payout or paid.

    `number` is its place on the statement, 0 where that was not asked for.
    """

    id: UUID
    number: int
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


@dataclass(frozen=True)
class Page:
    """A page of a statement's lines: how many there are of these, what they come to, and on how many pages."""

    rows: list[Row]
    count: int
    total: Money
    number: int
    pages: int


def page(statement: Statement, number: int = 1, *, only: str | None = None, order: str = "") -> Page:
    """Lines in the order they were posted: those of a kind (a name of `ONLY`), of orders whose number begins so."""
    found = "true" if only is None else ONLY[only]
    if order:
        found += " AND starts_with(lower(o.number), lower(:order))"
    bind = _bind(statement) | {"order": order, "limit": PAGE, "offset": (number - 1) * PAGE}
    lines = f"{NUMBERED} {STOOD.format(lines='numbered')} WHERE {found} ORDER BY l.number LIMIT :limit OFFSET :offset"
    orders = "JOIN conversions c ON c.id = l.conversion_id JOIN orders o ON o.id = c.order_id"
    sums = f"SELECT count(*), coalesce(sum(l.amount_minor), 0) FROM lines l {orders} WHERE {WITHIN} AND {found}"  # noqa: S608
    count, minor = db.session.execute(sa.text(sums), bind).one()
    rows = [row_of(row, row.number) for row in db.session.execute(sa.text(lines), bind)]
    return Page(rows, count, Money(int(minor), statement.currency), number, max(1, -(-count // PAGE)))


def number_of(statement: Statement, line: Line) -> int:
    """A line's place on its statement."""
    upto = f"SELECT count(*) FROM lines l WHERE {WITHIN} AND (l.posted_at, l.id) <= (:at_line, :line)"  # noqa: S608
    bind = _bind(statement) | {"at_line": line.posted_at, "line": line.id}
    return int(db.session.scalar(sa.text(upto), bind) or 0)


def _bind(statement: Statement) -> dict[str, Any]:
    return {
        "enrolment": statement.enrolment_id,
        "currency": statement.currency,
        "start": statement.period_start,
        "end": statement.period_end,
        "at": statement.period_end,
    }


def row_of(found: Any, number: int = 0) -> Row:
    """A row of `LINES_AT` as a line on a page."""
    return Row(
        id=found.id,
        number=number,
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
    """All lines of a statement with their numbers, a chunk at a time."""
    bind = _bind(statement) | {"limit": CHUNK, "after_at": statement.period_start, "after_id": UUID(int=0)}
    before = 0
    while chunk := db.session.execute(sa.text(NEXT), bind).all():
        yield from (row_of(found, before + place) for place, found in enumerate(chunk, 1))
        before += len(chunk)
        bind |= {"after_at": chunk[-1].posted_at, "after_id": chunk[-1].id}


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
    yield web.csv_line(("number", *COLUMNS))
    for row in every_line(statement):
        local = {name: _local(getattr(row, name), zone) for name in ("occurred_at", "posted_at", "releases_at")}
        yield web.csv_line((row.number, *(_fields(row) | local).values()))


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
