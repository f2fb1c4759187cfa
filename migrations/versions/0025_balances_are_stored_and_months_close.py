"""Stored balances for hot accounts, closed months, and checks that remember how far the chain went."""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import append_only

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None

# The advisory lock "payments.ledger" (`db.hold`): whoever books shares it, so that a snapshot or a close, which
# take it alone, know that no posting with a lower number is still on its way.
BOOKS = "-1670591435400570917"

# When a journal was entered in the books. Before this migration that was when it happened, near enough; changing
# the type is how a column of an append-only table is filled without an UPDATE.
POSTED_AT = """
ALTER TABLE ledger_journals ADD COLUMN posted_at timestamptz;
ALTER TABLE ledger_journals ALTER COLUMN posted_at TYPE timestamptz USING occurred_at;
ALTER TABLE ledger_journals ALTER COLUMN posted_at SET NOT NULL;
"""

# The seals made so far stay valid: `posted_at` speaks only where it is not `occurred_at`.
DIGEST = """
CREATE OR REPLACE FUNCTION ledger_digest(previous bytea, journal uuid) RETURNS bytea STABLE LANGUAGE sql AS $$
    SELECT sha256(previous || convert_to(ledger_sealed_text(j, ledger_text(j.id)), 'UTF8'))
    FROM ledger_journals j WHERE j.id = journal
$$;
"""
SEALED_TEXT = """
CREATE FUNCTION ledger_sealed_text(j ledger_journals, content text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT concat_ws('|', j.id, content, j.reason, j.evidence::text, j.actor_kind,
        coalesce(j.actor_user_id::text, ''), coalesce(j.actor_party_id::text, ''),
        extract(epoch FROM j.occurred_at)::text,
        CASE WHEN j.posted_at <> j.occurred_at THEN extract(epoch FROM j.posted_at)::text END)
$$;
"""

# Nothing is booked before the end of the last closed month.
CLOSED = """
CREATE FUNCTION ledger_hold_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(BOOKS);
    RETURN NULL;
END $$;
CREATE FUNCTION ledger_hold_books_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(BOOKS);
    RETURN NULL;
END $$;
CREATE FUNCTION ledger_open_from() RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(BOOKS);
    RETURN (SELECT max(until) FROM closed_periods);
END $$;
CREATE FUNCTION ledger_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed timestamptz := (SELECT max(until) FROM closed_periods);
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE posted_at < closed) THEN
        RAISE EXCEPTION 'the books are closed until %', closed USING ERRCODE = 'GW003';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION ledger_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM closed_periods WHERE until >= NEW.until) THEN
        RAISE EXCEPTION 'the books are closed beyond % already', NEW.until USING ERRCODE = 'GW003';
    END IF;
    NEW.last_number := (SELECT coalesce(max(number), 0) FROM ledger_journals);
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_journals_hold BEFORE INSERT ON ledger_journals
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_hold_books();
CREATE TRIGGER ledger_postings_hold BEFORE INSERT ON ledger_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_hold_books();
CREATE TRIGGER ledger_journals_closed AFTER INSERT ON ledger_journals
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_closed();
CREATE TRIGGER closed_periods_hold BEFORE INSERT ON closed_periods
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_hold_books_alone();
CREATE TRIGGER closed_periods_close BEFORE INSERT ON closed_periods
    FOR EACH ROW EXECUTE FUNCTION ledger_close();
"""

# What an account holds: its newest stored balance and the postings after it. The database writes the stored
# balance itself, so nobody can store another one.
BALANCE = """
CREATE FUNCTION ledger_balance(account uuid) RETURNS bigint STABLE LANGUAGE sql AS $$
    SELECT (coalesce(max(s.balance_minor), 0)
        + coalesce(sum(CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END), 0))::bigint
    FROM ledger_accounts a
    LEFT JOIN LATERAL (SELECT through, balance_minor FROM ledger_snapshots
        WHERE account_id = a.id ORDER BY through DESC LIMIT 1) s ON true
    LEFT JOIN ledger_postings p ON p.account_id = a.id AND p.id > coalesce(s.through, 0)
    WHERE a.id = account
$$;
CREATE FUNCTION ledger_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.through := (SELECT coalesce(max(id), 0) FROM ledger_postings);
    NEW.balance_minor := ledger_balance(NEW.account_id);
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_snapshots_hold BEFORE INSERT ON ledger_snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_hold_books_alone();
CREATE TRIGGER ledger_snapshots_write BEFORE INSERT ON ledger_snapshots
    FOR EACH ROW EXECUTE FUNCTION ledger_snapshot();
"""

NOT_OVERDRAWN = """
CREATE OR REPLACE FUNCTION ledger_refuse_overdraft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    short uuid;
BEGIN
    PERFORM 1 FROM ledger_accounts a
        WHERE a.no_negative AND a.id IN (SELECT account_id FROM added) ORDER BY a.id FOR NO KEY UPDATE;
    SELECT a.id INTO short FROM ledger_accounts a
        WHERE a.no_negative AND a.id IN (SELECT account_id FROM added)
        AND ledger_balance(a.id) < (SELECT coalesce(sum(r.amount_minor), 0) FROM ledger_reservations r
             LEFT JOIN ledger_reservation_ends e ON e.reservation_id = r.id
             WHERE r.account_id = a.id AND e.reservation_id IS NULL)
        LIMIT 1;
    IF short IS NOT NULL THEN
        RAISE EXCEPTION 'account % would be overdrawn', short USING ERRCODE = 'GW001';
    END IF;
    RETURN NULL;
END $$
"""

# Whatever a caller calls `ledger_postings` in a schema of his own (a temporary table comes first otherwise),
# these look at ours. (`ledger_sealed_text` looks at no table, and is called for every journal there is.)
OURS = """
DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND (proname LIKE 'ledger\\_%' OR proname = 'refuse_change')
        AND proname <> 'ledger_sealed_text'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', one);
    END LOOP;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "ledger_snapshots",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("through", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_snapshots_account_id")),
        sa.PrimaryKeyConstraint("account_id", "through", name=op.f("pk_ledger_snapshots")),
    )
    op.create_index(op.f("ix_ledger_snapshots_through"), "ledger_snapshots", ["through"])
    op.create_table(
        "closed_periods",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_closed_periods")),
        sa.UniqueConstraint("until", name=op.f("uq_closed_periods_until")),
    )
    op.add_column("check_runs", sa.Column("since", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("check_runs", sa.Column("sealed", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("check_runs", sa.Column("sealed_digest", sa.LargeBinary(), nullable=True))
    op.execute(POSTED_AT)
    op.create_index(op.f("ix_ledger_journals_posted_at"), "ledger_journals", ["posted_at"])
    op.drop_index("ix_ledger_postings_account", "ledger_postings")
    op.create_index(
        "ix_ledger_postings_account",
        "ledger_postings",
        ["account_id", "id"],
        postgresql_include=["side", "amount_minor"],
    )
    append_only("ledger_snapshots", "closed_periods", "check_runs")
    for statement in (SEALED_TEXT, DIGEST, CLOSED, BALANCE, NOT_OVERDRAWN, OURS):
        op.execute(statement.replace("BOOKS", BOOKS))
