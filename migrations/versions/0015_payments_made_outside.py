"""Payments made outside: their record and the answers to it; deals and commission batches that are paid so."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0015"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "direct_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("payer_party_id", sa.Uuid(), nullable=False),
        sa.Column("payee_party_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_user_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_direct_payments_positive")),
        sa.CheckConstraint(
            "method IN ('bank_transfer', 'payment_service', 'card', 'cheque', 'cash', 'other')",
            name=op.f("ck_direct_payments_method"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direct_payments")),
    )
    for column in ("subject_id", "payer_party_id", "payee_party_id"):
        op.create_index(op.f(f"ix_direct_payments_{column}"), "direct_payments", [column], unique=False)
    op.create_table(
        "direct_payment_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "word IN ('arrived', 'missing', 'counted', 'withdrawn')", name=op.f("ck_direct_payment_answers_word")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["direct_payments.id"], name=op.f("fk_direct_payment_answers_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direct_payment_answers")),
    )
    op.create_index(
        op.f("ix_direct_payment_answers_payment_id"), "direct_payment_answers", ["payment_id"], unique=False
    )
    append_only("direct_payments", "direct_payment_answers")

    op.add_column("deals", sa.Column("paid_directly", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_constraint(op.f("ck_deals_state"), "deals")
    op.create_check_constraint(
        op.f("ck_deals_state"),
        "deals",
        "state IN ('signing','funding','active','paying','completed','cancelled')",
    )

    op.add_column(
        "release_batches", sa.Column("paid_directly", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.alter_column("release_batches", "payout_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_release_batches_one_way"), "release_batches", "paid_directly = (payout_id IS NULL)"
    )
