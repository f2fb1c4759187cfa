"""The ground's tables, people, terms, profiles, briefs and deals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only, create_refuse_change

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_refuse_change()
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owner_party_id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remaining_seconds", sa.Integer(), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('running','paused','met','passed','cancelled')",
            name=op.f("ck_deadlines_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
    )
    op.create_index(
        "ix_deadlines_due",
        "deadlines",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index("ix_deadlines_owner", "deadlines", ["owner_party_id", "state", "due_at"], unique=False)
    op.create_index(
        "uq_deadlines_live",
        "deadlines",
        ["kind", "subject_type", "subject_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('running','paused')"),
    )
    op.create_table(
        "email_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_codes")),
    )
    op.create_index(op.f("ix_email_codes_email"), "email_codes", ["email"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_user_id", sa.Uuid(), nullable=True),
        sa.Column("actor_party_id", sa.Uuid(), nullable=True),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_room", "events", ["room_id", "occurred_at"], unique=False)
    op.create_index("ix_events_subject", "events", ["subject_type", "subject_id", "occurred_at"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.CHAR(length=2), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('creator','brand','operator')", name=op.f("ck_parties_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "brand_domains",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("proof", sa.String(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_brand_domains_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_domains")),
        sa.UniqueConstraint("party_id", "domain", name=op.f("uq_brand_domains_party_id_domain")),
    )
    op.create_index(op.f("ix_brand_domains_party_id"), "brand_domains", ["party_id"], unique=False)
    op.create_table(
        "brand_profiles",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("story", sa.String(), nullable=False),
        sa.Column("values", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("logo_file_id", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["logo_file_id"], ["files.id"], name=op.f("fk_brand_profiles_logo_file_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_brand_profiles_party_id")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_brand_profiles")),
        sa.UniqueConstraint("slug", name=op.f("uq_brand_profiles_slug")),
    )
    op.create_table(
        "commitments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_commitments_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
    )
    op.create_index(op.f("ix_commitments_party_id"), "commitments", ["party_id"], unique=False)
    op.create_table(
        "creator_profiles",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.String(), nullable=True),
        sa.Column("bio", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("niches", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("values", sa.String(), nullable=False),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("availability", sa.String(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("photo_file_id", sa.Uuid(), nullable=True),
        sa.Column("multipliers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('simple', coalesce(handle,'') || ' ' || bio || ' ' || city || ' ' || \"values\" || ' ' || style)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_creator_profiles_party_id")),
        sa.ForeignKeyConstraint(["photo_file_id"], ["files.id"], name=op.f("fk_creator_profiles_photo_file_id")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_creator_profiles")),
        sa.UniqueConstraint("handle", name=op.f("uq_creator_profiles_handle")),
    )
    op.create_index(
        "ix_creator_profiles_niches",
        "creator_profiles",
        ["niches"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_creator_profiles_search",
        "creator_profiles",
        ["search"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "event_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("reaction", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_deliveries_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_deliveries")),
        sa.UniqueConstraint("event_id", "reaction", name=op.f("uq_event_deliveries_event_id_reaction")),
    )
    op.create_index(
        "ix_event_deliveries_due",
        "event_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at IS NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.Column("country", sa.CHAR(length=2), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("platform_fee_bps", sa.Integer(), nullable=False),
        sa.Column("operator_party_id", sa.Uuid(), nullable=False),
        sa.Column("set_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("shape IN ('own_program','agency','open_marketplace')", name=op.f("ck_instance_shape")),
        sa.CheckConstraint("id = 1", name=op.f("ck_instance_one")),
        sa.CheckConstraint("platform_fee_bps BETWEEN 0 AND 5000", name=op.f("ck_instance_fee")),
        sa.ForeignKeyConstraint(["operator_party_id"], ["parties.id"], name=op.f("fk_instance_operator_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_memberships_party_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("user_id", "party_id", name=op.f("uq_memberships_user_id_party_id")),
    )
    op.create_index(op.f("ix_memberships_party_id"), "memberships", ["party_id"], unique=False)
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("variants", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_products_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(op.f("ix_products_party_id"), "products", ["party_id"], unique=False)
    op.create_table(
        "rates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_rates_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rates")),
    )
    op.create_index(op.f("ix_rates_party_id"), "rates", ["party_id"], unique=False)
    op.create_table(
        "samples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_samples_file_id")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_samples_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_index(op.f("ix_samples_party_id"), "samples", ["party_id"], unique=False)
    op.create_table(
        "shipping_addresses",
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("lines", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_shipping_addresses_party_id")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_shipping_addresses")),
    )
    op.create_table(
        "social_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("engagement_bps", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('typed','screenshot','csv','api')", name=op.f("ck_social_accounts_source")),
        sa.CheckConstraint("followers >= 0", name=op.f("ck_social_accounts_followers")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_social_accounts_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_accounts")),
        sa.UniqueConstraint(
            "party_id",
            "platform",
            "handle",
            name=op.f("uq_social_accounts_party_id_platform_handle"),
        ),
    )
    op.create_table(
        "terms_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_terms_documents_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_documents")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("strength", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_user_sessions_party_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_user_sessions_token_digest")),
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "audience_snapshots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("engagement_bps", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["social_accounts.id"], name=op.f("fk_audience_snapshots_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_snapshots")),
    )
    op.create_index(
        "ix_audience_snapshots_account",
        "audience_snapshots",
        ["account_id", "taken_on"],
        unique=False,
    )
    op.create_table(
        "terms_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("parent_sha256", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("author_party_id", sa.Uuid(), nullable=False),
        sa.Column("author_user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_party_id"], ["parties.id"], name=op.f("fk_terms_versions_author_party_id")),
        sa.ForeignKeyConstraint(["document_id"], ["terms_documents.id"], name=op.f("fk_terms_versions_document_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["terms_versions.id"], name=op.f("fk_terms_versions_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_versions")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_terms_versions_document_id_number")),
    )
    op.create_table(
        "acceptances",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("strength", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_acceptances_party_id")),
        sa.ForeignKeyConstraint(["version_id"], ["terms_versions.id"], name=op.f("fk_acceptances_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptances")),
        sa.UniqueConstraint("version_id", "party_id", name=op.f("uq_acceptances_version_id_party_id")),
    )
    op.create_table(
        "briefs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_party_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("draft", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("platforms", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("niches", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True),
        sa.Column("head_count", sa.Integer(), nullable=False),
        sa.Column("apply_by", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple', title || ' ' || summary)", persisted=True),
            nullable=False,
        ),
        sa.CheckConstraint("state = 'draft' OR version_id IS NOT NULL", name=op.f("ck_briefs_version")),
        sa.CheckConstraint(
            "state IN ('draft','published','paused','closed','archived')",
            name=op.f("ck_briefs_state"),
        ),
        sa.ForeignKeyConstraint(["brand_party_id"], ["parties.id"], name=op.f("fk_briefs_brand_party_id")),
        sa.ForeignKeyConstraint(["version_id"], ["terms_versions.id"], name=op.f("fk_briefs_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefs")),
    )
    op.create_index(op.f("ix_briefs_brand_party_id"), "briefs", ["brand_party_id"], unique=False)
    op.create_index(
        "ix_briefs_open",
        "briefs",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'published' AND NOT private"),
    )
    op.create_index("ix_briefs_search", "briefs", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brief_id", sa.Uuid(), nullable=False),
        sa.Column("creator_party_id", sa.Uuid(), nullable=False),
        sa.Column("brand_party_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pitch", sa.String(), nullable=False),
        sa.Column("brief_version_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_version_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_by_party_id", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("decline_note", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft','submitted','shortlisted','offered','countered','accepted','declined','withdrawn','expired')",
            name=op.f("ck_applications_state"),
        ),
        sa.ForeignKeyConstraint(["brand_party_id"], ["parties.id"], name=op.f("fk_applications_brand_party_id")),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_applications_brief_id")),
        sa.ForeignKeyConstraint(
            ["brief_version_id"],
            ["terms_versions.id"],
            name=op.f("fk_applications_brief_version_id"),
        ),
        sa.ForeignKeyConstraint(["creator_party_id"], ["parties.id"], name=op.f("fk_applications_creator_party_id")),
        sa.ForeignKeyConstraint(
            ["proposal_version_id"],
            ["terms_versions.id"],
            name=op.f("fk_applications_proposal_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_party_id"],
            ["parties.id"],
            name=op.f("fk_applications_proposed_by_party_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
        sa.UniqueConstraint("brief_id", "creator_party_id", name=op.f("uq_applications_brief_id_creator_party_id")),
    )
    op.create_index(op.f("ix_applications_brand_party_id"), "applications", ["brand_party_id"], unique=False)
    op.create_index("ix_applications_brief", "applications", ["brief_id", "state", "submitted_at"], unique=False)
    op.create_index(op.f("ix_applications_creator_party_id"), "applications", ["creator_party_id"], unique=False)
    op.create_table(
        "brief_invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brief_id", sa.Uuid(), nullable=False),
        sa.Column("creator_party_id", sa.Uuid(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_brief_invites_brief_id")),
        sa.ForeignKeyConstraint(["creator_party_id"], ["parties.id"], name=op.f("fk_brief_invites_creator_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_invites")),
        sa.UniqueConstraint("brief_id", "creator_party_id", name=op.f("uq_brief_invites_brief_id_creator_party_id")),
    )
    op.create_index(
        op.f("ix_brief_invites_creator_party_id"),
        "brief_invites",
        ["creator_party_id"],
        unique=False,
    )
    op.create_table(
        "pending_applications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("brief_id", sa.Uuid(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_pending_applications_brief_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_applications")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_pending_applications_token_digest")),
    )
    op.create_table(
        "deals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("brief_id", sa.Uuid(), nullable=False),
        sa.Column("brand_party_id", sa.Uuid(), nullable=False),
        sa.Column("creator_party_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('signing','funding','active','completed','cancelled')",
            name=op.f("ck_deals_state"),
        ),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_deals_application_id")),
        sa.ForeignKeyConstraint(["brand_party_id"], ["parties.id"], name=op.f("fk_deals_brand_party_id")),
        sa.ForeignKeyConstraint(["brief_id"], ["briefs.id"], name=op.f("fk_deals_brief_id")),
        sa.ForeignKeyConstraint(["creator_party_id"], ["parties.id"], name=op.f("fk_deals_creator_party_id")),
        sa.ForeignKeyConstraint(["version_id"], ["terms_versions.id"], name=op.f("fk_deals_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deals")),
        sa.UniqueConstraint("application_id", name=op.f("uq_deals_application_id")),
    )
    op.create_index(op.f("ix_deals_brand_party_id"), "deals", ["brand_party_id"], unique=False)
    op.create_index(op.f("ix_deals_brief_id"), "deals", ["brief_id"], unique=False)
    op.create_index(op.f("ix_deals_creator_party_id"), "deals", ["creator_party_id"], unique=False)
    append_only("events", "terms_versions", "acceptances", "audience_snapshots")
