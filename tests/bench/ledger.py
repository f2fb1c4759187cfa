"""A ledger of any size, written by SQL beside all doors: deals paid, released, sent and settled, with every seal.

Each deal is a charge (3 postings), its settlement (2), a release (3), a sending (2) and a transfer (2): twelve
postings, five journals, and the rows of the business around them, so that every check has its full work.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from marketplace import db
from marketplace.embedded import SUPERUSER
from tests.payments.threads import committed_database
from tests.services import Services

POSTINGS_OF_A_DEAL = 12
GROSS, FEE, STRIPES = 10_000, 1_000, 320

ACCOUNTS = """
CREATE TEMP TABLE deals AS SELECT n, md5('deal' || n)::uuid AS deal, md5('party' || n % 500)::uuid AS party,
    md5('transfer' || n)::uuid AS transfer, now() - interval '40 days' + n * interval '10 milliseconds' AS at
    FROM generate_series(1, :deals) n;
CREATE TEMP TABLE named AS
    SELECT md5('global' || kind)::uuid AS id, kind AS code, kind, NULL::uuid AS party, NULL::uuid AS subject, normal
    FROM (VALUES ('stripe_pending', 'debit'), ('stripe_available', 'debit'), ('stripe_fees', 'debit'),
        ('fee_revenue', 'credit')) k(kind, normal)
    UNION ALL SELECT md5('protected' || n)::uuid, 'protected:' || deal, 'protected', NULL, deal, 'credit' FROM deals
    UNION ALL SELECT md5('payable' || n)::uuid, 'payable:' || party || ':' || deal, 'payable', party, deal, 'credit' FROM deals
    UNION ALL SELECT md5('clearing' || n)::uuid, 'clearing:' || transfer, 'clearing', NULL, transfer, 'credit' FROM deals;
INSERT INTO ledger_accounts (id, code, currency, kind, party_id, subject_id, normal, no_negative, opened_at)
    SELECT id, code, 'USD', kind, party, subject, normal, kind IN ('protected', 'payable'), now() FROM named;
"""

JOURNALS = """
CREATE TEMP TABLE steps AS SELECT * FROM (VALUES
    (1, 'charge', '+pending', :net), (1, 'charge', '+fees', :stripes), (1, 'charge', '-protected', :gross),
    (2, 'settlement', '+available', :net), (2, 'settlement', '-pending', :net),
    (3, 'release', '+protected', :gross), (3, 'release', '-payable', :share), (3, 'release', '-revenue', :fee),
    (4, 'sending', '+payable', :share), (4, 'sending', '-clearing', :share),
    (5, 'transfer', '+clearing', :share), (5, 'transfer', '-available', :share)) s(step, kind, leg, minor);
INSERT INTO ledger_journals (id, key, kind, reason, subject_id, fingerprint, evidence, occurred_at, posted_at, actor_kind)
    SELECT md5(kind || n)::uuid, kind || ':' || n, kind, 'a bench', deal, '', CASE
        WHEN kind = 'settlement' THEN '{}' ELSE jsonb_build_object('transfer_id', transfer) END, at, at, 'clock'
    FROM deals CROSS JOIN (SELECT DISTINCT step, kind FROM steps) s ORDER BY n, step;
INSERT INTO ledger_postings (journal_id, account_id, side, amount_minor, currency)
    SELECT md5(kind || n)::uuid, CASE substr(leg, 2)
        WHEN 'pending' THEN md5('globalstripe_pending')::uuid WHEN 'available' THEN md5('globalstripe_available')::uuid
        WHEN 'fees' THEN md5('globalstripe_fees')::uuid WHEN 'revenue' THEN md5('globalfee_revenue')::uuid
        ELSE md5(substr(leg, 2) || n)::uuid END,
        CASE left(leg, 1) WHEN '+' THEN 'debit' ELSE 'credit' END, minor, 'USD'
    FROM deals CROSS JOIN steps ORDER BY n, step;
ANALYZE ledger_journals, ledger_postings, ledger_accounts;
UPDATE ledger_journals SET fingerprint = encode(sha256(convert_to(ledger_text(id), 'UTF8')), 'hex');
"""

BUSINESS = """
INSERT INTO fundings (id, subject_id, payer_party_id, purpose, amount_minor, currency, description, return_url, state, created_at)
    SELECT md5('funding' || n)::uuid, deal, party, 'deal', :gross, 'USD', 'a bench', '/', 'funded', at FROM deals;
INSERT INTO funding_lots (id, funding_id, subject_id, charge_id, amount_minor, fee_minor, currency, journal_id, created_at)
    SELECT md5('lot' || n)::uuid, md5('funding' || n)::uuid, deal, 'ch_' || n, :gross, :stripes, 'USD',
        md5('charge' || n)::uuid, at FROM deals;
INSERT INTO payouts (id, key, subject_id, payee_party_id, amount_minor, fee_minor, currency, reason, evidence, state, journal_id, created_at)
    SELECT md5('payout' || n)::uuid, 'p' || n, deal, party, :share, :fee, 'USD', 'approved work',
        '{"contract_id": "c", "deliverable_ids": ["d"]}', 'paid', md5('release' || n)::uuid, at FROM deals;
INSERT INTO transfers (id, payout_id, lot_id, amount_minor, netted_minor, withdrawn_minor, currency, state, stripe_id)
    SELECT transfer, md5('payout' || n)::uuid, md5('lot' || n)::uuid, :share, 0, 0, 'USD', 'done', 'tr_' || n FROM deals;
INSERT INTO lot_draws (id, lot_id, payout_id, amount_minor, created_at)
    SELECT md5('draw' || n)::uuid, md5('lot' || n)::uuid, md5('payout' || n)::uuid, :gross, at FROM deals;
INSERT INTO balance_transactions (id, type, amount_minor, fee_minor, net_minor, currency, created_at, available_on, booked_as, journal_id, settled_journal_id)
    SELECT 'txn_c' || n, 'charge', :gross, :stripes, :net, 'USD', at, at, 'stripe_pending', md5('charge' || n)::uuid,
        md5('settlement' || n)::uuid FROM deals
    UNION ALL SELECT 'txn_t' || n, 'transfer', -:share, 0, -:share, 'USD', at, at, 'stripe_available',
        md5('transfer' || n)::uuid, NULL FROM deals;
INSERT INTO stripe_operations (id, kind, row_id, params, generation, state, attempts, created_at, next_attempt_at, object_id)
    SELECT md5('wish' || n)::uuid, 'transfer', transfer, '{}'::jsonb, 1, 'done', 1, at, at, 'tr_' || n FROM deals
    UNION ALL SELECT md5('page' || n)::uuid, 'checkout_session', md5('funding' || n)::uuid, '{}'::jsonb, 1, 'done', 1, at, at,
        'cs_' || n FROM deals;
"""


@contextmanager
def big_ledger(services: Services, postings: int) -> Iterator[dict[str, str]]:
    """This process's sessions work on a database with `postings` of them, all right, sealed, none stored as a balance."""
    with committed_database(services, "big") as environ:
        superuser = sa.make_url(environ["DATABASE_OWNER_URL"]).set(username=SUPERUSER)
        engine = sa.create_engine(superuser)
        with engine.connect() as connection:
            connection.execute(sa.text("SET session_replication_role = replica"))
            sizes = {"deals": -(-postings // POSTINGS_OF_A_DEAL), "gross": GROSS, "fee": FEE, "stripes": STRIPES}
            sizes |= {"net": GROSS - STRIPES, "share": GROSS - FEE}
            for part in (ACCOUNTS, JOURNALS, BUSINESS):
                filled = re.sub(r":(deals|gross|fee|stripes|net|share)\b", lambda name: str(sizes[name[1]]), part)
                connection.connection.driver_connection.execute(filled)
            _seal(connection.connection.driver_connection)
            connection.commit()
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))
        engine.dispose()
        yield environ
        db.session.rollback()


def _seal(connection: psycopg.Connection) -> None:
    """Chain all journals, as `audit.seal()` does ten thousand at a time."""
    digest = b""
    texts = connection.execute(
        "SELECT j.id, ledger_sealed_text(j, ledger_text(j.id)) FROM ledger_journals j ORDER BY number"
    ).fetchall()
    with connection.cursor().copy("COPY ledger_seals (position, journal_id, digest, sealed_at) FROM STDIN") as rows:
        for position, (journal, text) in enumerate(texts, 1):
            digest = hashlib.sha256(digest + text.encode()).digest()
            rows.write_row((position, journal, digest, "2026-01-01T00:00Z"))
