"""The ledger: accounts, journals, postings, reservations, seals, and what the database refuses."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Accounts are as unchangeable as journals, yet the application's role must keep the right to lock
# their rows, which PostgreSQL ties to UPDATE. So: the right, and a trigger that refuses its use.
KEEP_ACCOUNTS = """
CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_truncate BEFORE TRUNCATE ON ledger_accounts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# A journal has legs and sums to zero in every currency.
BALANCED = """
CREATE FUNCTION ledger_require_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    journal uuid;
BEGIN
    IF TG_TABLE_NAME = 'ledger_journals' THEN journal := NEW.id; ELSE journal := NEW.journal_id; END IF;
    IF NOT EXISTS (SELECT 1 FROM ledger_postings WHERE journal_id = journal) THEN
        RAISE EXCEPTION 'journal % has no postings', journal USING ERRCODE = 'GW002';
    END IF;
    IF EXISTS (
        SELECT 1 FROM ledger_postings WHERE journal_id = journal GROUP BY currency
        HAVING sum(CASE side WHEN 'debit' THEN amount_minor ELSE -amount_minor END) <> 0
    ) THEN
        RAISE EXCEPTION 'journal % does not sum to zero', journal USING ERRCODE = 'GW002';
    END IF;
    RETURN NULL;
END $$
"""

# What a no-negative account holds, less its open reservations, is never below zero. The rows of the
# accounts are locked in id order first, so that two transactions cannot both see the last cent.
NOT_OVERDRAWN = """
CREATE FUNCTION ledger_refuse_overdraft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    short uuid;
BEGIN
    PERFORM 1 FROM ledger_accounts a
        WHERE a.no_negative AND a.id IN (SELECT account_id FROM added) ORDER BY a.id FOR NO KEY UPDATE;
    SELECT a.id INTO short FROM ledger_accounts a
        WHERE a.no_negative AND a.id IN (SELECT account_id FROM added)
        AND (SELECT coalesce(sum(CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END), 0)
             FROM ledger_postings p WHERE p.account_id = a.id)
          < (SELECT coalesce(sum(r.amount_minor), 0) FROM ledger_reservations r
             LEFT JOIN ledger_reservation_ends e ON e.reservation_id = r.id
             WHERE r.account_id = a.id AND e.reservation_id IS NULL)
        LIMIT 1;
    IF short IS NOT NULL THEN
        RAISE EXCEPTION 'account % would be overdrawn', short USING ERRCODE = 'GW001';
    END IF;
    RETURN NULL;
END $$
"""

# A journal's content as one line; `Entry.fingerprint` writes the same in Python.
TEXT = """
CREATE FUNCTION ledger_text(journal uuid) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT concat_ws('|', j.key, j.kind, coalesce(j.subject_id::text, ''), coalesce(j.reverses_id::text, ''), (
        SELECT coalesce(string_agg(
            a.code || ' ' || p.currency || ' ' || p.side || ' ' || p.amount_minor, ';'
            ORDER BY a.code COLLATE "C", p.currency COLLATE "C", p.side COLLATE "C", p.amount_minor), '')
        FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id WHERE p.journal_id = j.id
    )) FROM ledger_journals j WHERE j.id = journal
$$;
CREATE FUNCTION ledger_digest(previous bytea, journal uuid) RETURNS bytea STABLE LANGUAGE sql AS $$
    SELECT sha256(previous || convert_to(concat_ws('|', j.id, ledger_text(j.id), j.reason, j.evidence::text,
        j.actor_kind, coalesce(j.actor_user_id::text, ''), coalesce(j.actor_party_id::text, ''),
        extract(epoch FROM j.occurred_at)::text), 'UTF8'))
    FROM ledger_journals j WHERE j.id = journal
$$;
"""

TRIGGERS = """
CREATE CONSTRAINT TRIGGER ledger_postings_balance AFTER INSERT ON ledger_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_require_balance();
CREATE CONSTRAINT TRIGGER ledger_journals_balance AFTER INSERT ON ledger_journals
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_require_balance();
CREATE TRIGGER ledger_postings_overdraft AFTER INSERT ON ledger_postings
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_overdraft();
CREATE TRIGGER ledger_reservations_overdraft AFTER INSERT ON ledger_reservations
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_overdraft();
"""


def upgrade() -> None:
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("normal", sa.String(), nullable=False),
        sa.Column("no_negative", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("normal IN ('debit','credit')", name=op.f("ck_ledger_accounts_normal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("code", "currency", name=op.f("uq_ledger_accounts_code_currency")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_ledger_accounts_id_currency")),
    )
    op.create_index(op.f("ix_ledger_accounts_party_id"), "ledger_accounts", ["party_id"], unique=False)
    op.create_index(op.f("ix_ledger_accounts_subject_id"), "ledger_accounts", ["subject_id"], unique=False)
    op.create_table(
        "ledger_journals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("fingerprint", sa.CHAR(length=64), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("actor_party_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["reverses_id"], ["ledger_journals.id"], name=op.f("fk_ledger_journals_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_journals")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_journals_key")),
        sa.UniqueConstraint("number", name=op.f("uq_ledger_journals_number")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_ledger_journals_reverses_id")),
    )
    op.create_index(op.f("ix_ledger_journals_subject_id"), "ledger_journals", ["subject_id"], unique=False)
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.CheckConstraint("side IN ('debit','credit')", name=op.f("ck_ledger_postings_side")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_postings_positive")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="fk_ledger_postings_account",
        ),
        sa.ForeignKeyConstraint(["journal_id"], ["ledger_journals.id"], name=op.f("fk_ledger_postings_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
    )
    op.create_index(
        "ix_ledger_postings_account",
        "ledger_postings",
        ["account_id"],
        unique=False,
        postgresql_include=["side", "amount_minor"],
    )
    op.create_index(op.f("ix_ledger_postings_journal_id"), "ledger_postings", ["journal_id"], unique=False)
    op.create_table(
        "ledger_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("actor_party_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_ledger_reservations_positive")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="fk_ledger_reservations_account",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_reservations")),
        sa.UniqueConstraint("key", name=op.f("uq_ledger_reservations_key")),
    )
    op.create_index(op.f("ix_ledger_reservations_account_id"), "ledger_reservations", ["account_id"], unique=False)
    op.create_table(
        "ledger_seals",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["ledger_journals.id"], name=op.f("fk_ledger_seals_journal_id")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger_seals")),
        sa.UniqueConstraint("journal_id", name=op.f("uq_ledger_seals_journal_id")),
    )
    op.create_table(
        "ledger_reservation_ends",
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("posted_minor", sa.BigInteger(), nullable=False),
        sa.Column("voided_minor", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'posted') = (journal_id IS NOT NULL)", name=op.f("ck_ledger_reservation_ends_journal")
        ),
        sa.CheckConstraint("outcome IN ('posted','voided')", name=op.f("ck_ledger_reservation_ends_outcome")),
        sa.CheckConstraint("posted_minor >= 0 AND voided_minor >= 0", name=op.f("ck_ledger_reservation_ends_amounts")),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["ledger_journals.id"],
            name=op.f("fk_ledger_reservation_ends_journal_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["ledger_reservations.id"], name=op.f("fk_ledger_reservation_ends_reservation_id")
        ),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_ledger_reservation_ends")),
    )
    op.create_table(
        "check_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("breaches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_runs")),
    )
    op.create_index(op.f("ix_check_runs_ran_at"), "check_runs", ["ran_at"], unique=False)
    op.create_table(
        "payment_halts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_user_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_halts")),
    )
    op.create_index(
        "uq_payment_halts_standing",
        "payment_halts",
        [sa.text("(lifted_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    append_only("ledger_journals", "ledger_postings", "ledger_reservations", "ledger_reservation_ends", "ledger_seals")
    for statement in (KEEP_ACCOUNTS, BALANCED, NOT_OVERDRAWN, TEXT, TRIGGERS):
        op.execute(statement)
