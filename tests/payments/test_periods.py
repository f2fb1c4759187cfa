"""Stored balances of busy accounts, and months that are closed for good."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import jobs
from marketplace.payments.books import audit, chart, ledger, periods
from marketplace.payments.books.ledger import Entry, credit, debit
from tests import ledger as books

pytestmark = pytest.mark.ledger_only

DEAL = db.new_id()
FEBRUARY, MARCH = date(2026, 2, 1), datetime(2026, 3, 1, tzinfo=UTC)


def move(key: str, source: chart.Name, target: chart.Name, minor: int) -> Entry:
    money = Money(minor, "EUR")
    return Entry(key, "move", [debit(source, money), credit(target, money)])


def fund(key: str, minor: int = 100) -> Entry:
    return move(key, chart.STRIPE_AVAILABLE, chart.protected(DEAL), minor)


def test_a_busy_account_opens_with_its_stored_balance_and_cannot_be_overdrawn_past_it() -> None:
    ledger.post_many([fund(f"c:{n}") for n in range(10)], by=CLOCK)
    assert periods.store_balances(busy=11) == 0
    assert periods.store_balances(busy=10) == 2
    assert periods.store_balances(busy=10) == 0
    ledger.post(move("out", chart.protected(DEAL), chart.FEE_REVENUE, 950), by=CLOCK)
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(50, "EUR")
    with pytest.raises(ledger.Overdraft):
        ledger.post(move("more", chart.protected(DEAL), chart.FEE_REVENUE, 51), by=CLOCK)
    assert periods.store_balances(busy=1) == 2
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(50, "EUR")
    books.check("L")


def test_storing_balances_and_closing_months_are_on_the_schedule() -> None:
    assert {jobs.store_balances, jobs.close_books} <= {line.function for line in jobs.SCHEDULE}


def test_nobody_can_store_another_balance_than_the_account_has() -> None:
    ledger.post(fund("c"), by=CLOCK)
    account = ledger.open_account(chart.protected(DEAL), "EUR")
    db.session.execute(
        sa.text("INSERT INTO ledger_snapshots VALUES (:account, 999999999, 999999999, now())"), {"account": account.id}
    )
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(100, "EUR")


def test_nothing_is_posted_into_a_closed_month_and_a_late_fact_stands_in_the_next(clock: Any) -> None:
    clock.freeze(datetime(2026, 2, 20, tzinfo=UTC))
    ledger.post(fund("in february"), by=CLOCK)
    with pytest.raises(Refused, match="not over"):
        periods.close(FEBRUARY, by=CLOCK)
    clock.freeze(datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert periods.close_due(by=CLOCK).month == date(2026, 1, 1)  # february's last facts are still coming in
    clock.travel(timedelta(days=1))
    closed = periods.close_due(by=CLOCK)
    assert closed is not None
    assert (closed.month, closed.until) == (FEBRUARY, MARCH)
    assert periods.close_due(by=CLOCK) is None
    assert periods.close(FEBRUARY, by=CLOCK).month == FEBRUARY
    with pytest.raises(Refused, match="later month"):
        periods.close(date(2025, 12, 1), by=CLOCK)
    clock.freeze(datetime(2026, 2, 27, tzinfo=UTC))  # a clock that goes wrong, or history being imported
    late = ledger.post(fund("late"), by=CLOCK)
    assert (late.posted_at, late.occurred_at) == (MARCH, datetime(2026, 2, 27, tzinfo=UTC))
    books.check("L")


def test_the_database_refuses_a_journal_in_a_closed_month_whoever_writes_it(clock: Any) -> None:
    periods.close(FEBRUARY, by=CLOCK)
    columns = "id, key, kind, reason, fingerprint, evidence, occurred_at, posted_at, actor_kind"
    with pytest.raises(sa.exc.DBAPIError, match="the books are closed"), db.session.begin_nested():
        db.session.execute(
            sa.text(
                f"INSERT INTO ledger_journals ({columns}) VALUES"  # noqa: S608 - our own text
                " (gen_random_uuid(), 'k', 'x', '', '', '{}', now(), '2026-02-28 23:59:59Z', 'clock')"
            )
        )


def test_the_command_closes_a_month_and_checks_what_came_since(app: Flask) -> None:
    runner = app.test_cli_runner()
    ledger.post(fund("before"), by=CLOCK)
    assert "Closed until 2026-03-01, journal" in runner.invoke(args=["ledger", "close", "2026-02"]).output
    assert "not over" in runner.invoke(args=["ledger", "close", "2999-01"]).output
    ledger.post(fund("after"), by=CLOCK)
    told = runner.invoke(args=["ledger", "check", "--since", "10m"])
    assert "left    A1" in told.output
    assert "left for the whole check" in told.output
    assert runner.invoke(args=["ledger", "check", "--since", "yesterday"]).exit_code == 2


def test_a_look_at_what_is_new_finds_every_journal_posted_since(clock: Any) -> None:
    ledger.post(fund("old"), by=CLOCK)
    clock.travel(timedelta(hours=1))
    new = ledger.post(fund("new"), by=CLOCK)
    assert audit.number_before(new.posted_at) == new.number - 1
    clock.travel(timedelta(hours=1))
    assert audit.number_before(new.posted_at + timedelta(hours=1)) == new.number


def test_the_lock_that_the_database_takes_is_the_one_by_the_name_payments_ledger() -> None:
    ledger.post(fund("k"), by=CLOCK)
    number = db._lock_number("payments.ledger", None)
    held = db.session.execute(
        sa.text("SELECT classid::bigint << 32 | objid::bigint FROM pg_locks WHERE locktype = 'advisory'")
    ).scalars()
    assert number in list(held)
