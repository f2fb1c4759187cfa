"""The checker is checked: each planted corruption is named by the check that must find it."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.embedded import SUPERUSER
from marketplace.money import Money
from marketplace.payments import audit, chart, ledger, reservations
from marketplace.payments.ledger import Entry, credit, debit
from tests.payments.threads import committed_database
from tests.services import Services

pytestmark = pytest.mark.breaks_books
# Accounts that only the ledger's own invariants watch, so that each corruption is theirs to find.
BANK, OWED = chart.Name("bank"), chart.Name("refund_due", party_id=db.new_id())

PLANTED = [
    ("L1", "DELETE FROM ledger_postings WHERE side = 'credit' AND amount_minor = 10000"),
    ("L2", "UPDATE ledger_postings SET amount_minor = amount_minor + 1 WHERE id = (SELECT min(id) FROM ledger_postings)"),
    ("L4", "UPDATE ledger_journals SET reason = 'something else' WHERE key = 'charge:1'"),
    ("L4", "UPDATE ledger_journals SET evidence = '{\"invented\": true}' WHERE key = 'charge:1'"),
    ("L4", "DELETE FROM ledger_seals WHERE position = 1"),
    ("L5", "UPDATE ledger_postings SET side = CASE side WHEN 'debit' THEN 'credit' ELSE 'debit' END"),
    ("L6", "UPDATE ledger_reservation_ends SET posted_minor = posted_minor - 1"),
    ("L6", "UPDATE ledger_reservation_ends SET posted_minor = 0, voided_minor = 60"),
    ("L7", "UPDATE ledger_reservations SET amount_minor = 999999 WHERE key = 'open'"),
    ("L8", "UPDATE ledger_postings SET currency = 'USD'"),
    ("L11", "UPDATE ledger_journals SET kind = 'gift' WHERE key = 'charge:1'"),
    ("L11", "UPDATE ledger_journals SET fingerprint = repeat('0', 64)"),
]  # fmt: skip


@pytest.fixture
def owner(_outer_transaction: None, services: Services) -> Iterator[sa.Connection]:
    """The owner's connection with every trigger asleep, on a ledger with some history."""
    with committed_database(services, "broken") as environ:
        money = Money(10_000, "EUR")
        legs = [debit(BANK, money), credit(OWED, money)]
        ledger.post(Entry("charge:1", "charge", legs), by=CLOCK)
        for key, minor in (("done", 60), ("open", 40)):
            held = reservations.reserve(key, OWED, Money(minor, "EUR"), reason="refund", by=CLOCK)
            if key == "done":
                legs = [debit(OWED, held.amount), credit(BANK, held.amount)]
                reservations.post(held, Entry("refund:1", "refund", legs), held.amount, by=CLOCK)
        audit.seal()
        db.session.commit()
        assert audit.breaches(audit.all_checks()) == {}
        db.session.rollback()
        superuser = sa.make_url(environ["DATABASE_OWNER_URL"]).set(username=SUPERUSER)
        engine = sa.create_engine(superuser)
        with engine.connect() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))
            connection.execute(sa.text("SET lock_timeout = '5s'"))
            connection.commit()
            yield connection
        engine.dispose()


@pytest.mark.parametrize(("name", "corruption"), PLANTED, ids=[f"{n}-{i}" for i, (n, _) in enumerate(PLANTED)])
def test_a_planted_corruption_is_named(owner: sa.Connection, name: str, corruption: str) -> None:
    assert owner.execute(sa.text(corruption)).rowcount > 0
    owner.commit()
    assert name in {found.split()[0] for found in audit.breaches(audit.all_checks())}


def test_one_journal_per_business_key_is_looked_for_even_where_the_index_is_gone(owner: sa.Connection) -> None:
    owner.execute(sa.text("ALTER TABLE ledger_journals DROP CONSTRAINT uq_ledger_journals_key"))
    owner.execute(sa.text("UPDATE ledger_journals SET key = 'charge:1'"))
    owner.commit()
    assert "L10" in {found.split()[0] for found in audit.breaches(audit.all_checks())}


def test_a_breach_halts_payouts_and_the_command_exits_with_an_error(
    app: Flask, owner: sa.Connection, monkeypatch: Any
) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["ledger", "check"]).exit_code == 0
    assert audit.standing_halt() is None
    owner.execute(sa.text("UPDATE ledger_journals SET kind = 'gift' WHERE key = 'charge:1'"))
    owner.commit()
    told = runner.invoke(args=["ledger", "check"])
    assert told.exit_code == 1
    assert "BREACH  L11" in told.output
    halt = audit.standing_halt()
    assert halt is not None
    assert "L11" in halt.reason
    assert "still find something" in runner.invoke(args=["ledger", "resume"]).output
    owner.execute(sa.text("UPDATE ledger_journals SET kind = 'charge' WHERE key = 'charge:1'"))
    owner.commit()
    assert runner.invoke(args=["ledger", "resume"]).exit_code == 0
    assert audit.standing_halt() is None
