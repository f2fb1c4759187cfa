"""A month's commissions that the brand of its own program pays itself, past the budget.

Recording claims the statement's lines exactly as a release from the budget does, so no line is ever
paid twice; only the money takes another way, and the ledger knows nothing of it. The month counts as
paid when the affiliate says that it arrived, or says nothing for the days of that clock. What she does
not find is owed again.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.dialects.postgresql import insert

from marketplace import db, deadlines
from marketplace.affiliate import payouts, posting, wording
from marketplace.affiliate.clocks import PAY_DIRECTLY
from marketplace.affiliate.events import CommissionPaid
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.sales_models import BatchPayment, ReleaseBatch, Statement
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.models import DirectPayment
from marketplace.payments.paid_directly import direct
from marketplace.payments.paid_directly.direct import Outside


def open_amount(statement: Statement) -> Money:
    """What may be recorded as paid directly for a statement: all that is due, or nothing; never by halves."""
    nothing = Money.zero(statement.currency)
    batch = _batch(statement)
    if batch is not None:
        rest = batch.amount - direct.standing(batch.id, batch.currency).covered
        return rest if batch.paid_directly and rest.minor > 0 else nothing
    program = db.session.get_one(Program, statement.program_id)
    return payouts.due(statement, program) or nothing


def record(statement: Statement, *, paid_on: date, method: str, reference: str, by: Actor) -> DirectPayment:
    """The brand writes down that it paid what is due on a statement.

    Raises Refused outside a brand's own program, and where nothing is due or the budget pays it.
    """
    direct.refuse_elsewhere()
    program = db.session.get_one(Program, statement.program_id)
    posting.begin_close(program)
    amount = open_amount(statement)
    if not amount:
        raise Refused(gettext("Nothing on this statement is left to be paid directly."))
    batch = _batch(statement) or payouts.claim(statement, amount, payout_id=None)
    creator = db.session.get_one(Enrolment, statement.enrolment_id).creator_party_id
    month = wording.month(statement.period_start, program.zone)
    row = direct.record(
        Outside(amount, paid_on, method, reference),
        subject=batch.id,
        payer=program.brand_party_id,
        payee=creator,
        title=gettext("%(program)s, %(month)s", program=program.name, month=month),
        open_amount=amount,
        evidence={"statement_id": statement.id},
        by=by,
    )
    _ask(batch, program, by=by)
    payouts.ask_for(program, payouts.missing(program), by=by)
    return row


def settle(batch_id: UUID) -> None:
    """A payment was answered: the month is paid, or the brand owes it again. Not for subjects that are no batch."""
    batch = db.session.get(ReleaseBatch, batch_id)
    if batch is None:
        return
    program = db.session.get_one(Program, batch.program_id)
    posted_at = posting.begin(program.id)
    if direct.standing(batch.id, batch.currency).arrived >= batch.amount:
        new = insert(BatchPayment).values(batch_id=batch.id, posted_at=posted_at).on_conflict_do_nothing()
        if db.session.execute(new.returning(BatchPayment.batch_id)).first():
            creator = db.session.get_one(Enrolment, batch.enrolment_id).creator_party_id
            fact = CommissionPaid(batch.id, program.id, creator, batch.amount_minor, batch.currency, directly=True)
            emit(fact, by=CLOCK)
    _ask(batch, program, by=CLOCK)


def payments(batch: ReleaseBatch | None) -> list[DirectPayment]:
    """What was recorded for a batch that is paid directly, oldest first."""
    return direct.of_subject(batch.id) if batch and batch.paid_directly else []


def _batch(statement: Statement) -> ReleaseBatch | None:
    return db.session.scalar(sa.select(ReleaseBatch).where(ReleaseBatch.statement_id == statement.id))


def _ask(batch: ReleaseBatch, program: Program, *, by: Actor) -> None:
    """Put what is owed again into the brand's queue, or take it out when it is recorded."""
    subject = ("statement", batch.statement_id)
    if direct.standing(batch.id, batch.currency).covered >= batch.amount:
        deadlines.meet(PAY_DIRECTLY, subject, by=by)
    elif deadlines.live(PAY_DIRECTLY, subject) is None:
        deadlines.start(PAY_DIRECTLY, owner=program.brand_party_id, subject=subject, zone=program.zone, by=by)
