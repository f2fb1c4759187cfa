"""Commissions that no payout has taken, as their affiliate's earnings show them; and where what a payout took is shown.

Lent to `payments` by `creator_views.py`.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.affiliate import queries, running, wording
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.running import Owed
from marketplace.affiliate.sales_models import BatchPayment, ReleaseBatch, Statement
from marketplace.authz import Actor
from marketplace.payments.models import DirectPayment, Payout
from marketplace.payments.money_out.coming import Coming


def of(actor: Actor) -> list[Coming]:
    """By program and the statement that pays it; what a brand recorded as paid directly until that is answered."""
    return [_row(row) for row in running.unpaid(actor)] + _recorded(actor)


def _row(owed: Owed) -> Coming:
    program, href = owed.program, url_for("affiliate.statements")
    held = owed.disputed or owed.carried or owed.free_at > clock.now()
    day = owed.pays.due.astimezone(ZoneInfo(program.zone)).date() if owed.pays else None
    return Coming("held" if held else "ready", program.name, owed.amount, _why(owed), day, href)


def _why(owed: Owed) -> str:
    """Why it is not paid yet, and what pays it."""
    program = owed.program
    if owed.disputed:
        return _("Disputed at the card: paid or taken back as the bank decides.")
    if owed.amount.minor < 0:
        return _("Refunds of orders that were paid already: set off against what you earn next.")
    if owed.carried:
        least = program.payout_minimum.format()
        return _("Carried forward until it reaches the smallest payout of %(amount)s.", amount=least)
    if owed.pays is None:
        return _("Due now: paid as soon as the brand’s budget covers it.")
    month = wording.month(owed.pays.start, program.zone)
    if owed.free_at <= clock.now():
        return _("Free to pay: it comes with the statement of %(month)s.", month=month)
    free = wording.day_in(owed.free_at, program.zone)
    return _(
        "Kept back until %(day)s, in case orders are returned; paid with the statement of %(month)s.",
        day=free,
        month=month,
    )


def where_shown(actor: Actor, paid: Payout | DirectPayment) -> str | None:
    """For a reader of a payment: the statement that it pays."""
    ours = sa.or_(ReleaseBatch.payout_id == paid.id, ReleaseBatch.id == paid.subject_id)
    batch = db.session.scalar(sa.select(ReleaseBatch).where(ours))
    seen = queries.visible_statement(actor, batch.statement_id) if batch else None
    return url_for("affiliate.statement", statement_id=seen.id) if seen else None


def _recorded(actor: Actor) -> list[Coming]:
    """Months that the brand pays itself and that have not arrived."""
    query = (
        sa.select(ReleaseBatch, Program, Statement)
        .join(Enrolment, Enrolment.id == ReleaseBatch.enrolment_id)
        .join(Program, Program.id == ReleaseBatch.program_id)
        .join(Statement, Statement.id == ReleaseBatch.statement_id)
        .outerjoin(BatchPayment, BatchPayment.batch_id == ReleaseBatch.id)
        .where(
            Enrolment.creator_party_id == actor.party_id, ReleaseBatch.paid_directly, BatchPayment.batch_id.is_(None)
        )
        .order_by(ReleaseBatch.id)
    )
    why = _("The brand pays this month itself; it counts as paid once you say that it has arrived, or say nothing.")
    return [
        Coming(
            "direct",
            _("%(program)s, %(month)s", program=program.name, month=wording.month(month.period_start, program.zone)),
            batch.amount,
            why,
            None,
            url_for("affiliate.statement", statement_id=month.id),
        )
        for batch, program, month in db.session.execute(query)
    ]
