"""Programs, links, clicks, orders, commission lines and statements."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.helpers import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Trusted since PostgreSQL 13: the owner of the database may create it. For the codes' intervals.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "programs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("brand_party_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("payout_minimum_minor", sa.BigInteger(), nullable=False),
        sa.Column("statement_day", sa.Integer(), nullable=False),
        sa.Column("joining", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("consent IN ('required','not_required')", name=op.f("ck_programs_consent")),
        sa.CheckConstraint("joining IN ('open','approval','invited')", name=op.f("ck_programs_joining")),
        sa.CheckConstraint("state IN ('open','closed')", name=op.f("ck_programs_state")),
        sa.CheckConstraint("payout_minimum_minor >= 0", name=op.f("ck_programs_payout_minimum")),
        sa.CheckConstraint("statement_day BETWEEN 1 AND 28", name=op.f("ck_programs_statement_day")),
        sa.ForeignKeyConstraint(["brand_party_id"], ["parties.id"], name=op.f("fk_programs_brand_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programs")),
        sa.UniqueConstraint("slug", name=op.f("uq_programs_slug")),
    )
    op.create_index(op.f("ix_programs_brand_party_id"), "programs", ["brand_party_id"], unique=False)
    op.create_table(
        "program_closes",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_program_closes_program_id")),
        sa.PrimaryKeyConstraint("program_id", "period_start", name=op.f("pk_program_closes")),
    )
    op.create_table(
        "shops",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_shops_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops")),
    )
    op.create_index(op.f("ix_shops_program_id"), "shops", ["program_id"], unique=False)
    op.create_table(
        "inbound_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_event_id", sa.String(), nullable=False),
        sa.Column("order_number", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("response", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('accepted','duplicate_order','known','waiting','refused')",
            name=op.f("ck_inbound_events_verdict"),
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_inbound_events_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_events")),
        sa.UniqueConstraint(
            "shop_id", "source", "source_event_id", name=op.f("uq_inbound_events_shop_id_source_source_event_id")
        ),
    )
    op.create_index(
        "ix_inbound_events_open",
        "inbound_events",
        ["shop_id", "id"],
        unique=False,
        postgresql_where=sa.text("verdict IS NULL"),
    )
    op.create_index(
        "ix_inbound_events_waiting",
        "inbound_events",
        ["shop_id", "order_number"],
        unique=False,
        postgresql_where=sa.text("verdict = 'waiting'"),
    )
    op.create_table(
        "order_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('checked','importing','imported')", name=op.f("ck_order_imports_state")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_order_imports_file_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_order_imports_program_id")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_order_imports_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_imports")),
    )
    op.create_index(op.f("ix_order_imports_program_id"), "order_imports", ["program_id"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("customer", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_orders_program_id")),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_orders_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("shop_id", "number", name=op.f("uq_orders_shop_id_number")),
    )
    op.create_index("ix_orders_program", "orders", ["program_id", "placed_at", "id"], unique=False)
    op.create_table(
        "program_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("window_seconds", sa.Integer(), nullable=False),
        sa.Column("code_policy", sa.String(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code_policy IN ('code_wins','link_wins')", name=op.f("ck_program_terms_code_policy")),
        sa.CheckConstraint(
            "model IN ('last_touch','first_touch','linear','position','time_decay','code_first')",
            name=op.f("ck_program_terms_model"),
        ),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 365", name=op.f("ck_program_terms_hold_days")),
        sa.CheckConstraint("window_seconds > 0", name=op.f("ck_program_terms_window")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_program_terms_program_id")),
        sa.ForeignKeyConstraint(["version_id"], ["terms_versions.id"], name=op.f("fk_program_terms_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_terms")),
        sa.UniqueConstraint("program_id", "number", name=op.f("uq_program_terms_program_id_number")),
    )
    op.create_table(
        "shop_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["shop_id"], ["shops.id"], name=op.f("fk_shop_keys_shop_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_keys")),
        sa.UniqueConstraint("key", name=op.f("uq_shop_keys_key")),
    )
    op.create_index(op.f("ix_shop_keys_shop_id"), "shop_keys", ["shop_id"], unique=False)
    op.create_table(
        "conversions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('order')", name=op.f("ck_conversions_kind")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_conversions_order_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_conversions_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversions")),
        sa.UniqueConstraint("order_id", name=op.f("uq_conversions_order_id")),
    )
    op.create_index(op.f("ix_conversions_program_id"), "conversions", ["program_id"], unique=False)
    op.create_table(
        "inbound_conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inbound_event_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["inbound_event_id"], ["inbound_events.id"], name=op.f("fk_inbound_conflicts_inbound_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_conflicts")),
    )
    op.create_index(
        op.f("ix_inbound_conflicts_inbound_event_id"), "inbound_conflicts", ["inbound_event_id"], unique=False
    )
    op.create_table(
        "order_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("source_event_id", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('paid','edited','partly_refunded','refunded','cancelled','disputed','dispute_won','dispute_lost','refund_failed')",
            name=op.f("ck_order_events_kind"),
        ),
        sa.CheckConstraint("amount_minor >= 0 AND shipping_minor >= 0", name=op.f("ck_order_events_amounts")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_events_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
        sa.UniqueConstraint("order_id", "source_event_id", name=op.f("uq_order_events_order_id_source_event_id")),
    )
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_order_lines")),
    )
    op.create_table(
        "attribution_decisions",
        sa.Column("conversion_id", sa.Uuid(), nullable=False),
        sa.Column("program_terms_id", sa.Uuid(), nullable=False),
        sa.Column("touches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shares", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversion_id"], ["conversions.id"], name=op.f("fk_attribution_decisions_conversion_id")
        ),
        sa.ForeignKeyConstraint(
            ["program_terms_id"], ["program_terms.id"], name=op.f("fk_attribution_decisions_program_terms_id")
        ),
        sa.PrimaryKeyConstraint("conversion_id", name=op.f("pk_attribution_decisions")),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("creator_party_id", sa.Uuid(), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gaps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('pending','active','paused','ended')", name=op.f("ck_enrolments_state")),
        sa.ForeignKeyConstraint(["creator_party_id"], ["parties.id"], name=op.f("fk_enrolments_creator_party_id")),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name=op.f("fk_enrolments_deal_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_enrolments_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("program_id", "creator_party_id", name=op.f("uq_enrolments_program_id_creator_party_id")),
    )
    op.create_index(op.f("ix_enrolments_creator_party_id"), "enrolments", ["creator_party_id"], unique=False)
    op.create_table(
        "discount_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("program_id"), "="),
            (sa.text("code"), "="),
            (sa.text("tstzrange(valid_from, valid_until)"), "&&"),
            using="gist",
            name="ex_discount_codes_interval",
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_discount_codes_interval")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_discount_codes_enrolment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_discount_codes_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discount_codes")),
    )
    op.create_index(op.f("ix_discount_codes_enrolment_id"), "discount_codes", ["enrolment_id"], unique=False)
    op.create_table(
        "enrolment_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("program_terms_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("hold_days BETWEEN 0 AND 365", name=op.f("ck_enrolment_terms_hold_days")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_enrolment_terms_enrolment_id")),
        sa.ForeignKeyConstraint(
            ["program_terms_id"], ["program_terms.id"], name=op.f("fk_enrolment_terms_program_terms_id")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["terms_versions.id"], name=op.f("fk_enrolment_terms_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_terms")),
    )
    op.create_index(op.f("ix_enrolment_terms_enrolment_id"), "enrolment_terms", ["enrolment_id"], unique=False)
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("earned_minor", sa.BigInteger(), nullable=False),
        sa.Column("adjustments_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("releasable_minor", sa.BigInteger(), nullable=False),
        sa.Column("carried_forward_minor", sa.BigInteger(), nullable=False),
        sa.Column("in_payout_minor", sa.BigInteger(), nullable=False),
        sa.Column("refused_count", sa.Integer(), nullable=False),
        sa.Column("refused_base_minor", sa.BigInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("lines_digest", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("previous_digest", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "held_minor + releasable_minor + carried_forward_minor + in_payout_minor = closing_minor",
            name=op.f("ck_statements_closing_parts"),
        ),
        sa.CheckConstraint(
            "opening_minor + earned_minor + adjustments_minor - paid_minor = closing_minor",
            name=op.f("ck_statements_adds_up"),
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_statements_enrolment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_statements_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f("uq_statements_enrolment_id_number")),
        sa.UniqueConstraint("enrolment_id", "period_start", name=op.f("uq_statements_enrolment_id_period_start")),
    )
    op.create_index("ix_statements_program", "statements", ["program_id", "period_start"], unique=False)
    op.create_table(
        "tracking_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("sub_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_tracking_links_enrolment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_tracking_links_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_links")),
        sa.UniqueConstraint("slug", name=op.f("uq_tracking_links_slug")),
    )
    op.create_index(op.f("ix_tracking_links_enrolment_id"), "tracking_links", ["enrolment_id"], unique=False)
    op.create_index(op.f("ix_tracking_links_program_id"), "tracking_links", ["program_id"], unique=False)
    op.create_table(
        "clicks",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sub_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("referrer_host", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("browser", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("label IN ('','bot','prefetch','head','inactive')", name=op.f("ck_clicks_label")),
        sa.ForeignKeyConstraint(["link_id"], ["tracking_links.id"], name=op.f("fk_clicks_link_id")),
        sa.PrimaryKeyConstraint("link_id", "id", name=op.f("pk_clicks")),
    )
    op.create_index(
        "ix_clicks_browser",
        "clicks",
        ["program_id", "browser"],
        unique=False,
        postgresql_where=sa.text("browser IS NOT NULL"),
    )
    op.create_index("ix_clicks_enrolment", "clicks", ["enrolment_id", "occurred_at"], unique=False)
    op.create_table(
        "lines",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("conversion_id", sa.Uuid(), nullable=False),
        sa.Column("order_event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rate_bps", sa.Integer(), nullable=True),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("program_terms_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_terms_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("releases_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('commission','refund','edit','chargeback','reinstatement','clawback','bonus','correction')",
            name=op.f("ck_lines_kind"),
        ),
        sa.CheckConstraint("reason = 'credited' OR amount_minor = 0", name=op.f("ck_lines_refused_is_zero")),
        sa.CheckConstraint(
            "reason IN ('credited','outside_window','other_affiliate','self_referral','cap_reached','not_enrolled','code_expired','bot','duplicate_order','excluded_product','held_for_review','returning_customer')",
            name=op.f("ck_lines_reason"),
        ),
        sa.ForeignKeyConstraint(["conversion_id"], ["conversions.id"], name=op.f("fk_lines_conversion_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "parent_id"],
            ["lines.enrolment_id", "lines.id"],
            name=op.f("fk_lines_enrolment_id_parent_id"),
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_lines_enrolment_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_terms_id"], ["enrolment_terms.id"], name=op.f("fk_lines_enrolment_terms_id")
        ),
        sa.ForeignKeyConstraint(["order_event_id"], ["order_events.id"], name=op.f("fk_lines_order_event_id")),
        sa.ForeignKeyConstraint(["program_terms_id"], ["program_terms.id"], name=op.f("fk_lines_program_terms_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "id", name=op.f("pk_lines")),
    )
    op.create_index(op.f("ix_lines_conversion_id"), "lines", ["conversion_id"], unique=False)
    op.create_index("ix_lines_program", "lines", ["program_id", "posted_at"], unique=False)
    op.create_index(
        "ix_lines_statement",
        "lines",
        ["enrolment_id", "currency", "posted_at", "id"],
        unique=False,
        postgresql_include=["amount_minor", "kind", "reason", "releases_at"],
    )
    op.create_table(
        "release_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_release_batches_amount")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_release_batches_enrolment_id")),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_release_batches_program_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_release_batches_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_batches")),
        sa.UniqueConstraint("payout_id", name=op.f("uq_release_batches_payout_id")),
        sa.UniqueConstraint("statement_id", name=op.f("uq_release_batches_statement_id")),
    )
    op.create_index(op.f("ix_release_batches_enrolment_id"), "release_batches", ["enrolment_id"], unique=False)
    op.create_index(op.f("ix_release_batches_program_id"), "release_batches", ["program_id"], unique=False)
    op.create_table(
        "batch_payments",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["release_batches.id"], name=op.f("fk_batch_payments_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch_payments")),
    )
    op.create_table(
        "line_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('dispute','review')", name=op.f("ck_line_holds_reason")),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "line_id"],
            ["lines.enrolment_id", "lines.id"],
            name=op.f("fk_line_holds_enrolment_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_holds")),
        sa.UniqueConstraint(
            "enrolment_id", "line_id", "reference", name=op.f("uq_line_holds_enrolment_id_line_id_reference")
        ),
    )
    op.create_table(
        "released_lines",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["release_batches.id"], name=op.f("fk_released_lines_batch_id")),
        sa.ForeignKeyConstraint(
            ["enrolment_id", "line_id"],
            ["lines.enrolment_id", "lines.id"],
            name=op.f("fk_released_lines_enrolment_id_line_id"),
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "line_id", name=op.f("pk_released_lines")),
    )
    op.create_index(op.f("ix_released_lines_batch_id"), "released_lines", ["batch_id"], unique=False)
    op.create_table(
        "line_hold_ends",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["line_holds.id"], name=op.f("fk_line_hold_ends_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_line_hold_ends")),
    )
    append_only(
        "program_terms",
        "enrolment_terms",
        "clicks",
        "inbound_conflicts",
        "orders",
        "order_lines",
        "order_events",
        "conversions",
        "attribution_decisions",
        "lines",
        "line_holds",
        "line_hold_ends",
        "program_closes",
        "statements",
        "release_batches",
        "released_lines",
        "batch_payments",
    )
