"""Running the invariants, sealing the journals, and halting payouts when something is wrong.

A breach raises a halt: releases are still booked, but nothing leaves for Stripe until staff lift it,
which is possible only while the checks find nothing. Carrying on wrong is worse than stopping.
"""

from __future__ import annotations

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
from marketplace.authz import Actor
from marketplace.db import Base, Id
from marketplace.errors import Refused

log = structlog.get_logger()
SHOWN = 5  # rows of a breach that are kept as examples


class CheckRun(Base):
    """One run of every check. `breaches` has up to five rows for each check that found any."""

    __tablename__ = "check_runs"

    id: Mapped[Id]
    ran_at: Mapped[datetime] = mapped_column(index=True)
    milliseconds: Mapped[int]
    breaches: Mapped[dict[str, Any]]


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


def all_checks() -> Mapping[str, str]:
    """Every package's checks by name, as `app.py` lists them."""
    return current_app.extensions["checks"]()


def breaches(checks: Mapping[str, str]) -> dict[str, list[list[str]]]:
    """The checks that found something, each with its first rows as text."""
    found = {}
    for name, query in checks.items():
        if rows := _first(query):
            found[name] = rows
    return found


def _first(query: str) -> list[list[str]]:
    rows = db.session.execute(sa.text(f"SELECT * FROM ({query}) found LIMIT {SHOWN}"))  # noqa: S608 - our own text
    return [[str(value) for value in row] for row in rows]


def check() -> CheckRun:
    """Run every check, keep the result, and halt payouts on a breach."""
    started = time.monotonic()
    found = breaches(all_checks())
    spent = round((time.monotonic() - started) * 1000)
    run = CheckRun(id=db.new_id(), ran_at=clock.now(), milliseconds=spent, breaches=found)
    db.session.add(run)
    db.session.flush()
    if found:
        halt("; ".join(found))
    return run


def halt(reason: str) -> None:
    """Stop sending money. One halt stands at a time; a second adds nothing."""
    row = {"id": db.new_id(), "reason": reason, "raised_at": clock.now()}
    db.session.execute(insert(Halt).values(row).on_conflict_do_nothing())
    log.error("payments_halted", reason=reason)


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
    last = db.session.execute(
        sa.text("SELECT position, digest FROM ledger_seals ORDER BY position DESC LIMIT 1")
    ).one_or_none()
    position, digest = last or (0, b"")
    unsealed = db.session.scalars(
        sa.text(
            "SELECT j.id FROM ledger_journals j LEFT JOIN ledger_seals s ON s.journal_id = j.id"
            " WHERE s.journal_id IS NULL ORDER BY j.number LIMIT 10000"
        )
    ).all()
    rows = []
    for journal_id in unsealed:
        digest = db.session.scalar(
            sa.text("SELECT ledger_digest(:previous, :journal)"), {"previous": digest, "journal": journal_id}
        )
        position += 1
        rows.append({"position": position, "journal": journal_id, "digest": digest, "at": clock.now()})
    if rows:
        db.session.execute(sa.text("INSERT INTO ledger_seals VALUES (:position, :journal, :digest, :at)"), rows)
    return len(rows)
