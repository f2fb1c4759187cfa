"""A line that asks for something names its clock, so that it is settled when the thing is done."""

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


def downgrade() -> None:
    op.drop_constraint(op.f("fk_notifications_deadline_id_deadlines"), TABLE, type_="foreignkey")
    op.drop_column(TABLE, "deadline_id")
