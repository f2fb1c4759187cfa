"""Tax forms that payees sign, and beside them what identifies the signer."""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import append_only

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def text(name: str, nullable: bool = False) -> sa.Column:
    """Text."""
    return sa.Column(name, sa.String(), nullable=nullable)


def country(name: str, nullable: bool = False) -> sa.Column:
    """ISO 3166-1 alpha-2."""
    return sa.Column(name, sa.CHAR(length=2), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "tax_forms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        text("kind"), text("statement"), text("strength", True), text("once"), text("details_sha256"),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('w9','w8ben','platform')", name=op.f("ck_tax_forms_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_forms")),
        sa.UniqueConstraint("party_id", "once", name=op.f("uq_tax_forms_party_id_once")),
    )  # fmt: skip
    op.create_index("ix_tax_forms_party_id_signed_at", "tax_forms", ["party_id", "signed_at"])
    op.create_table(
        "tax_form_details",
        sa.Column("form_id", sa.Uuid(), nullable=False),
        text("legal_name"), text("business_name", True), text("classification", True), text("street"), text("city"),
        text("region", True), text("postal_code", True), country("country"), country("citizenship", True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        text("birth_place", True), text("number_kind", True), country("number_country", True),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        text("last_four", True), text("typed_name"), text("address"), text("user_agent"), text("salt"),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "number_kind IN ('ssn','itin','ein','foreign')", name=op.f("ck_tax_form_details_number_kind")
        ),
        sa.CheckConstraint(
            "num_nonnulls(number_kind, number_country, number, last_four) IN (0, 4)",
            name=op.f("ck_tax_form_details_number"),
        ),
        sa.CheckConstraint(
            "number IS NOT NULL OR birth_date IS NOT NULL", name=op.f("ck_tax_form_details_known")
        ),
        sa.ForeignKeyConstraint(["form_id"], ["tax_forms.id"], name=op.f("fk_tax_form_details_form_id")),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_tax_form_details")),
    )  # fmt: skip
    append_only("tax_forms")
