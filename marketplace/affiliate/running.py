"""What has not closed yet: lines posted since an affiliate's last statement, readable the day they are earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.sales_models import Conversion, Line, Order, Statement
from marketplace.affiliate.statements import period_of
from marketplace.authz import Actor
from marketplace.money import Money

SHOWN = 50  # newest lines; the statement holds them all


@dataclass(frozen=True)
class Running:
    """A program of the creator: what its open month came to so far, and when the statement is due."""

    enrolment: Enrolment
    program: Program
    brand: str
    earned: Money
    lines: int
    due_at: datetime


def months(actor: Actor) -> list[Running]:
    """The acting creator's programs where she is active or something moved. One query."""
    query = (
        sa.select(
            Enrolment,
            Program,
            Party.name,
            sa.func.coalesce(sa.func.sum(Line.amount_minor), 0),
            sa.func.count(Line.id),
        )
        .join(Program, Program.id == Enrolment.program_id)
        .join(Party, Party.id == Program.brand_party_id)
        .outerjoin(Line, sa.and_(Line.enrolment_id == Enrolment.id, _open()))
        .where(Enrolment.creator_party_id == actor.party_id)
        .group_by(Enrolment.id, Program.id, Party.name)
        .having(sa.or_(Enrolment.state == "active", sa.func.count(Line.id) > 0))
        .order_by(Program.name, Enrolment.id)
    )
    now = clock.now()
    return [
        Running(row[0], row[1], row[2], Money(int(row[3]), row[1].currency), row[4], period_of(row[1], now).due)
        for row in db.session.execute(query)
    ]


def lines(actor: Actor) -> list[Any]:
    """The newest of those lines, each with its order's number and its program."""
    query = (
        sa.select(Line, Order.number.label("order_number"), Program)
        .join(Enrolment, Enrolment.id == Line.enrolment_id)
        .join(Program, Program.id == Line.program_id)
        .join(Conversion, Conversion.id == Line.conversion_id)
        .join(Order, Order.id == Conversion.order_id)
        .where(Enrolment.creator_party_id == actor.party_id, _open())
        .order_by(Line.posted_at.desc(), Line.id.desc())
        .limit(SHOWN)
    )
    return list(db.session.execute(query))


def _open() -> sa.ColumnElement[bool]:
    closed = (
        sa.select(sa.func.max(Statement.period_end))
        .where(Statement.enrolment_id == Line.enrolment_id)
        .correlate(Line)
        .scalar_subquery()
    )
    return Line.posted_at >= sa.func.coalesce(closed, sa.text("'-infinity'::timestamptz"))
