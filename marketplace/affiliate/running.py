"""What is not paid yet: lines posted since an affiliate's last statement, readable the day they are earned,
and lines on statements that no payout has taken. All lines = paid or on their way + `owed` + `months`;
`unpaid` is the last two together, by when they are paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.sales_models import (
    Close,
    Conversion,
    Line,
    LineHold,
    LineHoldEnd,
    Order,
    ReleasedLine,
    Statement,
)
from marketplace.affiliate.statements import Period, period_of
from marketplace.authz import Actor
from marketplace.money import Money

SHOWN = 50  # newest lines; the statement holds them all
INSTANT = timedelta(microseconds=1)  # what is free at midnight of the first belongs to the month that ends there


@dataclass(frozen=True)
class Running:
    """A program of the creator: what its open month came to so far, and when the statement is due."""

    enrolment: Enrolment
    program: Program
    brand: str
    earned: Money
    lines: int
    due_at: datetime


@dataclass(frozen=True)
class Owed:
    """What a program's lines hold for the creator and no payout has taken.

    It is paid with the statement of `pays`; None where that month is closed: then it is due, or `disputed`. The last
    of its lines comes free at `free_at`.
    """

    program: Program
    amount: Money
    pays: Period | None
    disputed: bool
    free_at: datetime

    def with_more(self, other: Owed) -> Owed:
        """Both together."""
        return replace(self, amount=self.amount + other.amount, free_at=max(self.free_at, other.free_at))

    @property
    def carried(self) -> bool:
        """Is it due and too little to be paid? Then a later statement takes it along."""
        return self.pays is None and not self.disputed and self.amount < self.program.payout_minimum


def months(actor: Actor) -> list[Running]:
    """The acting creator's programs where she is active or something moved. One query."""
    return _months(Enrolment.creator_party_id == actor.party_id)


def of_affiliate(row: Enrolment) -> tuple[list[Running], list[Owed]]:
    """`months` and `owed` of one affiliate, for its brand. Two queries."""
    mine = Enrolment.id == row.id
    return _months(mine), _by_payment(mine, _owed())


def _months(mine: sa.ColumnElement[bool]) -> list[Running]:
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
        .where(mine)
        .group_by(Enrolment.id, Program.id, Party.name)
        .having(sa.or_(Enrolment.state == "active", sa.func.count(Line.id) > 0))
        .order_by(Program.name, Enrolment.id)
    )
    now = clock.now()
    return [
        Running(row[0], row[1], row[2], Money(int(row[3]), row[1].currency), row[4], period_of(row[1], now).due)
        for row in db.session.execute(query)
    ]


def owed(actor: Actor) -> list[Owed]:
    """What the acting creator's statements hold that is not on its way, by program and the statement that pays it.

    One query, soonest first.
    """
    return _by_payment(Enrolment.creator_party_id == actor.party_id, _owed())


def unpaid(actor: Actor) -> list[Owed]:
    """The same with the lines that are on no statement yet: all that is credited and in no payout. One query."""
    return _by_payment(Enrolment.creator_party_id == actor.party_id, _unpaid())


def _by_payment(mine: sa.ColumnElement[bool], which: sa.ColumnElement[bool]) -> list[Owed]:
    closed = sa.select(sa.func.max(Close.period_end)).where(Close.program_id == Program.id).correlate(Program)
    frees = sa.func.greatest(Line.posted_at, Line.releases_at - INSTANT)
    month = sa.func.date_trunc("month", sa.func.timezone(Program.zone, frees)).label("month")
    disputed = _disputed().label("disputed")
    last, total = sa.func.max(Line.releases_at), sa.func.sum(Line.amount_minor)
    query = (
        sa.select(Program, month, disputed, closed.scalar_subquery(), last, total)
        .join(Enrolment, Enrolment.id == Line.enrolment_id)
        .join(Program, Program.id == Line.program_id)
        .where(mine, which)
        .group_by(Program.id, month, disputed)
        .order_by(month, Program.name, Program.id)
    )
    sums: dict[tuple[UUID, Period | None, bool], Owed] = {}
    for program, start, held, until, last_free, minor in db.session.execute(query):
        period = None if held else period_of(program, clock.noon(start.date(), program.zone))
        if period and until and period.end <= until:
            period = None
        one = Owed(program, Money(int(minor), program.currency), period, held, last_free)
        key = (program.id, period, held)
        sums[key] = sums[key].with_more(one) if key in sums else one
    return list(sums.values())


def pays(line: Line, program: Program, closed: datetime | None) -> Period | None:
    """The month whose statement pays an unpaid line; None where that one is `closed` and the line is due."""
    period = period_of(program, max(line.posted_at, line.releases_at - INSTANT))
    return None if closed and period.end <= closed else period


def lines(actor: Actor) -> list[Any]:
    """The newest lines on no statement, each with its order's number, its program and whether it is disputed."""
    return _lines(actor, _open())


def owed_lines(actor: Actor) -> list[Any]:
    """The newest lines of `owed`, likewise."""
    return _lines(actor, _owed())


def _lines(actor: Actor, which: sa.ColumnElement[bool]) -> list[Any]:
    query = (
        sa.select(Line, Order.number.label("order_number"), Program, _disputed().label("disputed"))
        .join(Enrolment, Enrolment.id == Line.enrolment_id)
        .join(Program, Program.id == Line.program_id)
        .join(Conversion, Conversion.id == Line.conversion_id)
        .join(Order, Order.id == Conversion.order_id)
        .where(Enrolment.creator_party_id == actor.party_id, which)
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


def _owed() -> sa.ColumnElement[bool]:
    return sa.and_(sa.not_(_open()), _unpaid())


def _unpaid() -> sa.ColumnElement[bool]:
    taken = sa.exists().where(ReleasedLine.enrolment_id == Line.enrolment_id, ReleasedLine.line_id == Line.id)
    return sa.and_(Line.reason == "credited", Line.amount_minor != 0, sa.not_(taken))


def _disputed() -> sa.ColumnElement[bool]:
    ended = sa.exists().where(LineHoldEnd.hold_id == LineHold.id)
    whose = sa.func.coalesce(Line.parent_id, Line.id)
    return sa.exists().where(LineHold.enrolment_id == Line.enrolment_id, LineHold.line_id == whose, sa.not_(ended))
