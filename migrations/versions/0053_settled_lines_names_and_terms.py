"""A line that asks for something names its clock, so that it is settled when the thing is done. Brands' earlier names, published terms."""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import append_only

revision = "0053"
down_revision = "0050"
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
    op.create_table(
        "legal_texts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_user_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('terms','privacy')", name=op.f("ck_legal_texts_kind")),
        sa.ForeignKeyConstraint(
            ["published_by_user_id"], ["users.id"], name=op.f("fk_legal_texts_published_by_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_texts")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_legal_texts_kind_number")),
    )
    op.create_table(
        "legal_acceptances",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["text_id"], ["legal_texts.id"], name=op.f("fk_legal_acceptances_text_id_legal_texts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_legal_acceptances_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", "text_id", name=op.f("pk_legal_acceptances")),
    )
    append_only("legal_texts")
    for column in ("terms_id", "privacy_id"):
        op.add_column("instance", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f"fk_instance_{column}_legal_texts"), "instance", "legal_texts", [column], ["id"])


def downgrade() -> None:
    for column in ("terms_id", "privacy_id"):
        op.drop_constraint(op.f(f"fk_instance_{column}_legal_texts"), "instance", type_="foreignkey")
        op.drop_column("instance", column)
    op.drop_table("legal_acceptances")
    op.drop_table("legal_texts")
    op.drop_table("brand_renames")
    op.drop_constraint(op.f("fk_notifications_deadline_id_deadlines"), TABLE, type_="foreignkey")
    op.drop_column(TABLE, "deadline_id")
