"""Closing a month: one statement per affiliate in whose month something moved.

    opening + earned + adjustments − paid = closing
    closing = held + releasable + carried forward + in payout

All of it is read from lines, holds, claims and payments as they stood at the period's end, in one
aggregate over the program. A period is a calendar month in the program's zone, half-open; it may be
closed from the program's statement day of the next month on. Months in which nothing moved are
passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import rfc8785
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace import clock, db
from marketplace.affiliate import posting
from marketplace.affiliate.events import StatementClosed
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.sales_models import Close, Statement
from marketplace.authz import CLOCK
from marketplace.events import emit

UTC_TEXT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
# What a line says, field by field: the text its statement's digest is computed over.
LINE_TEXT = f"""concat_ws('|', l.id, l.kind, l.reason, l.conversion_id, l.order_event_id, l.base_minor,
    coalesce(l.rate_bps::text, '-'), l.amount_minor, l.currency, {UTC_TEXT.format("l.occurred_at")},
    {UTC_TEXT.format("l.posted_at")}, {UTC_TEXT.format("l.releases_at")})"""

MOVED = f"""
    SELECT l.enrolment_id, count(*) AS line_count,
        coalesce(sum(l.amount_minor) FILTER (WHERE l.kind IN ('commission','bonus')), 0)::bigint AS earned,
        coalesce(sum(l.amount_minor) FILTER (WHERE l.kind NOT IN ('commission','bonus')), 0)::bigint AS adjustments,
        count(*) FILTER (WHERE l.reason <> 'credited') AS refused_count,
        coalesce(sum(l.base_minor) FILTER (WHERE l.reason <> 'credited'), 0)::bigint AS refused_base,
        encode(sha256(convert_to(string_agg({LINE_TEXT}, E'\\n' ORDER BY l.posted_at, l.id), 'UTF8')), 'hex') AS digest
    FROM lines l
    WHERE l.program_id = :program AND l.posted_at >= :start AND l.posted_at < :end
    GROUP BY l.enrolment_id
"""  # noqa: S608 - joined from constants of this file

# Where every unpaid credited line stood at :end.
STANDING = """
    SELECT l.enrolment_id,
        coalesce(sum(l.amount_minor) FILTER (WHERE r.line_id IS NOT NULL), 0)::bigint AS in_payout,
        coalesce(sum(l.amount_minor) FILTER (WHERE r.line_id IS NULL AND (l.releases_at > :end OR h.id IS NOT NULL)),
            0)::bigint AS held,
        coalesce(sum(l.amount_minor) FILTER (WHERE r.line_id IS NULL AND l.releases_at <= :end AND h.id IS NULL),
            0)::bigint AS free,
        bool_or(r.line_id IS NULL AND l.amount_minor <> 0 AND l.releases_at > :start AND l.releases_at <= :end) AS matured
    FROM lines l
    LEFT JOIN LATERAL (
        SELECT rl.line_id, p.posted_at AS paid_at FROM released_lines rl
        JOIN release_batches b ON b.id = rl.batch_id AND b.created_at < :end
        LEFT JOIN batch_payments p ON p.batch_id = b.id AND p.posted_at < :end
        WHERE rl.enrolment_id = l.enrolment_id AND rl.line_id = l.id
    ) r ON true
    LEFT JOIN LATERAL (
        SELECT lh.id FROM line_holds lh LEFT JOIN line_hold_ends e ON e.hold_id = lh.id AND e.ended_at < :end
        WHERE lh.enrolment_id = l.enrolment_id AND lh.line_id = coalesce(l.parent_id, l.id)
            AND lh.opened_at < :end AND e.hold_id IS NULL
        LIMIT 1
    ) h ON true
    WHERE l.program_id = :program AND l.posted_at < :end AND l.reason = 'credited' AND r.paid_at IS NULL
    GROUP BY l.enrolment_id
"""

PAID = """
    SELECT b.enrolment_id, sum(b.amount_minor)::bigint AS paid
    FROM batch_payments p JOIN release_batches b ON b.id = p.batch_id
    WHERE b.program_id = :program AND p.posted_at >= :start AND p.posted_at < :end
    GROUP BY b.enrolment_id
"""

NEXT_MOVE = """
    SELECT min(moment) FROM (
        SELECT min(posted_at) AS moment FROM lines WHERE program_id = :program AND posted_at >= :since
        UNION ALL
        SELECT min(p.posted_at) FROM batch_payments p JOIN release_batches b ON b.id = p.batch_id
        WHERE b.program_id = :program AND p.posted_at >= :since
        UNION ALL
        SELECT min(l.releases_at) FROM lines l
        WHERE l.program_id = :program AND l.amount_minor <> 0 AND l.releases_at > :since AND NOT EXISTS (
            SELECT 1 FROM released_lines r WHERE r.enrolment_id = l.enrolment_id AND r.line_id = l.id)
    ) moves
"""


@dataclass(frozen=True)
class Period:
    """A half-open month [start, end) as instants, and the moment it may be closed."""

    start: datetime
    end: datetime
    due: datetime


def period_of(program: Program, moment: datetime) -> Period:
    """The calendar month a moment falls into, in the program's zone."""
    first = moment.astimezone(ZoneInfo(program.zone)).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    due = following.replace(day=program.statement_day)
    start, end, due_at = (clock.start_of_day(day, program.zone) for day in (first, following, due))
    return Period(start, end, due_at)


def close_due(program: Program) -> list[Statement]:
    """Close every month whose statement day has come, oldest first. Returns the new statements."""
    posting.begin_close(program)
    written: list[Statement] = []
    while (period := _next(program)) and period.due <= clock.now():
        written += _close(program, period)
    return written


def due_programs() -> list[UUID]:
    """Every program, for the job that closes what is due."""
    return list(db.session.scalars(sa.select(Program.id).order_by(Program.id)))


def _next(program: Program) -> Period | None:
    """The first month after the last close in which something moved."""
    since = posting.closed_until(program.id) or datetime(1970, 1, 1, tzinfo=clock.now().tzinfo)
    moment = db.session.scalar(sa.text(NEXT_MOVE), {"program": program.id, "since": since})
    if moment is None:
        return None
    # A commission that matures at midnight of the first belongs to the month that ends there.
    period = period_of(program, moment)
    before = period_of(program, moment - timedelta(microseconds=1))
    return before if before.end == moment and before.start >= since else period


def _close(program: Program, period: Period) -> list[Statement]:
    found = _figures(program, period)
    last = _last_statements(list(found))
    enrolments = {row.id: row for row in _enrolments(list(found))}
    rows = []
    for enrolment_id, figures in sorted(found.items()):
        row = _statement(program, period, enrolment_id, figures, last.get(enrolment_id))
        db.session.add(row)
        rows.append(row)
    close = {"period_start": period.start, "period_end": period.end, "closed_at": clock.now()}
    db.session.add(Close(program_id=program.id, statements=len(rows), **close))
    db.session.flush()
    for row in rows:
        creator = enrolments[row.enrolment_id].creator_party_id
        emit(StatementClosed(row.id, program.id, creator, program.brand_party_id), by=CLOCK)
    return rows


def _figures(program: Program, period: Period) -> dict[UUID, dict[str, Any]]:
    """By enrolment: what moved in the month and how things stood at its end; only where it moved."""
    bind = {"program": program.id, "start": period.start, "end": period.end}
    found: dict[UUID, dict[str, Any]] = {}
    standing = {row.enrolment_id: row for row in db.session.execute(sa.text(STANDING), bind)}
    moved = {row.enrolment_id: row for row in db.session.execute(sa.text(MOVED), bind)}
    paid = {row.enrolment_id: row.paid for row in db.session.execute(sa.text(PAID), bind)}
    matured = {id for id, row in standing.items() if row.matured}
    for id in {*moved, *paid, *matured}:
        line, at_end = moved.get(id), standing.get(id)
        found[id] = {
            "line_count": line.line_count if line else 0,
            "earned": line.earned if line else 0,
            "adjustments": line.adjustments if line else 0,
            "refused_count": line.refused_count if line else 0,
            "refused_base": line.refused_base if line else 0,
            "lines_digest": line.digest if line else hashlib.sha256(b"").hexdigest(),
            "paid": paid.get(id, 0),
            "held": at_end.held if at_end else 0,
            "free": at_end.free if at_end else 0,
            "in_payout": at_end.in_payout if at_end else 0,
        }
    return found


def _statement(
    program: Program, period: Period, enrolment_id: UUID, figures: dict[str, Any], last: Statement | None
) -> Statement:
    opening = last.closing_minor if last else 0
    free = figures["free"]
    payable = free > 0 and free >= program.payout_minimum_minor
    row = Statement(
        id=db.new_id(),
        enrolment_id=enrolment_id,
        program_id=program.id,
        number=last.number + 1 if last else 1,
        currency=program.currency,
        period_start=period.start,
        period_end=period.end,
        opening_minor=opening,
        earned_minor=figures["earned"],
        adjustments_minor=figures["adjustments"],
        paid_minor=figures["paid"],
        closing_minor=opening + figures["earned"] + figures["adjustments"] - figures["paid"],
        held_minor=figures["held"],
        releasable_minor=free if payable else 0,
        carried_forward_minor=0 if payable else free,
        in_payout_minor=figures["in_payout"],
        refused_count=figures["refused_count"],
        refused_base_minor=figures["refused_base"],
        line_count=figures["line_count"],
        lines_digest=figures["lines_digest"],
        previous_digest=last.digest if last else None,
        closed_at=clock.now(),
    )
    row.digest = digest(row)
    return row


def header(row: Statement) -> dict[str, Any]:
    """What a statement says above its lines, as plain values; instants in UTC."""
    minor = {
        name.removesuffix("_minor"): getattr(row, name)
        for name in Statement.__table__.columns.keys()  # noqa: SIM118 - a column collection, not a dict
        if name.endswith("_minor")
    }
    return {
        "amounts_minor": minor,
        "currency": row.currency,
        "enrolment": str(row.enrolment_id),
        "line_count": row.line_count,
        "lines_sha256": row.lines_digest,
        "number": row.number,
        "period_end": instant(row.period_end),
        "period_start": instant(row.period_start),
        "previous_sha256": row.previous_digest,
        "program": str(row.program_id),
        "refused_count": row.refused_count,
    }


def digest(row: Statement) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of the header, which carries the lines' digest and
    the digest of the statement before it."""
    return hashlib.sha256(rfc8785.dumps(header(row))).hexdigest()


def instant(moment: datetime) -> str:
    """An instant as statements print it in files: UTC to the microsecond."""
    return moment.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _last_statements(enrolments: Sequence[UUID]) -> dict[UUID, Statement]:
    newest = (
        sa.select(Statement)
        .where(Statement.enrolment_id.in_(enrolments))
        .ext(distinct_on(Statement.enrolment_id))
        .order_by(Statement.enrolment_id, Statement.number.desc())
    )
    return {row.enrolment_id: row for row in db.session.scalars(newest)}


def _enrolments(ids: Sequence[UUID]) -> list[Enrolment]:
    return list(db.session.scalars(sa.select(Enrolment).where(Enrolment.id.in_(ids))))
