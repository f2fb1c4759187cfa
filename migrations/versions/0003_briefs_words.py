"""Full-text search finds a brief by its brand, niches, hashtags and formats too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("briefs", sa.Column("words", sa.Text(), server_default="", nullable=False))
    op.drop_index("ix_briefs_search", table_name="briefs")
    op.drop_column("briefs", "search")
    op.add_column(
        "briefs",
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', title || ' ' || summary || ' ' || words)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_briefs_search", "briefs", ["search"], unique=False, postgresql_using="gin")
