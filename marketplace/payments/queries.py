"""Reading payments, always for a party (or for staff)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace import clock, db
from marketplace.accounts import queries as people
from marketplace.accounts.policy import is_staff
from marketplace.authz import Actor
from marketplace.money import Money
from marketplace.payments import audit, differences, direct, words
from marketplace.payments.models import (
    DirectPayment,
    Funding,
    Journal,
    Lot,
    Payout,
    Posting,
    Recovery,
    Refund,
    StripeOperation,
    WebhookEvent,
)
from marketplace.payments.states import FundingState, OperationState, PayoutState, RefundState, WebhookState


@dataclass(frozen=True)
class SubjectLine:
    """What a brand paid for one thing and where it is now. `fee` is the platform's, taken out of `released`.

    What was taken back of a release counts as refunded, not as released; `lost` went back through the card's bank.
    """

    subject_id: UUID
    title: str
    funded: Money
    protected: Money
    released: Money
    fee: Money
    refunded: Money
    lost: Money
    last: datetime


def own_funding(actor: Actor, funding_id: UUID) -> Funding | None:
    """A payment of the actor's party."""
    statement = sa.select(Funding).where(Funding.id == funding_id, Funding.payer_party_id == actor.party_id)
    return db.session.scalar(statement)


def visible_payout(actor: Actor, payout_id: UUID) -> Payout | None:
    """A payout to the actor's party, or any for staff."""
    statement = sa.select(Payout).where(Payout.id == payout_id).options(selectinload(Payout.transfers))
    if not is_staff(actor):
        statement = statement.where(Payout.payee_party_id == actor.party_id)
    return db.session.scalar(statement)


def any_payout(actor: Actor, payout_id: UUID) -> Payout | None:
    """A payout, for staff; for others there is none."""
    return visible_payout(actor, payout_id) if is_staff(actor) else None


def own_subject(actor: Actor, subject_id: UUID) -> SubjectLine | None:
    """What the actor's party paid for one subject."""
    return next((line for line in subjects(actor.party_id) if line.subject_id == subject_id), None)


def visible_direct(actor: Actor, direct_payment_id: UUID) -> DirectPayment | None:
    """A payment made outside that the actor's party made or got, or any for staff."""
    statement = _direct().where(DirectPayment.id == direct_payment_id)
    if not is_staff(actor):
        sides = (DirectPayment.payer_party_id, DirectPayment.payee_party_id)
        statement = statement.where(sa.or_(*(side == actor.party_id for side in sides)))
    return db.session.scalar(statement)


def direct_payments(*, payee: UUID | None = None, payer: UUID | None = None) -> dict[str, Any]:
    """What one side got or paid outside, newest first, with how much of it has arrived. It is in no other total."""
    mine = DirectPayment.payee_party_id == payee if payee else DirectPayment.payer_party_id == payer
    rows = list(db.session.scalars(_direct().where(mine).order_by(DirectPayment.id.desc()).limit(200)))
    names = {row.id: row.name for row in people.parties({row.payee_party_id for row in rows})}
    return {"direct": rows, "direct_arrived": _arrived(mine), "payees": names, "state_of_direct": words.state_of_direct}


def _direct() -> sa.Select[DirectPayment]:
    return sa.select(DirectPayment).options(selectinload(DirectPayment.answers))


def _arrived(mine: sa.ColumnElement[bool]) -> Money:
    subjects = db.session.scalars(sa.select(DirectPayment.subject_id).where(mine).distinct())
    return Money(sum(direct.arrived(list(subjects)).values()), currency())


def currency() -> str:
    """The instance's settlement currency."""
    instance = people.instance()
    return instance.currency if instance else "USD"


def waiting(party_id: UUID) -> Money | None:
    """What waits for a party's payout account; None when nothing does."""
    total = _by_state(party_id).get(PayoutState.WAITING)
    return total or None


def earnings(party_id: UUID) -> dict[str, Any]:
    """A creator's totals by state and her payouts, newest first."""
    totals, zero = _by_state(party_id), Money.zero(currency())
    back = sa.select(sa.func.coalesce(sa.func.sum(Recovery.amount_minor), 0)).where(
        Recovery.payee_party_id == party_id, Recovery.currency == currency(), Recovery.state.in_(["done", "owed"])
    )
    rows = db.session.scalars(
        sa.select(Payout).where(Payout.payee_party_id == party_id).order_by(Payout.id.desc()).limit(200)
    ).all()
    return {
        "paid": totals.get(PayoutState.PAID, zero),
        "on_its_way": totals.get(PayoutState.SENDING, zero),
        "waits": totals.get(PayoutState.WAITING, zero),
        "stopped": totals.get(PayoutState.STUCK, zero),
        "taken_back": Money(int(db.session.scalar(back) or 0), currency()),
        "payouts": rows,
        "titles": titles({row.subject_id for row in rows}),
    }


def _by_state(party_id: UUID) -> dict[str, Money]:
    rows = db.session.execute(
        sa.select(Payout.state, sa.func.sum(Payout.amount_minor))
        .where(Payout.payee_party_id == party_id, Payout.currency == currency())
        .group_by(Payout.state)
    )
    return {state: Money(int(total), currency()) for state, total in rows}


def titles(subject_ids: set[UUID]) -> dict[UUID, str]:
    """What each subject was called when it was first paid for."""
    rows = db.session.execute(
        sa.select(Funding.subject_id, Funding.description)
        .where(Funding.subject_id.in_(subject_ids))
        .order_by(Funding.id.desc())
    )
    return {row.subject_id: row.description for row in rows}


def subjects(payer_party_id: UUID | None) -> list[SubjectLine]:
    """Everything a brand has paid for, latest payment first."""
    rows = db.session.execute(
        sa.text("""
        WITH mine AS (
            SELECT subject_id, currency, max(created_at) AS last,
                   (array_agg(description ORDER BY id))[1] AS title
            FROM fundings WHERE payer_party_id = :party AND state = 'funded' GROUP BY subject_id, currency)
        SELECT m.*,
            (SELECT coalesce(sum(l.amount_minor), 0) FROM funding_lots l
             WHERE l.subject_id = m.subject_id AND l.currency = m.currency) AS funded,
            (SELECT coalesce(sum(p.amount_minor + p.fee_minor), 0) FROM payouts p
             WHERE p.subject_id = m.subject_id AND p.currency = m.currency) - (
             SELECT coalesce(sum(v.amount_minor + v.fee_minor), 0) FROM recoveries v WHERE v.subject_id = m.subject_id
             AND v.currency = m.currency AND v.purpose = 'refund' AND v.state IN ('done', 'owed')) AS released,
            (SELECT coalesce(sum(p.fee_minor), 0) FROM payouts p
             WHERE p.subject_id = m.subject_id AND p.currency = m.currency) - (
             SELECT coalesce(sum(v.fee_minor), 0) FROM recoveries v WHERE v.subject_id = m.subject_id
             AND v.currency = m.currency AND v.purpose = 'refund' AND v.state IN ('done', 'owed')) AS fee,
            (SELECT coalesce(sum(h.amount_minor), 0) FROM chargeback_holds h WHERE h.subject_id = m.subject_id
             AND h.currency = m.currency AND h.state = 'lost') AS lost,
            (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
             WHERE r.subject_id = m.subject_id AND r.currency = m.currency AND r.state <> 'refused') AS refunded
        FROM mine m ORDER BY m.last DESC"""),
        {"party": payer_party_id},
    )
    return [
        SubjectLine(
            row.subject_id,
            row.title,
            Money(int(row.funded), row.currency),
            Money(int(row.funded - row.released - row.refunded - row.lost), row.currency),
            Money(int(row.released), row.currency),
            Money(int(row.fee), row.currency),
            Money(int(row.refunded), row.currency),
            Money(int(row.lost), row.currency),
            row.last,
        )
        for row in rows
    ]


def open_fundings(payer_party_id: UUID | None) -> list[Funding]:
    """Payment pages a brand opened and has not paid on."""
    statement = sa.select(Funding).where(
        Funding.payer_party_id == payer_party_id, Funding.state.in_([FundingState.BEGUN, FundingState.OPEN])
    )
    return list(db.session.scalars(statement.order_by(Funding.id.desc())))


def fundings_of(subject_id: UUID) -> list[Funding]:
    """The payments for a subject that came, oldest first."""
    statement = sa.select(Funding).where(Funding.subject_id == subject_id, Funding.state == FundingState.FUNDED)
    return list(db.session.scalars(statement.options(selectinload(Funding.lots)).order_by(Funding.id)))


def payouts_of(subject_id: UUID) -> list[Payout]:
    """The releases from a subject, oldest first."""
    return list(db.session.scalars(sa.select(Payout).where(Payout.subject_id == subject_id).order_by(Payout.id)))


def refunds_of(subject_id: UUID) -> list[Refund]:
    """The refunds of a subject, oldest first."""
    return list(db.session.scalars(sa.select(Refund).where(Refund.subject_id == subject_id).order_by(Refund.id)))


def journals_of_payout(payout: Payout) -> list[Journal]:
    """Every journal of a payout with its legs, in the order booked."""
    told = Journal.evidence["payout_id"].astext == str(payout.id)
    ids = sa.select(Journal.id).where(Journal.subject_id == payout.subject_id, told)
    statement = sa.select(Journal).where(sa.or_(Journal.id.in_(ids), Journal.reverses_id.in_(ids)))
    legs = selectinload(Journal.postings).selectinload(Posting.account)
    return list(db.session.scalars(statement.options(legs).order_by(Journal.number)))


def charge_of(lot_id: UUID) -> Lot | None:
    """The lot a transfer draws on."""
    return db.session.get(Lot, lot_id)


def staff_ledger() -> dict[str, Any]:
    """What staff need to see when money is not where it should be."""
    unsettled = sa.select(StripeOperation).where(
        StripeOperation.state.in_([OperationState.UNKNOWN, OperationState.REFUSED])
    )
    return {
        "run": audit.last_run(),
        "checks": list(audit.all_checks()),
        "halt": audit.standing_halt(),
        "operations": db.session.scalars(unsettled.order_by(StripeOperation.created_at).limit(100)).all(),
        "parked": db.session.scalars(
            sa.select(WebhookEvent).where(WebhookEvent.state == WebhookState.PARKED).limit(100)
        ).all(),
        "stuck": db.session.scalars(
            sa.select(Payout).where(Payout.state == PayoutState.STUCK).order_by(Payout.id).limit(100)
        ).all(),
        "unrefunded": db.session.scalars(
            sa.select(Refund).where(Refund.state == RefundState.SENDING).order_by(Refund.id).limit(100)
        ).all(),
        "differences": len(differences.standing()),
    }


def staff_stripe() -> dict[str, Any]:
    """What the last comparisons with Stripe found, and which messages had to be fetched."""
    runs = differences.last_runs()
    whole = next((run for run in runs if run.balances), None)
    fetched = (
        sa.select(WebhookEvent)
        .where(WebhookEvent.fetched, WebhookEvent.received_at >= clock.now() - differences.SHOWN_AFTER)
        .order_by(WebhookEvent.received_at.desc(), WebhookEvent.id)
        .limit(50)
    )
    return {
        "standing": differences.standing(),
        "ended": differences.ended(),
        "run": runs[0] if runs else None,
        "balances": _balances(whole.balances) if whole else [],
        "balances_at": whole.ended_at if whole else None,
        "fetched": db.session.scalars(fetched).all(),
    }


def _balances(lines: dict[str, Any]) -> list[dict[str, Any]]:
    """Both sides by currency, as rows: available, pending, together."""
    rows = []
    for code, line in lines.items():
        (there, soon_there), (here, soon_here) = line["there"], line["here"]
        parts = {
            "available": (there, here),
            "pending": (soon_there, soon_here),
            "together": (there + soon_there, here + soon_here),
        }
        rows += [
            {"what": what, "there": Money(a, code), "here": Money(b, code), "apart": Money(abs(a - b), code)}
            for what, (a, b) in parts.items()
        ]
        rows[-1] |= {"explained": Money(line["explained"], code), "left": Money(line["left"], code)}
    return rows


def any_journal(actor: Actor, journal_id: UUID) -> Journal | None:
    """A journal with its postings, for staff; for others there is none."""
    legs = selectinload(Journal.postings).selectinload(Posting.account)
    found = db.session.scalar(sa.select(Journal).where(Journal.id == journal_id).options(legs))
    return found if is_staff(actor) else None


def any_operation(actor: Actor, operation_id: UUID) -> StripeOperation | None:
    """A call to Stripe, for staff; for others there is none."""
    return db.session.get(StripeOperation, operation_id) if is_staff(actor) else None
