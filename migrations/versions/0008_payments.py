"""Fundings with their lots, payouts, transfers, refunds, payout accounts, and what we want from and hear of Stripe."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fundings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("payer_party_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("return_url", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("session_url", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("funded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('deal','budget')", name=op.f("ck_fundings_purpose")),
        sa.CheckConstraint("state IN ('begun','open','funded','expired','failed')", name=op.f("ck_fundings_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_fundings_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fundings")),
        sa.UniqueConstraint("session_id", name=op.f("uq_fundings_session_id")),
    )
    op.create_index(op.f("ix_fundings_payer_party_id"), "fundings", ["payer_party_id"], unique=False)
    op.create_index(op.f("ix_fundings_subject_id"), "fundings", ["subject_id"], unique=False)
    op.create_table(
        "payout_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("missing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('onboarding','ready','restricted')", name=op.f("ck_payout_accounts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
        sa.UniqueConstraint("party_id", name=op.f("uq_payout_accounts_party_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payout_accounts_stripe_id")),
    )
    op.create_table(
        "stripe_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('intended','sent','unknown','done','refused')", name=op.f("ck_stripe_operations_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_operations")),
        sa.UniqueConstraint("kind", "row_id", name=op.f("uq_stripe_operations_kind_row_id")),
    )
    op.create_index(
        "ix_stripe_operations_due",
        "stripe_operations",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('intended','sent','unknown')"),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('received','handled','ignored','parked')", name=op.f("ck_webhook_events_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_webhook_events_stripe_id")),
    )
    op.create_index(
        "ix_webhook_events_due",
        "webhook_events",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_table(
        "balance_transactions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_as", sa.String(), nullable=True),
        sa.Column("journal_id", sa.Uuid(), nullable=True),
        sa.Column("settled_journal_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("net_minor = amount_minor - fee_minor", name=op.f("ck_balance_transactions_net")),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["ledger_journals.id"], name=op.f("fk_balance_transactions_journal_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_journal_id"], ["ledger_journals.id"], name=op.f("fk_balance_transactions_settled_journal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_transactions")),
        sa.UniqueConstraint("journal_id", name=op.f("uq_balance_transactions_journal_id")),
        sa.UniqueConstraint("settled_journal_id", name=op.f("uq_balance_transactions_settled_journal_id")),
    )
    op.create_index(
        "ix_balance_transactions_to_settle",
        "balance_transactions",
        ["available_on"],
        unique=False,
        postgresql_where=sa.text("booked_as = 'stripe_pending' AND settled_journal_id IS NULL"),
    )
    op.create_index(
        "ix_balance_transactions_unexplained",
        "balance_transactions",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("journal_id IS NULL"),
    )
    op.create_table(
        "funding_lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("funding_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("charge_id", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["funding_id"], ["fundings.id"], name=op.f("fk_funding_lots_funding_id")),
        sa.ForeignKeyConstraint(["journal_id"], ["ledger_journals.id"], name=op.f("fk_funding_lots_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_lots")),
        sa.UniqueConstraint("charge_id", name=op.f("uq_funding_lots_charge_id")),
        sa.UniqueConstraint("journal_id", name=op.f("uq_funding_lots_journal_id")),
    )
    op.create_index(op.f("ix_funding_lots_funding_id"), "funding_lots", ["funding_id"], unique=False)
    op.create_index(op.f("ix_funding_lots_subject_id"), "funding_lots", ["subject_id"], unique=False)
    op.create_table(
        "payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("payee_party_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting_for_account','sending','stuck','paid')", name=op.f("ck_payouts_state")),
        sa.CheckConstraint("amount_minor > 0 AND fee_minor >= 0", name=op.f("ck_payouts_amounts")),
        sa.ForeignKeyConstraint(["journal_id"], ["ledger_journals.id"], name=op.f("fk_payouts_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("journal_id", name=op.f("uq_payouts_journal_id")),
        sa.UniqueConstraint("key", name=op.f("uq_payouts_key")),
    )
    op.create_index(op.f("ix_payouts_payee_party_id"), "payouts", ["payee_party_id"], unique=False)
    op.create_index(op.f("ix_payouts_subject_id"), "payouts", ["subject_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("payer_party_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('sending','done','refused')", name=op.f("ck_refunds_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_refunds_lot_id")),
        sa.ForeignKeyConstraint(["reservation_id"], ["ledger_reservations.id"], name=op.f("fk_refunds_reservation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("request_key", "lot_id", name=op.f("uq_refunds_request_key_lot_id")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_refunds_reservation_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refunds_stripe_id")),
    )
    op.create_index(op.f("ix_refunds_lot_id"), "refunds", ["lot_id"], unique=False)
    op.create_index(op.f("ix_refunds_payer_party_id"), "refunds", ["payer_party_id"], unique=False)
    op.create_index(op.f("ix_refunds_subject_id"), "refunds", ["subject_id"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("stripe_id", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('ready','sending','done')", name=op.f("ck_transfers_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_transfers_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_transfers_lot_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_transfers_payout_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_transfers_stripe_id")),
    )
    op.create_index(op.f("ix_transfers_lot_id"), "transfers", ["lot_id"], unique=False)
    op.create_index(op.f("ix_transfers_payout_id"), "transfers", ["payout_id"], unique=False)
    op.create_table(
        "lot_draws",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_lot_draws_something")),
        sa.CheckConstraint("num_nonnulls(payout_id, refund_id) = 1", name=op.f("ck_lot_draws_one_purpose")),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_lot_draws_lot_id")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_lot_draws_payout_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_lot_draws_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_draws")),
    )
    op.create_index(op.f("ix_lot_draws_lot_id"), "lot_draws", ["lot_id"], unique=False)
    op.create_index(op.f("ix_lot_draws_payout_id"), "lot_draws", ["payout_id"], unique=False)
    op.create_index(op.f("ix_lot_draws_refund_id"), "lot_draws", ["refund_id"], unique=False)
    append_only("lot_draws", "funding_lots")
