"""Many at once, on real connections: one hold posts once, the last cent is drawn once, nobody deadlocks."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import chart, ledger, periods, reservations
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.books.ledger_tables import Reservation
from tests import ledger as books
from tests.payments.threads import at_once, committed_database
from tests.services import Services

pytestmark = pytest.mark.ledger_only

DEAL, OTHER, ANN = db.new_id(), db.new_id(), db.new_id()


@contextmanager
def own_ledger(services: Services) -> Iterator[dict[str, str]]:
    """A committed database with two deals of 100.00; the invariants hold at the end."""
    with committed_database(services, "races") as environ:
        for number, subject in enumerate((DEAL, OTHER)):
            ledger.post(move(f"charge:{number}", chart.STRIPE_AVAILABLE, chart.protected(subject), 10_000), by=CLOCK)
        db.session.commit()
        yield environ
        books.check("L")


@pytest.fixture(autouse=True)
def own_database(_outer_transaction: None, services: Services) -> Iterator[Any]:
    with own_ledger(services) as environ:
        yield environ


def move(key: str, source: chart.Name, target: chart.Name, minor: int) -> Entry:
    money = Money(minor, "EUR")
    return Entry(key=key, kind="move", legs=[debit(source, money), credit(target, money)])


def outcomes(results: list[Any]) -> Counter[str]:
    unexpected = [r for r in results if isinstance(r, Exception) and not isinstance(r, Refused)]
    assert not unexpected, unexpected[0]
    return Counter("refused" if isinstance(result, Refused) else "done" for result in results)


def test_a_hundred_clients_post_one_hold_and_one_succeeds(app: Flask) -> None:
    hold = reservations.reserve("h", chart.protected(DEAL), Money(5_000, "EUR"), reason="refund", by=CLOCK).id
    db.session.commit()

    def post(number: int) -> Any:
        reservation = db.session.get_one(Reservation, hold)
        entry = move(f"post:{number}", chart.protected(DEAL), chart.STRIPE_AVAILABLE, 5_000)
        return reservations.post(reservation, entry, reservation.amount, by=CLOCK)

    results = at_once(app, [lambda n=n: post(n) for n in range(100)], workers=100)
    assert outcomes(results) == {"done": 1, "refused": 99}
    assert {r.status for r in results if isinstance(r, Refused)} == {409}
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(5_000, "EUR")


def test_releases_each_sent_twice_at_once_by_twenty_workers_succeed_once(app: Flask) -> None:
    release_each_twice(app, 40)


def release_each_twice(app: Flask, count: int) -> None:
    """`count` holds, each posted twice at once by 20 workers: the second of two says that it is done already."""
    holds = [
        reservations.reserve(f"h:{n}", chart.protected(DEAL), Money(10, "EUR"), reason="x", by=CLOCK).id
        for n in range(count)
    ]
    db.session.commit()

    def post(number: int) -> Any:
        reservation = db.session.get_one(Reservation, holds[number // 2])
        entry = move(f"release:{number // 2}", chart.protected(DEAL), chart.payable(ANN, DEAL), 10)
        return reservations.post(reservation, entry, reservation.amount, by=CLOCK)

    results = at_once(app, [lambda n=n: post(n) for n in range(2 * count)], workers=20)
    assert outcomes(results) == {"done": count, "refused": count}
    for first, second in zip(results[::2], results[1::2], strict=True):
        refusal = first if isinstance(first, Refused) else second
        assert isinstance(refusal, Refused)
        assert "already" in refusal.sentence
    assert ledger.balance(chart.payable(ANN, DEAL), "EUR") == Money(10 * count, "EUR")


def test_fifty_clients_draw_ten_from_a_hundred_and_ten_succeed(app: Flask) -> None:
    draws = [move(f"draw:{n}", chart.protected(DEAL), chart.FEE_REVENUE, 1_000) for n in range(50)]
    results = at_once(app, [lambda e=e: ledger.post(e, by=CLOCK) for e in draws], workers=50)
    assert outcomes(results) == {"done": 10, "refused": 40}
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(0, "EUR")


def test_the_same_journal_sent_twice_at_once_is_booked_once(app: Flask) -> None:
    entries = [move(f"twice:{n // 2}", chart.protected(DEAL), chart.payable(ANN, DEAL), 100) for n in range(60)]
    results = at_once(app, [lambda e=e: ledger.post(e, by=CLOCK) for e in entries], workers=20)
    assert outcomes(results) == {"done": 60}
    assert len({journal.id for journal in results}) == 30
    assert ledger.balance(chart.payable(ANN, DEAL), "EUR") == Money(3_000, "EUR")


def test_opposite_transfers_never_deadlock(app: Flask) -> None:
    there = [move(f"there:{n}", chart.protected(DEAL), chart.protected(OTHER), 10) for n in range(40)]
    back = [move(f"back:{n}", chart.protected(OTHER), chart.protected(DEAL), 10) for n in range(40)]
    both = [entry for pair in zip(there, back, strict=True) for entry in pair]
    assert outcomes(at_once(app, [lambda e=e: ledger.post(e, by=CLOCK) for e in both], workers=40)) == {"done": 80}


def test_a_balance_stored_while_many_post_misses_nothing(app: Flask) -> None:
    """Numbers are given before they are seen by others; a balance stored meanwhile must not overlook one."""
    stored = 0
    for again in range(1, 6):  # on a busy machine the books may not be free once while sixty post
        calls: list[Any] = []
        for n in range(60):
            entry = move(f"in:{again}:{n}", chart.STRIPE_AVAILABLE, chart.protected(DEAL), 10)
            calls.append(lambda e=entry: ledger.post(e, by=CLOCK))
            if n % 4 == 0:
                calls.append(lambda: periods.store_balances(busy=1))
        assert outcomes(at_once(app, calls, workers=20)) == {"done": 75}
        assert ledger.balance(chart.protected(DEAL), "EUR") == Money(10_000 + again * 600, "EUR")
        stored = db.session.scalar(sa.text("SELECT count(*) FROM ledger_snapshots")) or 0
        if stored:
            break
    assert stored > 0
