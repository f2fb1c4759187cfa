"""The double-entry ledger: what it books, what it refuses, and what the database refuses by itself."""

import pytest
import sqlalchemy as sa

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import chart, ledger, reservations
from marketplace.payments.books.ledger import Entry, credit, debit
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


def test_an_account_marked_no_negative_cannot_be_overdrawn() -> None:
    ledger.post(funded(100), by=CLOCK)
    with pytest.raises(Refused, match="not enough money"):
        ledger.post(released(101, 1), by=CLOCK)
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


TABLES = [
    "ledger_journals", "ledger_postings", "ledger_reservations", "ledger_reservation_ends", "ledger_seals",
    "ledger_snapshots", "closed_periods", "check_runs", "ledger_accounts",
]  # fmt: skip


def test_the_application_cannot_change_delete_or_empty_the_ledger_nor_give_itself_the_right() -> None:
    ledger.post(funded(), by=CLOCK)
    for table in TABLES:
        column = db.Base.metadata.tables[table].columns.keys()[-1]
        db.session.execute(sa.text(f"GRANT ALL ON {table} TO current_user"))  # only a warning: nothing was granted
        for attempt in (
            f"UPDATE {table} SET {column} = {column}",  # noqa: S608 - our own text
            f"DELETE FROM {table}",  # noqa: S608 - our own text
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table} CASCADE",
            f"ALTER TABLE {table} OWNER TO current_user",
        ):
            if table == "ledger_accounts" and attempt.startswith(("UPDATE", "DELETE")):
                continue  # the right is there, for locking; the next test sees its use refused
            refused(attempt)
    for attempt in (
        "SET session_replication_role = replica",
        "SET ROLE goodword_owner",
        "GRANT goodword_owner TO goodword_app",
        "ALTER ROLE goodword_app SUPERUSER",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP FUNCTION refuse_change() CASCADE",
        "DROP TRIGGER ledger_postings_overdraft ON ledger_postings",
    ):
        refused(attempt)


def refused(attempt: str) -> None:
    words = r"permission denied|must be owner|must be able to SET ROLE|must be member"
    with pytest.raises(sa.exc.DBAPIError, match=words), db.session.begin_nested():
        db.session.execute(sa.text(attempt))


def test_an_account_keeps_its_side_and_its_no_negative_mark_and_cannot_be_deleted() -> None:
    ledger.post(funded(), by=CLOCK)
    for attempt in ("UPDATE ledger_accounts SET no_negative = false", "DELETE FROM ledger_accounts"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), db.session.begin_nested():
            db.session.execute(sa.text(attempt))


def test_a_table_of_the_same_name_cannot_deceive_what_guards_the_ledger() -> None:
    ledger.post(funded(100), by=CLOCK)
    mine = db.session.begin_nested()
    for name in ("ledger_postings", "ledger_snapshots", "ledger_accounts", "closed_periods"):
        db.session.execute(sa.text(f"CREATE TEMP TABLE {name} (LIKE public.{name})"))
    for statement in (
        "INSERT INTO pg_temp.ledger_accounts SELECT * FROM public.ledger_accounts",
        "INSERT INTO pg_temp.ledger_snapshots SELECT id, 0, 1000000, now() FROM public.ledger_accounts",
    ):
        db.session.execute(sa.text(statement))
    draw = """INSERT INTO public.ledger_postings (journal_id, account_id, side, amount_minor, currency)
        SELECT j.id, a.id, CASE a.normal WHEN 'debit' THEN 'credit' ELSE 'debit' END, 500, 'EUR'
        FROM public.ledger_journals j, public.ledger_accounts a"""
    with pytest.raises(sa.exc.DBAPIError, match="overdrawn"), db.session.begin_nested():
        db.session.execute(sa.text(draw))
    mine.rollback()


def test_what_is_refused_leaves_every_row_of_the_ledger_as_it_was() -> None:
    ledger.post(funded(100), by=CLOCK)
    held = reservations.reserve("h", chart.protected(DEAL), eur(60), reason="refund", by=CLOCK)
    reservations.void(held)
    legs = [debit(chart.protected(DEAL), eur(60)), credit(chart.STRIPE_AVAILABLE, eur(60))]
    before = [every_row(table) for table in TABLES]
    for refusal, kind in [
        (lambda: ledger.post(released(101, 1), by=CLOCK), ledger.Overdraft),
        (lambda: ledger.post_many([funded(1, "charge:3"), released(999_999, 1)], by=CLOCK), ledger.Overdraft),
        (lambda: ledger.post(funded(99), by=CLOCK), ledger.KeyReused),
        (lambda: reservations.reserve("r", chart.protected(DEAL), eur(101), reason="x", by=CLOCK), ledger.Overdraft),
        (lambda: reservations.reserve("h", chart.protected(DEAL), eur(61), reason="x", by=CLOCK), ledger.KeyReused),
        (lambda: reservations.void(held), Refused),
        (lambda: reservations.post(held, Entry("r:1", "refund", legs), eur(60), by=CLOCK), Refused),
    ]:
        with pytest.raises(kind), db.session.begin_nested():
            refusal()
        assert [every_row(table) for table in TABLES] == before


def every_row(table: str) -> list[str]:
    return list(db.session.scalars(sa.text(f"SELECT t::text FROM {table} t ORDER BY 1")))  # noqa: S608 - our own text


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
