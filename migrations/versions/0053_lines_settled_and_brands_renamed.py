"""A line that asks for something names its clock, so that it is settled when the thing is done. Brands' earlier names."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0049"
branch_labels = None
depends_on = None

TABLE = "notifications"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("deadline_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_notifications_deadline_id_deadlines"), TABLE, "deadlines", ["deadline_id"], ["id"])

    op.create_table(
        "brand_renames",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("old_name", sa.String(), nullable=False),
        sa.Column("new_name", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_user_id", sa.Uuid(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_brand_renames_party_id_parties")),
        sa.ForeignKeyConstraint(
            ["asked_by_user_id"], ["users.id"], name=op.f("fk_brand_renames_asked_by_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_user_id"], ["users.id"], name=op.f("fk_brand_renames_decided_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_renames")),
    )
    op.create_index(op.f("ix_brand_renames_party_id"), "brand_renames", ["party_id"])
    op.create_index(
        "uq_brand_renames_waiting", "brand_renames", ["party_id"], unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("brand_renames")
    op.drop_constraint(op.f("fk_notifications_deadline_id_deadlines"), TABLE, type_="foreignkey")
    op.drop_column(TABLE, "deadline_id")
