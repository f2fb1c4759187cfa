"""Refunds that the payer's bank sent back: the money is the payer's, lies with us, and needs another way.

It stands on `refund_due:<party>`, which no deal can use and no sweep of fees takes. Two ways lead out: the same refund
once more (a bank that said no once may say yes), or a payment from the platform's own bank, written down with what the
payer finds on her account; the platform's own money at Stripe grows by as much.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments.books import chart, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.models import Refund, ReturnedRefund
from marketplace.payments.money_in import refunds
from marketplace.payments.states import REFUND, RefundState
from marketplace.payments.stray_events import RefundPaidOtherwise

SHOWN = 100


def waiting() -> list[Refund]:
    """What is owed back now, oldest first."""
    owed = sa.select(Refund).where(Refund.state == RefundState.CAME_BACK).order_by(Refund.id)
    return list(db.session.scalars(owed.limit(SHOWN)))


def owed(payer: UUID | None, currency: str) -> Money:
    """What a payer is owed back."""
    return ledger.balance(chart.refund_due(payer), currency) if payer else Money.zero(currency)


def refund(actor: Actor, refund_id: UUID) -> Refund | None:
    """A refund, for staff; for others there is none."""
    return db.session.get(Refund, refund_id) if actor.is_a("operator") else None


def of(row: Refund) -> ReturnedRefund | None:
    """How a refund came back, if it did."""
    return db.session.scalar(sa.select(ReturnedRefund).where(ReturnedRefund.refund_id == row.id))


def again(row: Refund, *, by: Actor) -> Refund:
    """Refund it once more, to the same card or account. Raises `Refused` when it is not owed (any more)."""
    return refunds.again(_owed(row), by=by)


def pay_otherwise(row: Refund, note: str, *, by: Actor) -> Refund:
    """Note that the platform has paid it from its own bank; `note` says how, and the payer reads it.

    Raises `Refused` when it is not owed (any more), or without a note.
    """
    note = note.strip()
    if not note:
        raise Refused(_("Say how it was paid. The brand reads it."), status=422, field="note")
    came = _owed(row)
    fact = RefundPaidOtherwise(row.id, row.payer_party_id, row.subject_id, row.amount_minor, row.currency, note)
    advance(REFUND, row, "settle", by=by, fact=fact)
    entry = Entry(
        key=f"refund-otherwise:{row.id}",
        kind="refund_otherwise",
        legs=[debit(chart.refund_due(row.payer_party_id), row.amount), credit(chart.OWN_FUNDS, row.amount)],
        reason=note,
        subject_id=row.subject_id,
        evidence={"refund_id": str(row.id)},
    )
    ledger.post(entry, by=by)
    came.ended_at, came.note, came.by_user_id = clock.now(), note, by.user_id
    return row


def _owed(row: Refund) -> ReturnedRefund:
    db.lock(row)
    came = of(row)
    if came is None or row.state != RefundState.CAME_BACK:
        raise Refused(_("This money is on its way to the brand already, or paid."))
    return came
