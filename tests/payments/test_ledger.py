"""The double-entry ledger: what it books, what it refuses, and what the database refuses by itself."""

import pytest
import sqlalchemy as sa

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import chart, ledger, reservations
from marketplace.payments.ledger import Entry, credit, debit
from tests.ledger import assert_balances, assert_ledger

pytestmark = pytest.mark.ledger_only

EUR = "EUR"
DEAL, ANN = db.new_id(), db.new_id()


def eur(minor: int) -> Money:
    return Money(minor, EUR)


def funded(minor: int = 10_000, key: str = "charge:1") -> Entry:
    legs = [debit(chart.STRIPE_AVAILABLE, eur(minor)), credit(chart.protected(DEAL), eur(minor))]
    return Entry(key=key, kind="charge", legs=legs, subject_id=DEAL)


def released(minor: int, fee: int, key: str = "release:1") -> Entry:
    legs = [
        debit(chart.protected(DEAL), eur(minor)),
        credit(chart.payable(ANN, DEAL), eur(minor - fee)),
        credit(chart.FEE_REVENUE, eur(fee)),
    ]
    return Entry(key=key, kind="release", legs=legs, subject_id=DEAL)


def test_a_journal_is_booked_with_all_its_legs() -> None:
    ledger.post(funded(), by=CLOCK)
    ledger.post(released(6_000, 600), by=CLOCK)
    assert_ledger(
        """
        charge  | stripe_available | debit  | 100.00
        charge  | protected:deal   | credit | 100.00
        release | protected:deal   | debit  | 60.00
        release | payable:ann:deal | credit | 54.00
        release | fee_revenue      | credit | 6.00
        """,
        deal=DEAL,
        ann=ANN,
    )
    assert ledger.balance(chart.protected(DEAL), EUR) == eur(4_000)


def test_the_same_key_again_returns_the_first_journal() -> None:
    first = ledger.post(funded(), by=CLOCK)
    assert ledger.post(funded(), by=CLOCK).id == first.id
    assert_balances("stripe_available | 100.00\nprotected:deal | 100.00", deal=DEAL)


def test_the_same_key_with_other_content_is_an_error() -> None:
    ledger.post(funded(), by=CLOCK)
    with pytest.raises(ledger.KeyReused):
        ledger.post(funded(9_999), by=CLOCK)
    with pytest.raises(ledger.KeyReused):
        ledger.post_many([funded(1, "charge:2"), funded(2, "charge:2")], by=CLOCK)


def test_many_journals_are_booked_together_or_not_at_all() -> None:
    ledger.post_many([funded(), funded(50, "charge:2"), funded()], by=CLOCK)
    with pytest.raises(ledger.Overdraft):
        ledger.post_many([funded(1, "charge:3"), released(999_999, 1)], by=CLOCK)
    assert ledger.balance(chart.protected(DEAL), EUR) == eur(10_050)


@pytest.mark.plain
def test_a_journal_that_does_not_sum_to_zero_per_currency_cannot_be_written_down() -> None:
    with pytest.raises(ValueError, match="sum to zero"):
        Entry("k", "x", [debit(chart.STRIPE_FEES, eur(1)), credit(chart.FEE_REVENUE, Money(1, "USD"))])
    with pytest.raises(ValueError, match="positive"):
        Entry("k", "x", [debit(chart.STRIPE_FEES, eur(0)), credit(chart.FEE_REVENUE, eur(0))])


def test_a_correction_is_a_reversing_journal_booked_once() -> None:
    journal = ledger.post(funded(), by=CLOCK)
    reversal = ledger.reverse(journal, reason="booked twice by hand", by=CLOCK)
    assert ledger.reverse(journal, reason="again", by=CLOCK).id == reversal.id
    assert_balances("", deal=DEAL)


def test_an_account_marked_no_negative_cannot_be_overdrawn_and_a_refused_operation_leaves_every_row() -> None:
    ledger.post(funded(100), by=CLOCK)
    before = db.session.scalar(sa.text("SELECT count(*) FROM ledger_journals"))
    with pytest.raises(Refused, match="not enough money"):
        ledger.post(released(101, 1), by=CLOCK)
    assert db.session.scalar(sa.text("SELECT count(*) FROM ledger_journals")) == before
    ledger.post(released(100, 1), by=CLOCK)


def test_the_database_itself_refuses_an_unbalanced_journal_an_overdraft_and_a_wrong_currency() -> None:
    journal = ledger.post(funded(100), by=CLOCK)
    account = ledger.open_account(chart.protected(DEAL), EUR)

    def insert(side: str, minor: int, currency: str) -> None:
        with db.session.begin_nested():
            db.session.execute(
                sa.text("INSERT INTO ledger_postings (journal_id, account_id, side, amount_minor, currency)"
                        " VALUES (:j, :a, :s, :m, :c)"),
                {"j": journal.id, "a": account.id, "s": side, "m": minor, "c": currency},
            )  # fmt: skip
            db.session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))

    for side, minor, currency, problem in [
        ("credit", 5, EUR, "does not sum to zero"),
        ("debit", 500, EUR, "overdrawn"),
        ("credit", 5, "USD", "foreign key"),
        ("credit", 0, EUR, "positive"),
        ("up", 5, EUR, "side"),
    ]:
        with pytest.raises(sa.exc.DBAPIError, match=problem):
            insert(side, minor, currency)
    db.session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))


@pytest.mark.parametrize("table", ["ledger_journals", "ledger_postings", "ledger_reservations", "ledger_seals"])
def test_the_application_cannot_change_delete_or_empty_the_ledger_nor_give_itself_the_right(table: str) -> None:
    ledger.post(funded(), by=CLOCK)
    column = {"ledger_postings": "side", "ledger_seals": "position", "ledger_journals": "kind"}.get(table, "reason")
    db.session.execute(sa.text(f"GRANT ALL ON {table} TO current_user"))  # only a warning: nothing was granted
    for attempt in (
        f"UPDATE {table} SET {column} = {column}",  # noqa: S608 - our own text
        f"DELETE FROM {table}",  # noqa: S608 - our own text
        f"TRUNCATE {table} CASCADE",
        f"ALTER TABLE {table} DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|must be owner"), db.session.begin_nested():
            db.session.execute(sa.text(attempt))


def test_an_account_keeps_its_side_and_its_no_negative_mark() -> None:
    ledger.post(funded(), by=CLOCK)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), db.session.begin_nested():
        db.session.execute(sa.text("UPDATE ledger_accounts SET no_negative = false"))


def test_money_that_is_reserved_cannot_be_drawn_by_anything_else() -> None:
    ledger.post(funded(100), by=CLOCK)
    held = reservations.reserve("refund:1", chart.protected(DEAL), eur(60), reason="refund", by=CLOCK)
    assert reservations.reserve("refund:1", chart.protected(DEAL), eur(60), reason="refund", by=CLOCK).id == held.id
    assert ledger.available(chart.protected(DEAL), EUR) == eur(40)
    with pytest.raises(ledger.Overdraft):
        ledger.post(released(41, 1), by=CLOCK)
    with pytest.raises(ledger.Overdraft):
        reservations.reserve("refund:2", chart.protected(DEAL), eur(41), reason="refund", by=CLOCK)
    with pytest.raises(ledger.KeyReused):
        reservations.reserve("refund:1", chart.protected(DEAL), eur(6), reason="refund", by=CLOCK)
    ledger.post(released(40, 1), by=CLOCK)


def test_a_reservation_resolves_at_most_once() -> None:
    ledger.post(funded(100), by=CLOCK)
    held = reservations.reserve("refund:1", chart.protected(DEAL), eur(60), reason="refund", by=CLOCK)
    legs = [debit(chart.protected(DEAL), eur(50)), credit(chart.STRIPE_AVAILABLE, eur(50))]
    reservations.post(held, Entry("refund:1", "refund", legs), eur(50), by=CLOCK)
    assert not reservations.is_open(held)
    for again in (
        lambda: reservations.void(held),
        lambda: reservations.post(held, Entry("refund:2", "refund", legs), eur(50), by=CLOCK),
    ):
        with pytest.raises(Refused, match="already"):
            again()
    assert ledger.available(chart.protected(DEAL), EUR) == eur(50)


def test_a_voided_reservation_sets_its_money_free() -> None:
    ledger.post(funded(100), by=CLOCK)
    held = reservations.reserve("refund:1", chart.protected(DEAL), eur(100), reason="refund", by=CLOCK)
    reservations.void(held)
    ledger.post(released(100, 0 + 1), by=CLOCK)
