"""Reading payments, always for a party (or for staff)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace import clock, db
from marketplace.accounts import queries as people
from marketplace.accounts.models import User
from marketplace.accounts.policy import is_staff
from marketplace.authz import Actor
from marketplace.money import Money
from marketplace.payments import called as names
from marketplace.payments import words
from marketplace.payments.books import audit
from marketplace.payments.models import (
    Allocation,
    CardSetup,
    DirectPayment,
    Funding,
    Journal,
    Lot,
    Payout,
    Posting,
    Refund,
    StripeOperation,
    WebhookEvent,
)
from marketplace.payments.paid_directly import direct
from marketplace.payments.reconciliation import differences
from marketplace.payments.states import FundingState, OperationState, PayoutState, RefundState, WebhookState

RELEASES = 12  # of a subject, on a page


@dataclass(frozen=True)
class SubjectLine:
    """What a brand paid for one thing and where it is now. `fee` is the platform's, taken out of `released`.

    `funded` counts what came from a budget of the brand's; `moved` is what this subject handed on to others.
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
    moved: Money
    last: datetime


@dataclass(frozen=True)
class Budget:
    """What is protected for a subject and free to use, and what a bank has been asked for."""

    held: Money
    at_the_bank: Money


def own_funding(actor: Actor, funding_id: UUID) -> Funding | None:
    """A payment of the actor's party."""
    statement = sa.select(Funding).where(Funding.id == funding_id, Funding.payer_party_id == actor.party_id)
    return db.session.scalar(statement)


def own_setup(actor: Actor, setup_id: UUID) -> CardSetup | None:
    """A visit of the actor's party to the page that saves a card."""
    statement = sa.select(CardSetup).where(CardSetup.id == setup_id, CardSetup.payer_party_id == actor.party_id)
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
    total = by_state(party_id).get(PayoutState.WAITING)
    return total or None


def by_state(party_id: UUID) -> dict[str, Money]:
    """What a party's payouts sum to, by their state."""
    rows = db.session.execute(
        sa.select(Payout.state, sa.func.sum(Payout.amount_minor))
        .where(Payout.payee_party_id == party_id, Payout.currency == currency())
        .group_by(Payout.state)
    )
    return {state: Money(int(total), currency()) for state, total in rows}


def titles(subject_ids: set[UUID]) -> dict[UUID, str]:
    """What each subject was called when it was first paid for."""
    moved = sa.select(Allocation.to_subject_id, Allocation.description, Allocation.id).where(
        Allocation.to_subject_id.in_(subject_ids)
    )
    paid = sa.select(Funding.subject_id.label("subject_id"), Funding.description, Funding.id).where(
        Funding.subject_id.in_(subject_ids)
    )
    both = sa.union_all(paid, moved).subquery()
    rows = db.session.execute(sa.select(both.c.subject_id, both.c.description).order_by(both.c.id.desc()))
    return {row.subject_id: row.description for row in rows}


def called(subject_ids: set[UUID]) -> dict[UUID, str]:
    """The same for the payer, who may have several deals of one name: each with whom it is with."""
    return names.named(titles(subject_ids))


def subjects(payer_party_id: UUID | None) -> list[SubjectLine]:
    """Everything a brand has paid for, latest payment first."""
    rows = db.session.execute(
        sa.text("""
        WITH paid AS (
            SELECT subject_id, currency, created_at, description, id FROM fundings
            WHERE payer_party_id = :party AND state = 'funded'
            UNION ALL SELECT to_subject_id, currency, created_at, description, id FROM allocations
            WHERE payer_party_id = :party),
        mine AS (
            SELECT subject_id, currency, max(created_at) AS last, (array_agg(description ORDER BY id))[1] AS title
            FROM paid GROUP BY subject_id, currency)
        SELECT m.*,
            (SELECT coalesce(sum(l.amount_minor), 0) FROM funding_lots l
             WHERE l.subject_id = m.subject_id AND l.currency = m.currency) AS paid,
            (SELECT coalesce(sum(a.amount_minor), 0) FROM allocations a
             WHERE a.to_subject_id = m.subject_id AND a.currency = m.currency) AS got,
            (SELECT coalesce(sum(a.amount_minor), 0) FROM allocations a
             WHERE a.from_subject_id = m.subject_id AND a.currency = m.currency) AS moved,
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
             WHERE r.subject_id = m.subject_id AND r.currency = m.currency AND r.state NOT IN ('refused', 'again')) AS refunded
        FROM mine m ORDER BY m.last DESC"""),
        {"party": payer_party_id},
    )
    found = list(rows)
    titled = names.named({row.subject_id: row.title for row in found})
    return [_line(row, titled[row.subject_id]) for row in found]


def _line(row: Any, title: str) -> SubjectLine:
    """What came back from a subject is less handed on, or more got: the two are set off so that no amount is negative."""

    def money(minor: Any) -> Money:
        return Money(int(minor), row.currency)

    back = min(row.got, row.moved)
    funded = row.paid + row.got - back
    moved = row.moved - back
    return SubjectLine(
        row.subject_id, title, money(funded), money(funded - row.released - row.refunded - row.lost - moved),
        money(row.released), money(row.fee), money(row.refunded), money(row.lost), money(moved), row.last,
    )  # fmt: skip


def budgets(subject_ids: Iterable[UUID]) -> dict[UUID, Budget]:
    """The budgets of many subjects in one query, in the instance's currency."""
    rows = db.session.execute(
        sa.text("""
        SELECT s.id,
            (SELECT coalesce(sum(CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END), 0)
             FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id
             WHERE a.subject_id = s.id AND a.kind = 'protected' AND a.currency = :currency)
            - (SELECT coalesce(sum(r.amount_minor), 0) FROM ledger_accounts a
             JOIN ledger_reservations r ON r.account_id = a.id
             LEFT JOIN ledger_reservation_ends e ON e.reservation_id = r.id
             WHERE a.subject_id = s.id AND a.kind = 'protected' AND a.currency = :currency
                 AND e.reservation_id IS NULL) AS held,
            (SELECT coalesce(sum(amount_minor), 0) FROM fundings
             WHERE subject_id = s.id AND state = 'pending' AND currency = :currency) AS at_the_bank
        FROM unnest(CAST(:ids AS uuid[])) AS s (id)"""),
        {"ids": list(subject_ids), "currency": currency()},
    )
    return {row.id: Budget(Money(int(row.held), currency()), Money(int(row.at_the_bank), currency())) for row in rows}


def open_fundings(payer_party_id: UUID | None) -> list[Funding]:
    """Payments a brand began that have not arrived."""
    waits = (FundingState.BEGUN, FundingState.OPEN, FundingState.PENDING)
    statement = sa.select(Funding).where(Funding.payer_party_id == payer_party_id, Funding.state.in_(waits))
    return list(db.session.scalars(statement.order_by(Funding.id.desc())))


def fundings_of(subject_id: UUID) -> list[Funding]:
    """The payments for a subject that came, oldest first."""
    statement = sa.select(Funding).where(Funding.subject_id == subject_id, Funding.state == FundingState.FUNDED)
    return list(db.session.scalars(statement.options(selectinload(Funding.lots)).order_by(Funding.id)))


def moves_of(subject_id: UUID) -> list[Allocation]:
    """What a subject got from others of its payer, and handed on, oldest first."""
    mine = sa.or_(Allocation.from_subject_id == subject_id, Allocation.to_subject_id == subject_id)
    return list(db.session.scalars(sa.select(Allocation).where(mine).order_by(Allocation.id)))


def payouts_of(subject_id: UUID) -> list[Payout]:
    """The releases from a subject, oldest first."""
    return list(db.session.scalars(sa.select(Payout).where(Payout.subject_id == subject_id).order_by(Payout.id)))


def releases_of(subject_id: UUID, page: int = 1) -> tuple[list[Payout], int]:
    """A page of the releases from a subject, newest first, and how many pages there are."""
    mine = Payout.subject_id == subject_id
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Payout).where(mine)) or 0
    newest = sa.select(Payout).where(mine).order_by(Payout.created_at.desc(), Payout.id.desc())
    rows = db.session.scalars(newest.limit(RELEASES).offset((page - 1) * RELEASES))
    return list(rows), max(1, -(-count // RELEASES))


def payees_of(subject_id: UUID) -> dict[UUID, str]:
    """Everybody something of a subject was released to, by name."""
    payees = set(db.session.scalars(sa.select(Payout.payee_party_id).where(Payout.subject_id == subject_id).distinct()))
    return {row.id: row.name for row in people.parties(payees)}


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


def charges_of(funding: Funding) -> list[Lot]:
    """What a payment came as: one charge, or several that arrived by and by."""
    return list(db.session.scalars(sa.select(Lot).where(Lot.funding_id == funding.id).order_by(Lot.id)))


def charge_of(lot_id: UUID) -> Lot | None:
    """The lot a transfer draws on."""
    return db.session.get(Lot, lot_id)


def staff_ledger() -> dict[str, Any]:
    """What staff need to see when money is not where it should be."""
    unsettled = sa.select(StripeOperation).where(
        StripeOperation.state.in_([OperationState.UNKNOWN, OperationState.REFUSED])
    )
    run = audit.last_run()
    return {
        "run": run,
        "broken": sorted(run.breaches.items(), key=_in_turn) if run else [],
        "rules": _rules(name for name in audit.all_checks() if run is None or name not in run.breaches),
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
        "compared": bool(differences.last_runs()),
    }


def _rules(names: Iterable[str]) -> dict[str, list[str]]:
    """The sentences of these checks by their rule, in order: `B2` before `B10`."""
    rules: dict[str, list[str]] = {}
    for name in sorted(names, key=_in_turn):
        rule, _space, sentence = name.partition(" ")
        rules.setdefault(rule, []).append(sentence)
    return rules


def _in_turn(check: Any) -> tuple[str, int]:
    rule = (check if isinstance(check, str) else check[0]).partition(" ")[0]
    return rule.rstrip("0123456789"), int(rule.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)


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


def writer(journal: Journal) -> User | None:
    """The person who wrote a journal; None where the portal did by itself."""
    return db.session.get(User, journal.actor_user_id) if journal.actor_user_id else None


def any_operation(actor: Actor, operation_id: UUID) -> StripeOperation | None:
    """A call to Stripe, for staff; for others there is none."""
    return db.session.get(StripeOperation, operation_id) if is_staff(actor) else None
