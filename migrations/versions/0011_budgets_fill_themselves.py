"""A commission budget may be topped up by itself with the card on file."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("programs", sa.Column("top_up_below_minor", sa.BigInteger(), nullable=True))
    op.add_column("programs", sa.Column("top_up_minor", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_programs_top_up"),
        "programs",
        "(top_up_below_minor IS NULL) = (top_up_minor IS NULL) AND top_up_below_minor > 0"
        " AND top_up_minor >= top_up_below_minor",
    )
