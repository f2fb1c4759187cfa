"""Payments made outside: a brand that runs its own program pays a creator itself and writes it down.

Such money never touched us. Nothing of it is in the ledger, which holds only what we hold: no
protected money, no clearing account, no payable. What we keep is the record: what the brand says
it paid (`DirectPayment`) and what the creator says of it (`DirectPaymentAnswer`). Her silence counts
as yes after a clock that is printed beside the payment. Everywhere it is called what it is:
paid directly by the brand, not a protected payment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from marketplace import clock, db, deadlines
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party, Shape
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.clocks import ARRIVAL
from marketplace.payments.events import DirectPaymentAnswered, DirectPaymentRecorded
from marketplace.payments.paid_directly.direct_tables import METHODS, DirectPayment, DirectPaymentAnswer

LONGEST_AGO = timedelta(days=366)
ARRIVED = ("arrived", "counted")


@dataclass(frozen=True)
class Outside:
    """A payment as its payer describes it: how much, on which day, in which way, under which reference."""

    amount: Money
    paid_on: date
    method: str
    reference: str


@dataclass(frozen=True)
class Standing:
    """What was paid directly for one subject: `arrived` by her word or silence, `said` but not answered yet."""

    arrived: Money
    said: Money

    @property
    def covered(self) -> Money:
        """All of it that nobody contests."""
        return self.arrived + self.said


def allowed() -> bool:
    """Only a brand's own program may pay past us; elsewhere creators are promised protected payments."""
    instance = people.instance()
    return instance is not None and instance.shape == Shape.OWN_PROGRAM


def refuse_elsewhere() -> None:
    """Raises Refused in the other shapes."""
    if not allowed():
        raise Refused(
            _("Only a brand’s own program pays directly. Here work is paid by protected payment."), status=403
        )


def record(
    outside: Outside,
    *,
    subject: UUID,
    payer: UUID,
    payee: UUID,
    title: str,
    open_amount: Money,
    evidence: dict[str, Any],
    by: Actor,
    room: UUID | None = None,
) -> DirectPayment:
    """Write down that `payer` paid `payee` outside; she is asked whether it arrived.

    `open_amount` is what is still owed and not yet recorded; more than that is refused, and so is
    the same payment a second time, a day in the future, and any shape but a brand's own program.
    """
    refuse_elsewhere()
    db.hold("payments.direct", subject)
    zone = db.session.get_one(Party, payee).zone
    _check(outside, open_amount, by)
    _refuse_twin(outside, subject)
    row = DirectPayment(
        id=db.new_id(), subject_id=subject, payer_party_id=payer, payee_party_id=payee, title=title,
        amount_minor=outside.amount.minor, currency=outside.amount.currency, paid_on=outside.paid_on,
        method=outside.method, reference=outside.reference.strip(),
        evidence={name: str(value) for name, value in evidence.items()},
        recorded_at=clock.now(), recorded_by_user_id=by.user_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    deadlines.start(ARRIVAL, owner=payee, subject=("direct_payment", row.id), zone=zone, by=by, room_id=room)
    emit(DirectPaymentRecorded(row.id, subject, payer, payee, row.amount_minor, row.currency), by=by)
    return row


def _check(outside: Outside, open_amount: Money, by: Actor) -> None:
    today = clock.today(by.zone)
    if outside.amount.minor <= 0:
        raise Refused(_("Say how much you paid."), status=422, field="amount")
    if outside.amount > open_amount:
        sentence = _("Only %(amount)s is still open.", amount=open_amount.format())
        raise Refused(sentence, status=422, field="amount")
    if outside.paid_on > today:
        raise Refused(_("Record a payment once you have made it."), status=422, field="paid_on")
    if outside.paid_on < today - LONGEST_AGO:
        raise Refused(_("This day is more than a year ago."), status=422, field="paid_on")
    if outside.method not in METHODS:
        raise Refused(_("Say how you paid."), status=422, field="method")
    if not outside.reference.strip():
        raise Refused(_("Give the reference by which it can be found."), status=422, field="reference")


def _refuse_twin(outside: Outside, subject: UUID) -> None:
    """Pressed twice, or recorded by a colleague already."""
    for known in of_subject(subject):
        same = (known.amount, known.paid_on, known.method) == (outside.amount, outside.paid_on, outside.method)
        if same and known.reference == outside.reference.strip() and word(known) != "withdrawn":
            raise Refused(_("This payment is recorded already."))


def answer(payment: DirectPayment, says: str, note: str = "", *, by: Actor) -> DirectPaymentAnswer:
    """The payee says that it `arrived`, or that it is `missing` (with a word on what she looked at)."""
    if by.party_id != payment.payee_party_id or says not in ("arrived", "missing"):
        raise Refused(_("Only the one who was paid can say whether it arrived."), status=403)
    db.hold("payments.direct", payment.subject_id)
    before = word(payment)
    if before in ARRIVED:
        raise Refused(_("This payment counts as arrived already."))
    if before == "withdrawn":
        raise Refused(_("This record was taken back, so there is nothing to answer."))
    if before == says:
        raise Refused(_("You have said so already; the brand knows."))
    return _write(payment, says, note, by)


def withdraw(payment: DirectPayment, *, by: Actor) -> DirectPaymentAnswer:
    """The payer takes a record back that was made by mistake; what it covered is owed again."""
    if by.party_id != payment.payer_party_id:
        raise Refused(_("Only the brand that recorded a payment takes it back."), status=403)
    db.hold("payments.direct", payment.subject_id)
    before = word(payment)
    if before in ARRIVED:
        raise Refused(_("This payment has arrived, so its record stays."))
    if before == "withdrawn":
        raise Refused(_("This record was taken back already."))
    return _write(payment, "withdrawn", "", by)


def count(payment: DirectPayment) -> DirectPaymentAnswer | None:
    """She did not answer in time: it counts as arrived. None where somebody was quicker."""
    db.hold("payments.direct", payment.subject_id)
    return None if word(payment) else _write(payment, "counted", "", CLOCK)


def _write(payment: DirectPayment, says: str, note: str, by: Actor) -> DirectPaymentAnswer:
    row = DirectPaymentAnswer(
        id=db.new_id(), payment_id=payment.id, word=says, note=note.strip(), answered_at=clock.now(), user_id=by.user_id
    )
    db.session.add(row)
    db.session.flush()
    stop = deadlines.cancel if says == "withdrawn" else deadlines.meet
    stop(ARRIVAL, ("direct_payment", payment.id), by=by)
    fact = DirectPaymentAnswered(
        payment.id, payment.subject_id, payment.payer_party_id, payment.payee_party_id, says,
        payment.amount_minor, payment.currency,
    )  # fmt: skip
    emit(fact, by=by)
    return row


def word(payment: DirectPayment) -> str | None:
    """The newest answer to a payment; None while it waits for one."""
    newest = sa.select(DirectPaymentAnswer.word).where(DirectPaymentAnswer.payment_id == payment.id)
    return db.session.scalar(newest.order_by(DirectPaymentAnswer.id.desc()).limit(1))


def answer_due(payment: DirectPayment) -> deadlines.Deadline | None:
    """The clock of the payee's answer, while it runs."""
    return deadlines.live(ARRIVAL, ("direct_payment", payment.id))


def of_subject(subject: UUID) -> list[DirectPayment]:
    """Everything recorded for a subject with its answers, oldest first."""
    statement = sa.select(DirectPayment).where(DirectPayment.subject_id == subject).order_by(DirectPayment.id)
    fresh = statement.options(selectinload(DirectPayment.answers)).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def arrived(subjects: list[UUID]) -> dict[UUID, int]:
    """What has arrived for each of these subjects, in minor units of its currency; nothing where nothing has."""
    newest = (
        sa.select(DirectPaymentAnswer.word)
        .where(DirectPaymentAnswer.payment_id == DirectPayment.id)
        .order_by(DirectPaymentAnswer.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(DirectPayment.subject_id, sa.func.sum(DirectPayment.amount_minor).label("minor"))
        .where(DirectPayment.subject_id.in_(subjects), newest.in_(ARRIVED))
        .group_by(DirectPayment.subject_id)
    )
    return {row.subject_id: int(row.minor) for row in rows}


def standing(subject: UUID, currency: str) -> Standing:
    """What was paid directly for a subject."""
    arrived, said = Money.zero(currency), Money.zero(currency)
    for payment in of_subject(subject):
        latest = payment.answers[-1].word if payment.answers else None
        if latest in ARRIVED:
            arrived += payment.amount
        elif latest is None:
            said += payment.amount
    return Standing(arrived, said)
