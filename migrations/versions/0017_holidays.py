"""Announced holidays, and why a clock is on hold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "holidays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_holidays_days")),
        sa.CheckConstraint("state IN ('announced','running','over','called_off')", name=op.f("ck_holidays_state")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_holidays_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holidays")),
    )
    op.create_index(
        "ix_holidays_live", "holidays", ["party_id"], postgresql_where=sa.text("state IN ('announced','running')")
    )
    op.add_column(
        "deadlines",
        sa.Column("holds", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    )
