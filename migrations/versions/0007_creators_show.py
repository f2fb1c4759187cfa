"""A creator chooses whether her rates are shown, and may take an account off her page."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("creator_profiles", sa.Column("show_rates", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("social_accounts", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
