"""Many at once, on real connections: one hold posts once, the last cent is drawn once, nobody deadlocks."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import chart, ledger, reservations
from marketplace.payments.ledger import Entry, credit, debit
from marketplace.payments.ledger_tables import Reservation
from tests import ledger as books
from tests.payments.threads import at_once, committed_database
from tests.services import Services

pytestmark = pytest.mark.ledger_only

DEAL, OTHER, ANN = db.new_id(), db.new_id(), db.new_id()


@pytest.fixture(autouse=True)
def own_database(_outer_transaction: None, services: Services) -> Iterator[Any]:
    with committed_database(services, "races") as environ:
        for number, subject in enumerate((DEAL, OTHER)):
            ledger.post(move(f"charge:{number}", chart.STRIPE_AVAILABLE, chart.protected(subject), 10_000), by=CLOCK)
        db.session.commit()
        yield environ
        books.check("L")


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

    results = at_once(app, [lambda n=n: post(n) for n in range(100)])
    assert outcomes(results) == {"done": 1, "refused": 99}
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(5_000, "EUR")


def test_fifty_clients_draw_ten_from_a_hundred_and_ten_succeed(app: Flask) -> None:
    results = at_once(
        app,
        [
            lambda n=n: ledger.post(move(f"draw:{n}", chart.protected(DEAL), chart.FEE_REVENUE, 1_000), by=CLOCK)
            for n in range(50)
        ],
    )
    assert outcomes(results) == {"done": 10, "refused": 40}
    assert ledger.balance(chart.protected(DEAL), "EUR") == Money(0, "EUR")


def test_the_same_journal_sent_twice_at_once_is_booked_once(app: Flask) -> None:
    entries = [move(f"twice:{n // 2}", chart.protected(DEAL), chart.payable(ANN, DEAL), 100) for n in range(60)]
    results = at_once(app, [lambda e=e: ledger.post(e, by=CLOCK) for e in entries])
    assert outcomes(results) == {"done": 60}
    assert len({journal.id for journal in results}) == 30
    assert ledger.balance(chart.payable(ANN, DEAL), "EUR") == Money(3_000, "EUR")


def test_opposite_transfers_never_deadlock(app: Flask) -> None:
    there = [move(f"there:{n}", chart.protected(DEAL), chart.protected(OTHER), 10) for n in range(40)]
    back = [move(f"back:{n}", chart.protected(OTHER), chart.protected(DEAL), 10) for n in range(40)]
    both = [entry for pair in zip(there, back, strict=True) for entry in pair]
    assert outcomes(at_once(app, [lambda e=e: ledger.post(e, by=CLOCK) for e in both])) == {"done": 80}
