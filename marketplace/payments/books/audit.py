"""Running the invariants, sealing the journals, and halting payouts when something is wrong.

A breach raises a halt: releases are still booked, but nothing leaves for Stripe until staff lift it,
which is possible only while the checks find nothing. Carrying on wrong is worse than stopping. The
administrators are mailed once for each halt; every staff page shows it while it stands.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.db import Base, Id
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.payments.books.scope import Check
from marketplace.payments.events import PayoutsHalted, PayoutsResumed

log = structlog.get_logger()
SHOWN = 5  # rows of a breach that are kept as examples
ROOM = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"  # to sort a million in memory


class CheckRun(Base):
    """One run of the checks. `breaches` has up to five rows for each check that found any.

    `since` is the journal it looked behind, 0 for everything; `sealed` and its digest are the end of the
    chain it saw, which must still be there at the next.
    """

    __tablename__ = "check_runs"

    id: Mapped[Id]
    ran_at: Mapped[datetime] = mapped_column(index=True)
    since: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    milliseconds: Mapped[int]
    breaches: Mapped[dict[str, Any]]
    sealed: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    sealed_digest: Mapped[bytes | None]


class Halt(Base):
    """While one stands, no payout and no refund is sent to Stripe."""

    __tablename__ = "payment_halts"

    id: Mapped[Id]
    reason: Mapped[str]
    raised_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by_user_id: Mapped[UUID | None]

    __table_args__ = (
        sa.Index(
            "uq_payment_halts_standing",
            sa.text("(lifted_at IS NULL)"),
            unique=True,
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )


def all_checks() -> Mapping[str, Check | str]:
    """Every package's checks by name, as `app.py` lists them."""
    return current_app.extensions["checks"]()


def checks_since() -> dict[str, Check]:
    """Those that can look at what is new only; the others read everything and are left to the whole check."""
    return {name: query for name, query in all_checks().items() if isinstance(query, Check)}


def breaches(checks: Mapping[str, Check | str], since: int = 0) -> dict[str, list[list[str]]]:
    """The checks that found something (behind journal number `since`, or anywhere), each with its first rows."""
    found = {}
    db.session.execute(sa.text(ROOM))
    for name, one in checks.items():
        query = one if isinstance(one, str) else one.since if since else one.whole
        if rows := _first(query, since):
            found[name] = rows
    return found


def _first(query: str, since: int) -> list[list[str]]:
    # Materialized: a plan for the first five rows of a query that has none reads everything row by row.
    statement = sa.text(f"WITH found AS MATERIALIZED ({query}) SELECT * FROM found LIMIT {SHOWN}")  # noqa: S608
    rows = db.session.execute(statement, {"since": since} if ":since" in query else {})
    return [[str(value) for value in row] for row in rows]


def number_before(moment: datetime) -> int:
    """The number behind which every journal posted at `moment` or later is found."""
    first = db.session.scalar(sa.text("SELECT min(number) FROM ledger_journals WHERE posted_at >= :at"), {"at": moment})
    if first is None:
        first = int(db.session.scalar(sa.text("SELECT coalesce(max(number), 0) FROM ledger_journals")) or 0) + 1
    return int(first) - 1


def check(since: int = 0) -> CheckRun:
    """Run every check, or what looks at the journals behind number `since`; keep the result, halt on a breach."""
    started = time.monotonic()
    found = breaches(checks_since() if since else all_checks(), since)
    spent = round((time.monotonic() - started) * 1000)
    position, digest = _chain_end() or (0, None)
    run = CheckRun(
        id=db.new_id(), ran_at=clock.now(), since=since, milliseconds=spent, breaches=found,
        sealed=position, sealed_digest=digest,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    if found:
        halt("; ".join(found))
    return run


def halt(reason: str) -> None:
    """Stop sending money and tell the administrators. One halt stands at a time; a second adds nothing."""
    row = {"id": db.new_id(), "reason": reason, "raised_at": clock.now()}
    new = db.session.scalar(insert(Halt).values(row).on_conflict_do_nothing().returning(Halt.id))
    log.error("payments_halted", reason=reason, new=new is not None)
    if new is not None:
        emit(PayoutsHalted(new, reason), by=CLOCK)


def standing_halt() -> Halt | None:
    """The halt in force, if any."""
    return db.session.scalar(sa.select(Halt).where(Halt.lifted_at.is_(None)))


def lift(halt: Halt, *, by: Actor) -> Halt:
    """Send money again. Raises `Refused` while any check still finds something."""
    db.lock(halt)
    if halt.lifted_at is not None:
        raise Refused(_("Payouts are running again already."))
    if check().breaches:
        raise Refused(_("The checks still find something wrong. Mend it first; nothing is sent until then."))
    halt.lifted_at, halt.lifted_by_user_id = clock.now(), by.user_id
    emit(PayoutsResumed(halt.id), by=by)
    return halt


def last_run() -> CheckRun | None:
    """The latest run of the checks."""
    return db.session.scalar(sa.select(CheckRun).order_by(CheckRun.ran_at.desc()).limit(1))


def seal() -> int:
    """Chain every committed journal that has no seal yet, in the order of their numbers. Returns how many.

    A seal is the SHA-256 of the seal before it and the journal's content (`ledger_digest`), so that a
    later change, even by the owner of the database, no longer fits (check L4).
    """
    db.hold("ledger.seal")
    position, digest = _chain_end() or (0, b"")
    unsealed = db.session.execute(
        sa.text(
            "SELECT j.id, ledger_sealed_text(j, ledger_text(j.id)) FROM ledger_journals j"
            " LEFT JOIN ledger_seals s ON s.journal_id = j.id"
            " WHERE s.journal_id IS NULL ORDER BY j.number LIMIT 10000"
        )
    ).all()
    rows = []
    for journal_id, text in unsealed:
        digest = hashlib.sha256(digest + text.encode()).digest()
        position += 1
        rows.append({"position": position, "journal": journal_id, "digest": digest, "at": clock.now()})
    if rows:
        db.session.execute(sa.text("INSERT INTO ledger_seals VALUES (:position, :journal, :digest, :at)"), rows)
    return len(rows)


def _chain_end() -> tuple[int, bytes] | None:
    """The last seal's position and digest."""
    last = db.session.execute(sa.text("SELECT position, digest FROM ledger_seals ORDER BY position DESC LIMIT 1"))
    row = last.one_or_none()
    return (row.position, row.digest) if row else None
