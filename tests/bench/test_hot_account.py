"""Journals a second on one hot account, as a ratio to plain single-row inserts on the same server.

Rounds take turns and medians are compared, so that a busy machine slows both. The account is a budget: it may not be
overdrawn, so every journal takes its row's lock, and its postings grow into the ten thousands. Printed: the ratio for
an account nobody else uses, for the hot one, and for the hot one once its balance is stored.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.money import Money
from marketplace.payments.books import chart, ledger, periods
from marketplace.payments.books.ledger import Entry, credit, debit
from tests.payments.threads import at_once, committed_database
from tests.services import Services

pytestmark = [pytest.mark.slow, pytest.mark.breaks_books]

ROUNDS, CALLS, CLIENTS = 5, 160, 8
DEEP = 50_000  # postings the hot account has before the last comparison
STORED_KEEPS = 0.7  # a stored balance keeps a deep account at least this fast compared with a fresh one
BUDGET = db.new_id()


@pytest.fixture
def ground(services: Services) -> Iterator[None]:
    with committed_database(services, "hot") as environ:
        owner = sa.create_engine(environ["DATABASE_OWNER_URL"])
        with owner.begin() as connection:
            connection.execute(
                sa.text("CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int)")
            )
            connection.execute(sa.text("GRANT INSERT ON plain TO goodword_app"))
        owner.dispose()
        yield


def rate(app: Flask, call: Callable[[int], Any]) -> float:
    """Committed calls a second of `CLIENTS` clients at once."""
    started = time.monotonic()
    results = at_once(app, [lambda n=n: call(n) for n in range(CALLS)], workers=CLIENTS)
    spent = time.monotonic() - started
    assert not [one for one in results if isinstance(one, Exception)]
    return CALLS / spent


def plain(number: int) -> None:
    db.session.execute(sa.text("INSERT INTO plain (n) VALUES (:n)"), {"n": number})


def deposit(subject: Any) -> Entry:
    money = Money(100, "EUR")
    return Entry(
        f"in:{db.new_id()}", "deposit", [debit(chart.STRIPE_AVAILABLE, money), credit(chart.protected(subject), money)]
    )


def draw(subject: Any) -> Entry:
    money = Money(1, "EUR")
    return Entry(
        f"out:{db.new_id()}", "draw", [debit(chart.protected(subject), money), credit(chart.FEE_REVENUE, money)]
    )


def alone(number: int) -> None:
    ledger.post(deposit(db.new_id()), by=CLOCK)


def hot(number: int) -> None:
    ledger.post(draw(BUDGET), by=CLOCK)


def ratios(app: Flask, **calls: Callable[[int], Any]) -> dict[str, tuple[float, float]]:
    """For each call its median rate, and the median of its ratio to plain inserts in the same round."""
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        yardstick = rate(app, plain)
        for name, call in calls.items():
            one = rate(app, call)
            measured[name].append((one, one / yardstick))
    return {
        name: (statistics.median(r for r, _ in rounds), statistics.median(q for _, q in rounds))
        for name, rounds in measured.items()
    }


def test_postings_a_second_with_one_hot_account(app: Flask, ground: None, capsys: pytest.CaptureFixture[str]) -> None:
    money = Money(10_000_000, "EUR")
    legs = [debit(chart.STRIPE_AVAILABLE, money), credit(chart.protected(BUDGET), money)]
    ledger.post(Entry("budget", "deposit", legs), by=CLOCK)
    db.session.commit()
    found = ratios(app, alone=alone, hot=hot)
    for _ in range(DEEP // 5_000):
        ledger.post_many([draw(BUDGET) for _ in range(5_000)], by=CLOCK)
        db.session.commit()
    found |= {f"{name}, deep": value for name, value in ratios(app, hot=hot).items()}
    assert periods.store_balances() >= 2
    db.session.commit()
    found |= {f"{name}, deep, balance stored": value for name, value in ratios(app, hot=hot).items()}
    with capsys.disabled():
        print(f"\n{CLIENTS} clients, {ROUNDS} rounds of {CALLS}; deep: {DEEP} postings on the account")
        for name, (journals, ratio) in found.items():
            print(f"{2 * journals:8.0f} postings a second, journals {ratio:5.2f} of plain inserts  {name}")
    assert found["hot, deep, balance stored"][1] >= STORED_KEEPS * found["hot"][1]
