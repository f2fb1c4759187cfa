"""Comparisons with Stripe and what they found, how far its list of events was read, and whose mark a movement bears."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("read", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("balances", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )
    op.create_index(op.f("ix_reconciliations_began_at"), "reconciliations", ["began_at"], unique=False)
    op.create_table(
        "stripe_differences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("at_stripe_minor", sa.BigInteger(), nullable=True),
        sa.Column("in_books_minor", sa.BigInteger(), nullable=True),
        sa.Column("books", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=True),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_differences")),
    )
    op.create_index(
        "uq_stripe_differences_standing",
        "stripe_differences",
        ["reference"],
        unique=True,
        postgresql_where=sa.text("gone_at IS NULL"),
    )
    op.create_table(
        "stripe_cursors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stripe_cursors")),
    )
    op.add_column("webhook_events", sa.Column("fetched", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("balance_transactions", sa.Column("mark", sa.String(), nullable=True))
