"""An applicant may keep the terms she applied with: which newer version of the brief she said no to."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", sa.Column("kept_against_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_applications_kept_against_id"), "applications", "terms_versions", ["kept_against_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_applications_kept_against_id"), "applications", type_="foreignkey")
    op.drop_column("applications", "kept_against_id")
