"""What an address was before it changed, which bank account a payee has, and changes of it: payouts wait after both."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("old_email", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_email_changes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_changes")),
    )
    op.create_index(op.f("ix_email_changes_user_id"), "email_changes", ["user_id"])
    op.create_table(
        "payout_account_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("bank_digest", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("owned_at IS NULL OR undone_at IS NOT NULL", name=op.f("ck_payout_account_changes_owned")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_account_changes")),
    )
    op.create_index(op.f("ix_payout_account_changes_party_id"), "payout_account_changes", ["party_id"])
    op.add_column("payout_accounts", sa.Column("bank_digest", sa.LargeBinary(), nullable=True))
    op.add_column("payout_accounts", sa.Column("bank_last_four", sa.String(), nullable=True))
