"""A deal knows its signed contract: the evidence of every release."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('deals', sa.Column('contract_id', sa.Uuid(), nullable=True))
