"""An affiliate who has not accepted newer rates by their day is paused for it."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrolments", sa.Column("waits_for_rates", sa.Boolean(), server_default=sa.false(), nullable=False))
