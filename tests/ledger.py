"""`assert_ledger("…")`: the whole ledger against a table a person can read, and the checks after money moved."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.money import Money
from marketplace.payments.books import audit


def journals(**names: UUID) -> str:
    """Every journal in order: kind, then a line per leg: account, debit, credit. Ids show as `names`."""
    rows = db.session.execute(
        sa.text(
            "SELECT j.kind, a.code, p.side, p.amount_minor, p.currency FROM ledger_postings p"
            " JOIN ledger_journals j ON j.id = p.journal_id JOIN ledger_accounts a ON a.id = p.account_id"
            " ORDER BY j.number, p.id"
        )
    )
    return "\n".join(
        f"{kind} | {_named(code, names)} | {side} | {Money(minor, currency).plain()}"
        for kind, code, side, minor, currency in rows
    )


def assert_ledger(table: str, **names: UUID) -> None:
    """The ledger holds exactly these journals: `kind | account | debit | 10.00` lines, in order."""
    assert journals(**names).splitlines() == _lines(table)


def balances(**names: UUID) -> dict[str, str]:
    """What each account holds that holds anything, on its normal side."""
    rows = db.session.execute(
        sa.text(
            "SELECT a.code, a.currency, sum(CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END)"
            " FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id"
            " GROUP BY a.code, a.currency ORDER BY a.code"
        )
    )
    return {_named(code, names): Money(int(total), currency).plain() for code, currency, total in rows if total}


def assert_balances(table: str, **names: UUID) -> None:
    """Each account that holds anything: `account | 10.00` lines, in any order."""
    assert balances(**names) == dict(line.split(" | ") for line in _lines(table))


def check(begins: str = "") -> None:
    """Every invariant of every package holds (or only those whose name begins so)."""
    db.session.flush()
    wanted = {name: query for name, query in audit.all_checks().items() if name.startswith(begins)}
    assert audit.breaches(wanted) == {}


def _lines(table: str) -> list[str]:
    lines = (line.strip() for line in table.strip().splitlines())
    return [" | ".join(part.strip() for part in line.split("|")) for line in lines if line]


def _named(code: str, names: dict[str, Any]) -> str:
    kind, *ids = code.split(":")
    words = {str(id): name for name, id in names.items()}
    return ":".join([kind, *(words.get(id, "?") for id in ids)])
