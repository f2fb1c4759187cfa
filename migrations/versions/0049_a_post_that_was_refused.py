"""A piece that is published once more begins its rights once more: a window for each first day."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TABLE = "grant_windows"
ONCE = ["grant_id", "deliverable_id"]


def upgrade() -> None:
    op.drop_constraint(op.f("uq_grant_windows_grant_id_deliverable_id"), TABLE, type_="unique")
    op.create_unique_constraint(op.f("uq_grant_windows_grant_id_deliverable_id_starts_on"), TABLE, [*ONCE, "starts_on"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_grant_windows_grant_id_deliverable_id_starts_on"), TABLE, type_="unique")
    op.create_unique_constraint(op.f("uq_grant_windows_grant_id_deliverable_id"), TABLE, ONCE)
