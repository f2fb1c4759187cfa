"""What waits for staff who rule on money, read in one place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.money import Money
from marketplace.payments import queries
from marketplace.payments.guards import withdrawals
from marketplace.payments.losses import hold_age, returned
from marketplace.payments.models import Chargeback, ChargebackHold, Lot, Payout, Recovery, Transfer
from marketplace.payments.money_out import sweep_fees

SHOWN = 50
LATELY = 20  # releases; older ones are found from their payee, deal or program


def overview() -> dict[str, Any]:
    """Chargebacks, money held for long, what was released lately, recoveries that Stripe refused, and the fees."""
    currency = queries.currency()
    charged_back, released, back = chargebacks(), lately_released(), returned.waiting()
    held, looked_at = hold_age.held(), withdrawals.waiting()
    payouts = [*released, *(row for row, _review in looked_at)]
    subjects = {row.subject_id for rows in (charged_back, payouts, back) for row in rows}
    parties = {row.payer_party_id for rows in (charged_back, back) for row in rows}
    parties |= {row.payee_party_id for row in payouts} | {one.payer for one in held}
    return {
        "chargebacks": charged_back,
        "held": held,
        "came_back": back,
        "released": released,
        "looked_at": looked_at,
        "refused": db.session.scalars(sa.select(Recovery).where(Recovery.state == "refused").limit(SHOWN)).all(),
        "titles": queries.titles(subjects),
        "names": _names(parties),
        "fees": fees(currency),
        "sweeps": sweep_fees.latest(currency),
    }


def fees(currency: str) -> dict[str, Any]:
    """What lies at Stripe, what of it is owed to others, what was earned and left, and what may leave now."""
    held = sweep_fees.balances(currency)

    def money(*kinds: str) -> Money:
        return Money(sum(held.get(kind, 0) for kind in kinds), currency)

    return {
        "available": money("stripe_available"),
        "pending": money("stripe_pending"),
        "owed": money(*sweep_fees.OWED),
        "earned": money("fee_revenue"),
        "own": money("own_funds"),
        "costs": money("stripe_fees", "chargeback_losses", "write_off"),
        "advanced": money("receivable", "chargeback_withheld"),
        "bank": money("bank", "bank_transit"),
        "sweepable": sweep_fees.sweepable(currency),
        "under_way": sweep_fees.under_way(currency),
    }


def chargebacks() -> list[Chargeback]:
    """The latest chargebacks, those without a decision first."""
    undecided = Chargeback.state.in_(["asked", "open", "answered"])
    query = sa.select(Chargeback).order_by(undecided.desc(), Chargeback.answer_by, Chargeback.id.desc())
    return list(db.session.scalars(query.limit(SHOWN)))


def chargeback(actor: Actor, chargeback_id: UUID) -> Chargeback | None:
    """A chargeback, for staff; for others there is none."""
    return db.session.get(Chargeback, chargeback_id) if actor.is_a("operator") else None


def payouts_of_charge(row: Chargeback) -> list[Payout]:
    """The payouts that drew on a charged-back payment, oldest first."""
    ids = sa.select(Transfer.payout_id).where(Transfer.lot_id == row.lot_id)
    return list(db.session.scalars(sa.select(Payout).where(Payout.id.in_(ids)).order_by(Payout.id)))


def held_subjects(row: Chargeback) -> list[UUID]:
    """The subjects whose protected money a chargeback held."""
    query = sa.select(ChargebackHold.subject_id).where(ChargebackHold.chargeback_id == row.id)
    return list(db.session.scalars(query.order_by(ChargebackHold.id)))


def lot_of(row: Chargeback) -> Lot:
    """The payment a chargeback is about."""
    return db.session.get_one(Lot, row.lot_id)


def lately_released() -> list[Payout]:
    """The latest payouts, newest first; not by id, since imported history is written later than it happened."""
    return list(db.session.scalars(sa.select(Payout).order_by(Payout.created_at.desc(), Payout.id.desc()).limit(LATELY)))


def of_subject(subject_id: UUID) -> list[Chargeback]:
    """The chargebacks on payments for a subject, or that held some of its money, oldest first."""
    held = sa.select(ChargebackHold.chargeback_id).where(ChargebackHold.subject_id == subject_id)
    mine = sa.or_(Chargeback.subject_id == subject_id, Chargeback.id.in_(held))
    query = sa.select(Chargeback).where(mine).order_by(Chargeback.id)
    return list(db.session.scalars(query))


def _names(ids: set[UUID]) -> dict[UUID, str]:
    rows = db.session.execute(sa.select(Party.id, Party.name).where(Party.id.in_(ids)))
    return {row.id: row.name for row in rows}
