"""Money that comes back or is lost: recoveries, chargebacks, freezes, payouts at the bank, fee sweeps, how long money is held."""

import sqlalchemy as sa
from alembic import op

from migrations.helpers import append_only

revision = "0030"
down_revision = "0025"
branch_labels = None
depends_on = None


def moment(name: str, nullable: bool = False) -> sa.Column:
    """An aware instant."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def minor(name: str) -> sa.Column:
    """An amount in minor units."""
    return sa.Column(name, sa.BigInteger(), nullable=False)


def id_of(name: str, nullable: bool = False) -> sa.Column:
    """An id."""
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def text(name: str, nullable: bool = False) -> sa.Column:
    """Text."""
    return sa.Column(name, sa.String(), nullable=nullable)


def currency() -> sa.Column:
    """ISO 4217."""
    return sa.Column("currency", sa.CHAR(length=3), nullable=False)


def upgrade() -> None:
    _recoveries()
    _chargebacks()
    _banks()
    _changed()
    append_only("hold_notices")


def _recoveries() -> None:
    op.create_table(
        "recoveries",
        id_of("id"), text("request_key"), id_of("payout_id"), id_of("transfer_id"), id_of("lot_id"), id_of("subject_id"),
        id_of("payee_party_id"), minor("amount_minor"), minor("fee_minor"), currency(), text("reason"), text("purpose"),
        text("state"), text("how", True), text("stripe_id", True), moment("created_at"), moment("done_at", True),
        sa.CheckConstraint("state IN ('sending','done','owed','refused')", name=op.f("ck_recoveries_state")),
        sa.CheckConstraint("purpose IN ('refund','chargeback')", name=op.f("ck_recoveries_purpose")),
        sa.CheckConstraint("how IN ('unsent','reversal','receivable')", name=op.f("ck_recoveries_how")),
        sa.CheckConstraint(
            "amount_minor >= 0 AND fee_minor >= 0 AND amount_minor + fee_minor > 0", name=op.f("ck_recoveries_amounts")
        ),
        sa.ForeignKeyConstraint(["payout_id"], ["payouts.id"], name=op.f("fk_recoveries_payout_id")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_recoveries_transfer_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_recoveries_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
        sa.UniqueConstraint("request_key", "transfer_id", name=op.f("uq_recoveries_request_key_transfer_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_recoveries_stripe_id")),
    )  # fmt: skip
    for column in ("payout_id", "transfer_id", "lot_id", "subject_id", "payee_party_id"):
        op.create_index(op.f(f"ix_recoveries_{column}"), "recoveries", [column])


def _chargebacks() -> None:
    op.create_table(
        "chargebacks",
        id_of("id"), text("stripe_id"), id_of("lot_id"), id_of("subject_id"), id_of("payer_party_id"), minor("amount_minor"),
        currency(), text("reason"), text("state"), minor("withheld_minor"), minor("reinstated_minor"), minor("fee_minor"),
        minor("lost_minor"), moment("answer_by", True), text("evidence", True), moment("evidence_sent_at", True),
        id_of("evidence_by_user_id", True), moment("opened_at"), moment("closed_at", True),
        sa.CheckConstraint("state IN ('asked','open','answered','won','lost')", name=op.f("ck_chargebacks_state")),
        sa.CheckConstraint(
            "withheld_minor >= 0 AND reinstated_minor >= 0 AND lost_minor >= 0",
            name=op.f("ck_chargebacks_amounts"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_chargebacks_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargebacks")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_chargebacks_stripe_id")),
    )  # fmt: skip
    for column in ("lot_id", "subject_id", "payer_party_id"):
        op.create_index(op.f(f"ix_chargebacks_{column}"), "chargebacks", [column])
    op.create_table(
        "chargeback_holds",
        id_of("id"), id_of("chargeback_id"), id_of("subject_id"), id_of("reservation_id"), minor("amount_minor"),
        currency(), text("state"),
        sa.CheckConstraint("state IN ('held','freed','lost')", name=op.f("ck_chargeback_holds_state")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_chargeback_holds_positive")),
        sa.ForeignKeyConstraint(["chargeback_id"], ["chargebacks.id"], name=op.f("fk_chargeback_holds_chargeback_id")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["ledger_reservations.id"], name=op.f("fk_chargeback_holds_reservation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chargeback_holds")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_chargeback_holds_reservation_id")),
    )  # fmt: skip
    for column in ("chargeback_id", "subject_id"):
        op.create_index(op.f(f"ix_chargeback_holds_{column}"), "chargeback_holds", [column])
    op.create_table(
        "freezes",
        id_of("id"), id_of("subject_id"), text("why"), id_of("ref_id"), moment("began_at"), moment("lifted_at", True),
        sa.CheckConstraint("why IN ('chargeback','dispute')", name=op.f("ck_freezes_why")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freezes")),
    )  # fmt: skip
    op.create_index(op.f("ix_freezes_subject_id"), "freezes", ["subject_id"])
    standing = sa.text("lifted_at IS NULL")
    op.create_index("uq_freezes_standing", "freezes", ["ref_id", "subject_id"], unique=True, postgresql_where=standing)
    op.add_column("lot_draws", id_of("chargeback_id", True))
    op.create_foreign_key(op.f("fk_lot_draws_chargeback_id"), "lot_draws", "chargebacks", ["chargeback_id"], ["id"])
    op.create_index(op.f("ix_lot_draws_chargeback_id"), "lot_draws", ["chargeback_id"])
    op.drop_constraint(op.f("ck_lot_draws_one_purpose"), "lot_draws")
    one = "num_nonnulls(payout_id, refund_id, chargeback_id) = 1"
    op.create_check_constraint(op.f("ck_lot_draws_one_purpose"), "lot_draws", one)


def _banks() -> None:
    op.create_table(
        "bank_payouts",
        id_of("id"), text("stripe_id"), id_of("party_id"), minor("amount_minor"), currency(), text("state"),
        sa.Column("arrives_on", sa.Date(), nullable=False), text("failure", True), moment("created_at"),
        moment("ended_at", True),
        sa.CheckConstraint("state IN ('on_its_way','paid','failed','canceled')", name=op.f("ck_bank_payouts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_payouts")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_bank_payouts_stripe_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_bank_payouts_party_id"), "bank_payouts", ["party_id"])
    op.create_table(
        "sweeps",
        id_of("id"), minor("amount_minor"), currency(), text("state"), text("stripe_id", True),
        sa.Column("arrives_on", sa.Date(), nullable=True), text("failure", True), moment("created_at"),
        moment("ended_at", True),
        sa.CheckConstraint(
            "state IN ('sending','in_transit','paid','failed','refused')", name=op.f("ck_sweeps_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_sweeps_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_sweeps_stripe_id")),
    )  # fmt: skip
    under_way = sa.text("state IN ('sending','in_transit')")
    op.create_index("uq_sweeps_under_way", "sweeps", ["currency"], unique=True, postgresql_where=under_way)
    op.create_table(
        "hold_notices",
        id_of("lot_id"), text("step"), moment("at"),
        sa.CheckConstraint("step IN ('warned','due','expired','returned')", name=op.f("ck_hold_notices_step")),
        sa.ForeignKeyConstraint(["lot_id"], ["funding_lots.id"], name=op.f("fk_hold_notices_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", "step", name=op.f("pk_hold_notices")),
    )  # fmt: skip


def _changed() -> None:
    """Payouts and transfers can be taken back before they leave, and set off; accounts say why they wait."""
    op.drop_constraint(op.f("ck_payouts_state"), "payouts")
    op.create_check_constraint(
        op.f("ck_payouts_state"), "payouts", "state IN ('waiting_for_account','sending','stuck','paid','withdrawn')"
    )
    for column in ("netted_minor", "withdrawn_minor"):
        op.add_column("transfers", sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("transfers", column, server_default=None)
    op.add_column("transfers", id_of("bank_payout_id", True))
    op.create_foreign_key(op.f("fk_transfers_bank_payout_id"), "transfers", "bank_payouts", ["bank_payout_id"], ["id"])
    op.create_index(op.f("ix_transfers_bank_payout_id"), "transfers", ["bank_payout_id"])
    op.drop_constraint(op.f("ck_transfers_state"), "transfers")
    op.drop_constraint(op.f("ck_transfers_positive"), "transfers")
    op.create_check_constraint(
        op.f("ck_transfers_state"), "transfers", "state IN ('ready','sending','done','netted','withdrawn')"
    )
    op.create_check_constraint(
        op.f("ck_transfers_amounts"),
        "transfers",
        "amount_minor >= 0 AND netted_minor >= 0 AND withdrawn_minor >= 0"
        " AND amount_minor + netted_minor + withdrawn_minor > 0",
    )
    op.add_column("payout_accounts", text("capability", True))
    op.add_column("payout_accounts", text("bank_problem", True))
