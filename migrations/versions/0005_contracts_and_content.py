"""Deals carry their amounts; contracts, signatures, content, rights and messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("creator_party_id", sa.Uuid(), nullable=False),
        sa.Column("brand_party_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brand_party_id"], ["parties.id"], name=op.f("fk_threads_brand_party_id")),
        sa.ForeignKeyConstraint(["creator_party_id"], ["parties.id"], name=op.f("fk_threads_creator_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threads")),
        sa.UniqueConstraint("room_id", name=op.f("uq_threads_room_id")),
    )
    op.create_index(op.f("ix_threads_brand_party_id"), "threads", ["brand_party_id"], unique=False)
    op.create_index(op.f("ix_threads_creator_party_id"), "threads", ["creator_party_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("author_party_id", sa.Uuid(), nullable=False),
        sa.Column("author_user_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_party_id"], ["parties.id"], name=op.f("fk_messages_author_party_id")),
        sa.ForeignKeyConstraint(["author_user_id"], ["users.id"], name=op.f("fk_messages_author_user_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_messages_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_thread", "messages", ["thread_id", "sent_at"], unique=False)
    op.create_table(
        "thread_reads",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["thread_id"], ["threads.id"], name=op.f("fk_thread_reads_thread_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_thread_reads_user_id")),
        sa.PrimaryKeyConstraint("thread_id", "user_id", name=op.f("pk_thread_reads")),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pdf_file_id", sa.Uuid(), nullable=True),
        sa.Column("signed_pdf_file_id", sa.Uuid(), nullable=True),
        sa.Column("drawn_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("method IN ('ceremony','one_tap')", name=op.f("ck_contracts_method")),
        sa.CheckConstraint("state IN ('open','signed','void')", name=op.f("ck_contracts_state")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_contracts_deal_id")),
        sa.ForeignKeyConstraint(["pdf_file_id"], ["files.id"], name=op.f("fk_contracts_pdf_file_id")),
        sa.ForeignKeyConstraint(["signed_pdf_file_id"], ["files.id"], name=op.f("fk_contracts_signed_pdf_file_id")),
        sa.ForeignKeyConstraint(["version_id"], ["terms_versions.id"], name=op.f("fk_contracts_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("deal_id", name=op.f("uq_contracts_deal_id")),
    )
    op.create_index(op.f("ix_contracts_sha256"), "contracts", ["sha256"], unique=False)
    op.create_table(
        "deliverables",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("draft_days", sa.Integer(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=True),
        sa.Column("rounds_used", sa.Integer(), nullable=False),
        sa.Column("share_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("by_silence", sa.Boolean(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned','draft_submitted','changes_requested','approved','published','verified','done','dropped')",
            name=op.f("ck_deliverables_state"),
        ),
        sa.CheckConstraint("share_minor >= 0", name=op.f("ck_deliverables_share")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_deliverables_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliverables")),
        sa.UniqueConstraint("deal_id", "number", name=op.f("uq_deliverables_deal_id_number")),
    )
    op.create_table(
        "contract_names",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.CheckConstraint("side IN ('creator','brand')", name=op.f("ck_contract_names_side")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_contract_names_contract_id")),
        sa.PrimaryKeyConstraint("contract_id", "side", name=op.f("pk_contract_names")),
    )
    op.create_table(
        "licences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("creator_party_id", sa.Uuid(), nullable=False),
        sa.Column("brand_party_id", sa.Uuid(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["brand_party_id"], ["parties.id"], name=op.f("fk_licences_brand_party_id")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_licences_contract_id")),
        sa.ForeignKeyConstraint(["creator_party_id"], ["parties.id"], name=op.f("fk_licences_creator_party_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_licences_deal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("deal_id", name=op.f("uq_licences_deal_id")),
    )
    op.create_index(op.f("ix_licences_brand_party_id"), "licences", ["brand_party_id"], unique=False)
    op.create_index(op.f("ix_licences_creator_party_id"), "licences", ["creator_party_id"], unique=False)
    op.create_table(
        "publications",
        sa.Column("deliverable_id", sa.Uuid(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("proof_file_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_silence", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["deliverable_id"], ["deliverables.id"], name=op.f("fk_publications_deliverable_id")),
        sa.ForeignKeyConstraint(["proof_file_id"], ["files.id"], name=op.f("fk_publications_proof_file_id")),
        sa.PrimaryKeyConstraint("deliverable_id", name=op.f("pk_publications")),
    )
    op.create_table(
        "signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("strength", sa.String(), nullable=True),
        sa.Column("scrolled", sa.Boolean(), nullable=True),
        sa.Column("document_sha256", sa.String(), nullable=False),
        sa.Column("evidence_sha256", sa.String(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_sha256", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.CheckConstraint("side IN ('creator','brand')", name=op.f("ck_signatures_side")),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_signatures_contract_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_signatures_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        sa.UniqueConstraint("contract_id", "side", name=op.f("uq_signatures_contract_id_side")),
    )
    op.create_table(
        "submissions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deliverable_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("verdict", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["deliverable_id"], ["deliverables.id"], name=op.f("fk_submissions_deliverable_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_submissions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submissions")),
        sa.UniqueConstraint("deliverable_id", "number", name=op.f("uq_submissions_deliverable_id_number")),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("territory", sa.String(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("fk_grants_licence_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("licence_id", "position", name=op.f("uq_grants_licence_id_position")),
    )
    op.create_table(
        "review_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("spot", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_review_comments_submission_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_review_comments_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_comments")),
    )
    op.create_index(op.f("ix_review_comments_submission_id"), "review_comments", ["submission_id"], unique=False)
    op.create_table(
        "signature_evidence",
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.Column("typed_name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["signature_id"], ["signatures.id"], name=op.f("fk_signature_evidence_signature_id")),
        sa.PrimaryKeyConstraint("signature_id", name=op.f("pk_signature_evidence")),
    )
    op.create_table(
        "submission_media",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_submission_media_file_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_submission_media_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_media")),
    )
    op.create_index(op.f("ix_submission_media_submission_id"), "submission_media", ["submission_id"], unique=False)
    op.create_table(
        "grant_windows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("deliverable_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_grant_windows_days")),
        sa.ForeignKeyConstraint(["deliverable_id"], ["deliverables.id"], name=op.f("fk_grant_windows_deliverable_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_grant_windows_grant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_windows")),
        sa.UniqueConstraint("grant_id", "deliverable_id", name=op.f("uq_grant_windows_grant_id_deliverable_id")),
    )
    op.create_index(op.f("ix_grant_windows_deliverable_id"), "grant_windows", ["deliverable_id"], unique=False)
    op.add_column("applications", sa.Column("asked_fee_minor", sa.BigInteger(), nullable=True))
    op.add_column("deals", sa.Column("currency", sa.CHAR(length=3), nullable=False))
    op.add_column("deals", sa.Column("protected_minor", sa.BigInteger(), nullable=False))
    op.add_column("deals", sa.Column("earned_minor", sa.BigInteger(), nullable=False))
    op.add_column("deals", sa.Column("handed_in_minor", sa.BigInteger(), nullable=False))
    op.create_check_constraint(
        "amounts", "deals", "protected_minor >= 0 AND earned_minor >= 0 AND handed_in_minor >= 0"
    )
    op.create_check_constraint("shares", "deals", "earned_minor + handed_in_minor <= protected_minor")
    append_only("signatures", "grants", "grant_windows")
    seal_contracts()


def seal_contracts() -> None:
    """A contract's state may move; what was drawn up may not change, and nothing is deleted."""
    op.execute(
        "CREATE TRIGGER sealed BEFORE DELETE OR UPDATE OF document, text, sha256, version_id, deal_id, template, "
        "language, method ON contracts FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
