"""The checker is checked: each planted corruption is named by the checks that must find it, and by no other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.embedded import SUPERUSER
from marketplace.payments.books import audit, chart, ledger, periods, reservations
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.guards import approvals, limits
from marketplace.payments.guards.approvals import Wish
from marketplace.payments.losses import recovery
from marketplace.payments.money_in import lots, refunds
from marketplace.payments.reconciliation import reconcile, strays
from tests import factories
from tests.payments.threads import committed_database
from tests.payments.world import World, usd
from tests.services import Services
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.breaks_books
# Accounts that only the ledger's own invariants watch, so that each corruption of them is theirs to find.
BANK, OWED = chart.Name("bank"), chart.Name("refund_due", party_id=db.new_id())
OPENING = "(SELECT id FROM ledger_journals WHERE key = 'opening')"

PLANTED = [
    ("L1 L2 L3 L4 L11", "DELETE FROM ledger_postings WHERE side = 'credit' AND journal_id = OPENING"),
    ("L1 L2 L3 L4 L11", "UPDATE ledger_postings SET amount_minor = amount_minor + 1 WHERE side = 'debit' AND journal_id = OPENING"),
    ("L3", "UPDATE ledger_snapshots SET balance_minor = balance_minor + 1"),
    ("L4", "UPDATE ledger_journals SET reason = 'something else' WHERE key = 'opening'"),
    ("L4", "UPDATE ledger_journals SET evidence = '{\"invented\": true}' WHERE key = 'opening'"),
    ("L4", "UPDATE ledger_journals SET posted_at = posted_at + interval '1 second' WHERE key = 'opening'"),
    ("L4", "DELETE FROM ledger_seals WHERE position = 1"),
    ("L4", "DELETE FROM ledger_seals WHERE position = (SELECT max(position) FROM ledger_seals)"),
    ("L3 L4 L5 L11", "UPDATE ledger_postings SET side = CASE side WHEN 'debit' THEN 'credit' ELSE 'debit' END WHERE journal_id = OPENING"),
    ("L6", "UPDATE ledger_reservation_ends SET posted_minor = posted_minor - 1 WHERE posted_minor = 60"),
    ("L6", "UPDATE ledger_reservation_ends SET posted_minor = 0, voided_minor = 60 WHERE posted_minor = 60"),
    ("L7", "UPDATE ledger_reservations SET amount_minor = 999999 WHERE key = 'open'"),
    ("L4 L8 L11", "UPDATE ledger_postings SET currency = 'EUR' WHERE journal_id = OPENING"),
    ("L9", "DELETE FROM ledger_reservation_ends WHERE posted_minor = 60"),
    ("L4 L10 L11", "UPDATE ledger_journals SET key = 'opening' WHERE key = 'refund:1'"),
    ("L4 L11", "UPDATE ledger_journals SET kind = 'gift' WHERE key = 'opening'"),
    ("L11", "UPDATE ledger_journals SET fingerprint = repeat('0', 64) WHERE key = 'opening'"),
    ("L4 L12", "UPDATE ledger_journals SET posted_at = '2020-01-15' WHERE key = 'late'"),
    ("B1", "UPDATE funding_lots SET amount_minor = amount_minor + 1"),
    ("B1", "DELETE FROM refunds"),
    ("B2 B7", "UPDATE transfers SET state = 'sending'"),
    ("B3 B13", "UPDATE balance_transactions SET amount_minor = amount_minor + 1, net_minor = net_minor + 1"),
    ("B3", "UPDATE balance_transactions SET journal_id = NULL WHERE type = 'charge'"),
    ("B4", "UPDATE transfers SET amount_minor = amount_minor - 1"),
    ("B4", "UPDATE lot_draws SET amount_minor = amount_minor + 1 WHERE payout_id IS NOT NULL"),
    ("A2 B5", """WITH batches AS (
        INSERT INTO release_batches (id, enrolment_id, program_id, statement_id, payout_id, amount_minor, currency, created_at)
        SELECT gen_random_uuid(), gen_random_uuid(), subject_id, gen_random_uuid(), gen_random_uuid(), 1, 'USD', now()
        FROM payouts, generate_series(1, 2) RETURNING id, enrolment_id)
        INSERT INTO released_lines (enrolment_id, line_id, batch_id)
        SELECT enrolment_id, '00000000-0000-0000-0000-000000000001', id FROM batches"""),
    ("B6", "UPDATE payouts SET evidence = evidence - 'contract_id'"),
    ("B6", "UPDATE payouts SET reason = 'a favour'"),
    ("B15", "DELETE FROM approvals"),
    ("B15", "UPDATE approvals SET words = NULL"),
    ("B15", "UPDATE approvals SET amount_minor = amount_minor - 1"),
    ("B15", "UPDATE money_limits SET amount_minor = 1000 WHERE amount_minor IS NULL"),
    ("B7", "DELETE FROM stripe_operations WHERE kind = 'transfer'"),
    ("L9 B8", "UPDATE transfers SET state = 'ready'"),
    ("B1", "UPDATE chargeback_holds SET state = 'lost'"),
    ("B1 B4", "UPDATE recoveries SET fee_minor = fee_minor + 1"),
    ("B4", "UPDATE chargeback_holds SET state = 'freed'"),
    ("B7", "DELETE FROM stripe_operations WHERE kind = 'transfer_reversal'"),
    ("L9", "UPDATE transfers SET state = 'netted'"),
    ("B4 B9", "UPDATE transfers SET netted_minor = netted_minor + 1"),
    ("B1 B4 B9", "UPDATE recoveries SET amount_minor = amount_minor + 60000"),
    ("B10", "UPDATE chargebacks SET withheld_minor = withheld_minor + 1"),
    ("B11", """WITH made AS (
        INSERT INTO sweeps (id, amount_minor, currency, state, created_at)
        VALUES (gen_random_uuid(), 5, 'USD', 'paid', now()) RETURNING id)
        INSERT INTO stripe_operations (id, kind, row_id, params, generation, state, attempts, created_at, next_attempt_at)
        SELECT gen_random_uuid(), 'platform_payout', id, '{}', 1, 'done', 1, now(), now() FROM made"""),
    ("B12", "INSERT INTO direct_payments (id, subject_id, payer_party_id, payee_party_id, title, amount_minor, currency,"
        " paid_on, method, reference, evidence, recorded_at) SELECT gen_random_uuid(), subject_id, payer_party_id,"
        " payer_party_id, 'x', 1, currency, now(), 'cash', 'x', '{}', now() FROM fundings"),
    ("B13", "INSERT INTO stray_bookings (id, transaction_id, what, amount_minor, currency, reason, journal_id, booked_at)"
        " SELECT gen_random_uuid(), id, 'borne', amount_minor, currency, 'a guess', journal_id, now()"
        " FROM balance_transactions WHERE type = 'charge'"),
    ("B9 B13", "UPDATE stray_bookings SET amount_minor = amount_minor - 1"),
    ("B7", "DELETE FROM stray_bookings WHERE what = 'refund'"),
    ("B9 B13", "DELETE FROM stray_bookings WHERE what = 'paid_ahead'"),
    ("B14", "UPDATE refunds SET state = 'came_back' WHERE request_key = 'r'"),
    ("B1 B4", "UPDATE allocations SET amount_minor = amount_minor + 1"),
    ("B4", "UPDATE allocation_shares SET amount_minor = amount_minor - 1"),
    ("B1", "UPDATE allocations SET to_subject_id = gen_random_uuid()"),
]  # fmt: skip


@pytest.fixture
def superuser(
    app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any, world: World
) -> Iterator[sa.Connection]:
    """Sessions read through the owner's connection, with every trigger asleep, on books with all there can be in them:
    a paid, released, partly refunded and partly taken back deal, a payment that the payer's bank holds, reservations
    posted and open, stored balances, a closed month, seals."""
    with committed_database(services, "broken") as environ:
        g.pop("instance", None)
        factories.instance()
        money = usd(500)
        ledger.post(Entry("first", "deposit", [debit(BANK, money), credit(OWED, money)]), by=CLOCK)
        made = World(app, stripe_server, run_jobs)
        made.onboard()
        made.fund()
        limits.set_to(limits.SECOND_APPROVER, usd(50_000), "USD", by=CLOCK)
        wish = Wish("release", made.brand.party.id, made.deal, "k", usd(60_000), made.creator.party.id, "Alone")
        assert approvals.ask(wish, by=made.brand.actor) is None
        payout = made.release(60_000, 6_000)
        limits.set_to(limits.SECOND_APPROVER, None, "USD", by=CLOCK)
        refunds.refund(subject=made.deal, amount=usd(10_000), reason="fewer posts", key="r", by=made.brand.actor)
        lots.allocate(
            source=made.deal, target=db.new_id(), payer=made.brand.party.id, amount=usd(5_000), description="Another",
            key="a", by=made.brand.actor,
        )  # fmt: skip
        run_jobs()
        recovery.take_back(payout, usd(5_000), reason="late", key="v", by=made.brand.actor)
        made.fund(subject=db.new_id())
        made.server.control("POST", "/disputes", charge=made.charge())
        made.deliver()
        _by_hand(made)
        _more_history()
        db.session.commit()
        assert audit.check().breaches == {}
        db.session.commit()
        db.session.remove()
        engine = sa.create_engine(sa.make_url(environ["DATABASE_OWNER_URL"]).set(username=SUPERUSER))
        with engine.connect() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))
            connection.execute(sa.text("ALTER TABLE ledger_journals DROP CONSTRAINT uq_ledger_journals_key"))
            db._factory.configure(bind=connection, join_transaction_mode="create_savepoint")
            yield connection
            db.session.remove()
            connection.rollback()
        engine.dispose()
        g.pop("instance", None)


def _by_hand(made: World) -> None:
    """A transfer and a refund that somebody made in Stripe's dashboard, booked by staff."""
    made.fund(50_000, subject=db.new_id())
    there, charge = made.server.client(), made.charge()
    account = made.operation("transfer").params["destination"]
    there.v1.transfers.create({"amount": 700, "currency": "usd", "destination": account, "source_transaction": charge})
    there.v1.refunds.create({"charge": charge, "amount": 900})
    for one in reconcile.run():
        row = strays.of(one)
        assert row is not None
        strays.book(row, strays.choices(row)[0].value, reason="by mail", by=factories.staff().actor)


def _more_history() -> None:
    money = usd(10_000)
    ledger.post(Entry("opening", "deposit", [debit(BANK, money), credit(OWED, money)]), by=CLOCK)
    assert periods.store_balances(busy=1)
    for key, minor in (("done", 60), ("open", 40)):
        held = reservations.reserve(key, OWED, usd(minor), reason="refund", by=CLOCK)
        if key == "done":
            legs = [debit(OWED, held.amount), credit(BANK, held.amount)]
            reservations.post(held, Entry("refund:1", "refund", legs), held.amount, by=CLOCK)
    periods.close(date(2020, 1, 1), by=CLOCK)
    ledger.post(Entry("late", "deposit", [debit(BANK, money), credit(OWED, money)]), by=CLOCK)
    audit.seal()


def test_each_planted_corruption_is_named_in_the_whole_and_in_what_is_new(superuser: sa.Connection) -> None:
    first = 1  # a look at everything behind the first journal
    for expected, corruption in PLANTED:
        db.session.rollback()
        with superuser.begin_nested() as broken:
            assert superuser.execute(sa.text(corruption.replace("OPENING", OPENING))).rowcount > 0, corruption
            assert named(audit.breaches(audit.all_checks())) == set(expected.split()), corruption
            new = {name for name in expected.split() if name[0] != "A"}  # affiliate's own look at everything
            assert named(audit.breaches(audit.checks_since(), first)) == new, corruption
            db.session.rollback()
            broken.rollback()
    assert len(PLANTED) >= 20
    assert {name for expected, _ in PLANTED for name in expected.split()} >= {
        *(f"L{n}" for n in range(1, 13)), *(f"B{n}" for n in range(1, 16))
    }  # fmt: skip
    assert audit.breaches(audit.all_checks()) == {}


def named(breaches: dict[str, Any]) -> set[str]:
    return {name.split()[0] for name in breaches}
