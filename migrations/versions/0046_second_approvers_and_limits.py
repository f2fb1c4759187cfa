"""What a second person decides, the limits staff set, and payouts above a limit that wait for a look."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0046"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("other_party_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked','approved','refused','lapsed','overtaken','alone')", name=op.f("ck_approvals_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_approvals_amount")),
        sa.CheckConstraint("asked_by_user_id IS NOT NULL OR state = 'alone'", name=op.f("ck_approvals_asked_by")),
        sa.CheckConstraint(
            "state <> 'approved' OR (decided_by_user_id IS NOT NULL AND decided_by_user_id <> asked_by_user_id)",
            name=op.f("ck_approvals_two_people"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_key"), "approvals", ["key"])
    op.create_index(op.f("ix_approvals_party_id"), "approvals", ["party_id"])
    op.create_index("uq_approvals_open", "approvals", ["key"], unique=True, postgresql_where=sa.text("state = 'asked'"))
    op.create_table(
        "money_limits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("set_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_money_limits_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_money_limits")),
    )
    op.create_index("ix_money_limits_newest", "money_limits", ["name", "currency", "id"])
    append_only("money_limits")
    op.create_table(
        "payout_reviews",
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("let_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("let_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("why IN ('payouts_a_day','first_payouts')", name=op.f("ck_payout_reviews_why")),
        sa.CheckConstraint("(let_at IS NULL) = (let_by_user_id IS NULL)", name=op.f("ck_payout_reviews_let")),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_payout_reviews_payout_id")),
        sa.PrimaryKeyConstraint("payout_id", name=op.f("pk_payout_reviews")),
    )
    op.create_index(
        "ix_payout_reviews_open", "payout_reviews", ["began_at"], postgresql_where=sa.text("let_at IS NULL")
    )
