"""Cards on file, payments by card, and protected money handed from a budget to what it pays for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cards()
    _fundings()
    _allocations()
    append_only("allocations", "allocation_shares")


def _cards() -> None:
    op.create_table(
        "payers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payers")),
        sa.UniqueConstraint("party_id", name=op.f("uq_payers_party_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payers_stripe_id")),
    )
    op.create_table(
        "card_setups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payer_party_id", sa.Uuid(), nullable=False),
        sa.Column("return_url", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("session_url", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('begun','open','done','ended')", name=op.f("ck_card_setups_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_setups")),
        sa.UniqueConstraint("session_id", name=op.f("uq_card_setups_session_id")),
    )
    op.create_index(op.f("ix_card_setups_payer_party_id"), "card_setups", ["payer_party_id"], unique=False)
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("last4", sa.CHAR(length=4), nullable=False),
        sa.Column("exp_month", sa.Integer(), nullable=False),
        sa.Column("exp_year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('on_file','removed')", name=op.f("ck_payment_methods_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_methods_stripe_id")),
    )
    op.create_index(op.f("ix_payment_methods_party_id"), "payment_methods", ["party_id"], unique=False)
    op.create_index(
        "uq_payment_methods_on_file",
        "payment_methods",
        ["party_id"],
        unique=True,
        postgresql_where=sa.text("state = 'on_file'"),
    )


def _fundings() -> None:
    op.add_column("fundings", sa.Column("way", sa.String(), server_default="page", nullable=False))
    op.add_column("fundings", sa.Column("intent_id", sa.String(), nullable=True))
    op.add_column("fundings", sa.Column("method_id", sa.Uuid(), nullable=True))
    op.add_column("fundings", sa.Column("transfer_to", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("fundings", sa.Column("failure", sa.String(), nullable=True))
    op.create_unique_constraint(op.f("uq_fundings_intent_id"), "fundings", ["intent_id"])
    op.create_foreign_key(op.f("fk_fundings_method_id"), "fundings", "payment_methods", ["method_id"], ["id"])
    op.drop_constraint(op.f("ck_fundings_state"), "fundings")
    op.drop_constraint(op.f("ck_fundings_purpose"), "fundings")
    for name, rule in (
        ("state", "state IN ('begun','open','pending','funded','expired','failed')"),
        ("purpose", "purpose IN ('deal','brief','budget')"),
        ("way", "way IN ('page','card','invoice','automatic')"),
        ("method", "(way IN ('card','automatic')) = (method_id IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_fundings_{name}"), "fundings", rule)


def _allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("from_subject_id", sa.Uuid(), nullable=False),
        sa.Column("to_subject_id", sa.Uuid(), nullable=False),
        sa.Column("payer_party_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_allocations_positive")),
        sa.CheckConstraint("from_subject_id <> to_subject_id", name=op.f("ck_allocations_moves")),
        sa.ForeignKeyConstraint(["journal_id"], ["ledger_journals.id"], name=op.f("fk_allocations_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint("journal_id", name=op.f("uq_allocations_journal_id")),
        sa.UniqueConstraint("key", name=op.f("uq_allocations_key")),
    )
    for column in ("from_subject_id", "to_subject_id", "payer_party_id"):
        op.create_index(op.f(f"ix_allocations_{column}"), "allocations", [column], unique=False)
    op.create_table(
        "allocation_shares",
        sa.Column("allocation_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_allocation_shares_positive")),
        sa.ForeignKeyConstraint(["allocation_id"], ["allocations.id"], name=op.f("fk_allocation_shares_allocation_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_allocation_shares_lot_id")),
        sa.PrimaryKeyConstraint("allocation_id", "lot_id", name=op.f("pk_allocation_shares")),
    )
    op.create_index(op.f("ix_allocation_shares_lot_id"), "allocation_shares", ["lot_id"], unique=False)
