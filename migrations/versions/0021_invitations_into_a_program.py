"""A program's invite link, and people invited by name with a code kept for them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "program_invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("reusable", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enrolment_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_program_invites_enrolment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_program_invites_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_invites")),
    )
    op.create_index(op.f("ix_program_invites_program_id"), "program_invites", ["program_id"])
    op.create_index(
        "uq_program_invites_link",
        "program_invites",
        ["program_id"],
        unique=True,
        postgresql_where=sa.text("reusable AND withdrawn_at IS NULL"),
    )
    op.create_index(
        "uq_program_invites_email",
        "program_invites",
        ["program_id", "email"],
        unique=True,
        postgresql_where=sa.text("NOT reusable AND withdrawn_at IS NULL AND claimed_at IS NULL"),
    )
