"""Paying statements out of the program's budget: a statement is released whole or not at all.

A release claims every line that is free at the statement's end, the negative ones too, and asks
`payments` to pay the sum. When the budget is short nothing moves, the brand is asked to top up, and
the next money that lands pays what waited, oldest statement first.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db, deadlines
from marketplace.affiliate import posting, top_ups
from marketplace.affiliate.clocks import TOP_UP
from marketplace.affiliate.events import BudgetShort, CommissionPaid
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.sales_models import BatchPayment, ReleaseBatch, Statement
from marketplace.authz import CLOCK, Actor
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.books.ledger import Overdraft
from marketplace.payments.money_in import funding
from marketplace.payments.money_out import releases
from marketplace.payments.paid_directly import direct

# Lines of an enrolment that are free at :end and in no batch; a hold that is open now keeps them.
FREE = """
    FROM lines l
    WHERE l.enrolment_id = :enrolment AND l.currency = :currency AND l.reason = 'credited'
        AND l.posted_at < :end AND l.releases_at <= :end
        AND NOT EXISTS (
            SELECT 1 FROM released_lines r WHERE r.enrolment_id = l.enrolment_id AND r.line_id = l.id)
        AND NOT EXISTS (
            SELECT 1 FROM line_holds h LEFT JOIN line_hold_ends e ON e.hold_id = h.id
            WHERE h.enrolment_id = l.enrolment_id AND h.line_id = coalesce(l.parent_id, l.id) AND e.hold_id IS NULL)
"""


@dataclass(frozen=True)
class Standing:
    """What became of a statement's releasable amount: nothing_due, waiting, in_payout or paid.

    Where the brand pays directly: direct_open (owed again), direct_said (recorded) or direct_paid.
    """

    word: str
    batch: ReleaseBatch | None = None
    payment: BatchPayment | None = None


def standing(row: Statement) -> Standing:
    """Where the payout of a statement stands now; a later statement's batch may have taken it along."""
    if not row.releasable_minor:
        return Standing("nothing_due")
    batch = db.session.scalar(
        sa.select(ReleaseBatch)
        .join(Statement, Statement.id == ReleaseBatch.statement_id)
        .where(Statement.enrolment_id == row.enrolment_id, Statement.number >= row.number)
        .order_by(Statement.number)
        .limit(1)
    )
    if batch is None:
        return Standing("waiting")
    payment = db.session.get(BatchPayment, batch.id)
    if batch.paid_directly:
        said = direct.standing(batch.id, batch.currency).covered >= batch.amount
        return Standing("direct_paid" if payment else "direct_said" if said else "direct_open", batch, payment)
    return Standing("paid" if payment else "in_payout", batch, payment)


def paid_within(row: Statement) -> list[tuple[ReleaseBatch, BatchPayment, Statement]]:
    """What a statement calls paid: each payment that arrived in its month, with the statement it was for. One query."""
    query = (
        sa.select(ReleaseBatch, BatchPayment, Statement)
        .join(BatchPayment, BatchPayment.batch_id == ReleaseBatch.id)
        .join(Statement, Statement.id == ReleaseBatch.statement_id)
        .where(
            ReleaseBatch.enrolment_id == row.enrolment_id,
            BatchPayment.posted_at >= row.period_start,
            BatchPayment.posted_at < row.period_end,
        )
        .order_by(BatchPayment.posted_at)
    )
    return [(found[0], found[1], found[2]) for found in db.session.execute(query)]


def protected(program: Program) -> Money:
    """What lies in the program's budget now."""
    return funding.protected(program.id, program.currency)


def due(statement: Statement, program: Program) -> Money | None:
    """What a statement that waits would be paid now; None where nothing of it waits."""
    amount = _free(statement)
    enough = amount.minor > 0 and amount >= program.payout_minimum
    return amount if enough and any(row.id == statement.id for row in _waiting(program)) else None


def release_due(program: Program, *, by: Actor) -> list[ReleaseBatch]:
    """Release every statement that waits, oldest first, as far as the budget goes. Returns the batches."""
    posting.begin_close(program)
    missing = Money.zero(program.currency)
    made = []
    for statement in _waiting(program):
        amount = _free(statement)
        if amount.minor <= 0 or amount < program.payout_minimum:
            continue
        lacks = amount - protected(program)
        batch = None if lacks.minor > 0 else _release(statement, amount, by=by)
        if batch is None:
            missing = missing + (lacks if lacks.minor > 0 else amount)
        else:
            made.append(batch)
    ask_for(program, missing, by=by)
    top_ups.look_after(program, protected(program), missing)
    return made


def note_paid(payout_id: UUID) -> BatchPayment | None:
    """A batch's payout has arrived. A second time, or for a payout that is not ours, nothing happens."""
    batch = db.session.scalar(sa.select(ReleaseBatch).where(ReleaseBatch.payout_id == payout_id))
    if batch is None:
        return None
    posted_at = posting.begin(batch.program_id)
    new = insert(BatchPayment).values(batch_id=batch.id, posted_at=posted_at).on_conflict_do_nothing()
    noted = db.session.execute(new.returning(BatchPayment.batch_id)).first()
    if noted:
        creator = db.session.get_one(Enrolment, batch.enrolment_id).creator_party_id
        fact = CommissionPaid(batch.id, batch.program_id, creator, batch.amount_minor, batch.currency)
        emit(fact, by=CLOCK)
    return db.session.get(BatchPayment, batch.id)


def _waiting(program: Program) -> list[Statement]:
    """Each affiliate's newest statement, where it has something to pay and no batch, oldest first."""
    newest = (
        sa.select(Statement.enrolment_id, sa.func.max(Statement.number).label("number"))
        .where(Statement.program_id == program.id, Statement.releasable_minor > 0)
        .group_by(Statement.enrolment_id)
        .subquery()
    )
    return list(
        db.session.scalars(
            sa.select(Statement)
            .join(newest, sa.and_(newest.c.enrolment_id == Statement.enrolment_id, newest.c.number == Statement.number))
            .outerjoin(ReleaseBatch, ReleaseBatch.statement_id == Statement.id)
            .where(ReleaseBatch.id.is_(None))
            .order_by(Statement.period_start, Statement.id)
        )
    )


def _bind(statement: Statement) -> dict[str, object]:
    return {
        "enrolment": statement.enrolment_id,
        "currency": statement.currency,
        "end": statement.period_end,
    }


def _free(statement: Statement) -> Money:
    total = db.session.scalar(sa.text("SELECT coalesce(sum(l.amount_minor), 0)::bigint" + FREE), _bind(statement))
    return Money(int(total or 0), statement.currency)


def _release(statement: Statement, amount: Money, *, by: Actor) -> ReleaseBatch | None:
    """Move the amount from the budget to the affiliate and claim its lines. None when the budget fell short."""
    try:
        payout = releases.release_batch(
            subject=statement.program_id,
            payee=db.session.get_one(Enrolment, statement.enrolment_id).creator_party_id,
            amount=amount,
            reason="commission statement",
            evidence={"statement_id": statement.id, "month": _month(statement)},
            key=f"statement:{statement.id}",
            by=by,
        )
    except Overdraft:
        return None
    return claim(statement, amount, payout_id=payout.id)


def _month(statement: Statement) -> str:
    zone = db.session.get_one(Program, statement.program_id).zone
    return f"{statement.period_start.astimezone(ZoneInfo(zone)):%Y-%m}"


def claim(statement: Statement, amount: Money, *, payout_id: UUID | None) -> ReleaseBatch:
    """Claim the statement's free lines for the payout that pays them; for None the brand pays directly."""
    batch = ReleaseBatch(
        id=db.new_id(),
        enrolment_id=statement.enrolment_id,
        program_id=statement.program_id,
        statement_id=statement.id,
        payout_id=payout_id,
        paid_directly=payout_id is None,
        amount_minor=amount.minor,
        currency=amount.currency,
        created_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    lines = "INSERT INTO released_lines (enrolment_id, line_id, batch_id) SELECT l.enrolment_id, l.id, :batch" + FREE
    db.session.execute(sa.text(lines), _bind(statement) | {"batch": batch.id})
    return batch


def ask_for(program: Program, missing: Money, *, by: Actor) -> None:
    """Put what lacks into the brand's queue, or take it out when nothing does."""
    subject = ("program", program.id)
    if not missing:
        deadlines.meet(TOP_UP, subject, by=by)
    elif deadlines.live(TOP_UP, subject) is None:
        deadlines.start(TOP_UP, owner=program.brand_party_id, subject=subject, zone=program.zone, by=by)
        emit(BudgetShort(program.id, program.brand_party_id, missing.minor, missing.currency), by=by)


def missing(program: Program) -> Money:
    """What the budget lacks for everything that waits to be paid."""
    due = [amount for amount in map(_free, _waiting(program)) if amount.minor > 0 and amount >= program.payout_minimum]
    lacks = sum(amount.minor for amount in due) - protected(program).minor
    return Money(max(0, lacks), program.currency)
