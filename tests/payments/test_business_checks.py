"""The business checks are checked too: money that went astray is named by the check that must find it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g

from marketplace import db
from marketplace.embedded import SUPERUSER
from marketplace.payments import audit, recovery, refunds
from tests import factories
from tests.payments.threads import committed_database
from tests.payments.world import World, usd
from tests.services import Services
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.breaks_books

PLANTED = [
    ("B1", "UPDATE funding_lots SET amount_minor = amount_minor + 1"),
    ("B1", "DELETE FROM refunds"),
    ("B2", "UPDATE transfers SET state = 'sending'"),
    ("B3", "UPDATE balance_transactions SET amount_minor = amount_minor + 1, net_minor = net_minor + 1"),
    ("B3", "UPDATE balance_transactions SET journal_id = NULL WHERE type = 'charge'"),
    ("B4", "UPDATE transfers SET amount_minor = amount_minor - 1"),
    ("B4", "UPDATE lot_draws SET amount_minor = amount_minor + 1 WHERE payout_id IS NOT NULL"),
    ("B6", "UPDATE payouts SET evidence = evidence - 'contract_id'"),
    ("B6", "UPDATE payouts SET reason = 'a favour'"),
    ("B7", "DELETE FROM stripe_operations WHERE kind = 'transfer'"),
    ("B8", "UPDATE transfers SET state = 'ready'"),
    (
        "B12",
        "INSERT INTO direct_payments (id, subject_id, payer_party_id, payee_party_id, title, amount_minor, currency,"
        " paid_on, method, reference, evidence, recorded_at) SELECT gen_random_uuid(), subject_id, payer_party_id,"
        " payer_party_id, 'x', 1, currency, now(), 'cash', 'x', '{}', now() FROM fundings",
    ),
    ("B1", "UPDATE chargeback_holds SET state = 'lost'"),
    ("B1", "UPDATE recoveries SET fee_minor = fee_minor + 1"),
    ("B4", "UPDATE chargeback_holds SET state = 'freed'"),
    ("B7", "DELETE FROM stripe_operations WHERE kind = 'transfer_reversal'"),
    ("B9", "UPDATE transfers SET netted_minor = netted_minor + 1"),
    ("B9", "UPDATE recoveries SET amount_minor = amount_minor + 60000"),
    ("B10", "UPDATE chargebacks SET withheld_minor = withheld_minor + 1"),
    (
        "B11",
        "INSERT INTO sweeps (id, amount_minor, currency, state, created_at)"
        " VALUES (gen_random_uuid(), 5, 'USD', 'paid', now())",
    ),
]


@pytest.fixture
def superuser(
    app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any, world: World
) -> Iterator[sa.Connection]:
    """Sessions read through the owner's connection, on a paid, released and partly refunded deal; no trigger is awake."""
    with committed_database(services, "astray") as environ:
        g.pop("instance", None)
        factories.instance()
        made = World(app, stripe_server, run_jobs)
        made.onboard()
        made.fund()
        payout = made.release(60_000, 6_000)
        refunds.refund(subject=made.deal, amount=usd(10_000), reason="fewer posts", key="r", by=made.brand.actor)
        run_jobs()
        recovery.take_back(payout, usd(5_000), reason="late", key="v", by=made.brand.actor)
        made.fund(subject=db.new_id())
        made.server.control("POST", "/disputes", charge=made.charge())
        made.deliver()
        db.session.commit()
        assert audit.breaches(audit.all_checks()) == {}
        db.session.remove()
        engine = sa.create_engine(sa.make_url(environ["DATABASE_OWNER_URL"]).set(username=SUPERUSER))
        with engine.connect() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))
            db._factory.configure(bind=connection, join_transaction_mode="create_savepoint")
            yield connection
            db.session.remove()
            connection.rollback()
        engine.dispose()
        g.pop("instance", None)


def test_each_way_money_can_go_astray_is_named(superuser: sa.Connection) -> None:
    for name, corruption in PLANTED:
        db.session.rollback()
        with superuser.begin_nested() as broken:
            assert superuser.execute(sa.text(corruption)).rowcount > 0, corruption
            found = {one.split()[0] for one in audit.breaches(audit.all_checks())}
            assert name in found, (corruption, found)
            db.session.rollback()
            broken.rollback()
    assert audit.breaches(audit.all_checks()) == {}
