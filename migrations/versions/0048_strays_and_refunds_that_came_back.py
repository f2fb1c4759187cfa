"""What staff book by hand, differences that staff were told of, and refunds that a bank sent back."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stray_bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "what IN ('own_money','stripe_fee','borne','refund','paid_ahead','taken_back')",
            name=op.f("ck_stray_bookings_what"),
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_stray_bookings_reason")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["balance_transactions.id"], name=op.f("fk_stray_bookings_transaction_id")
        ),
        sa.ForeignKeyConstraint(["journal_id"], ["ledger_journals.id"], name=op.f("fk_stray_bookings_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stray_bookings")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_stray_bookings_transaction_id")),
        sa.UniqueConstraint("journal_id", name=op.f("uq_stray_bookings_journal_id")),
    )
    op.create_index(op.f("ix_stray_bookings_source"), "stray_bookings", ["source"])
    op.add_column("balance_transactions", sa.Column("about", sa.String(), nullable=True))
    op.add_column("stripe_differences", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "returned_refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("came_back_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("by_user_id", sa.Uuid(), nullable=True),
        sa.Column("again_refund_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_returned_refunds_refund_id")),
        sa.ForeignKeyConstraint(["again_refund_id"], ["refunds.id"], name=op.f("fk_returned_refunds_again_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_refunds")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_returned_refunds_refund_id")),
    )
    op.drop_constraint(op.f("ck_refunds_state"), "refunds", type_="check")
    op.create_check_constraint(
        op.f("ck_refunds_state"),
        "refunds",
        "state IN ('sending','done','refused','came_back','again','paid_otherwise')",
    )
