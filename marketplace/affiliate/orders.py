"""A program's orders as its brand reads them: newest first, page after page, each with where its chain opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace import db
from marketplace.accounts.models import Party
from marketplace.affiliate.models import Enrolment, Program
from marketplace.affiliate.sales_models import Conversion, Line, Order

PAGE = 50
Mark = tuple[datetime, UUID]  # an order's place in the list


@dataclass(frozen=True)
class OrderRow:
    """An order of a program and whom it was credited to; `line` is where its chain opens, None where nobody led to it."""

    order: Order
    credited: str | None
    commission_minor: int
    line: Line | None


@dataclass(frozen=True)
class OrderPage:
    """A page of orders, newest first, and whether there are newer and older ones."""

    rows: list[OrderRow]
    newer: bool
    older: bool


def page(program: Program, before: Mark | None = None, after: Mark | None = None, number: str = "") -> OrderPage:
    """A program's orders: the newest, those `before` one of them, or those just `after` one; only those whose number
    begins with `number`. Two queries."""
    place = sa.tuple_(Order.placed_at, Order.id)
    if after:
        query = _orders(program, number).where(place > sa.tuple_(*map(sa.literal, after)))
        found = db.session.execute(query.order_by(Order.placed_at, Order.id)).all()
        if len(found) <= PAGE:
            return page(program, number=number)
        return OrderPage(_rows(found[:PAGE][::-1]), newer=True, older=True)
    query = _orders(program, number).order_by(Order.placed_at.desc(), Order.id.desc())
    if before:
        query = query.where(place < sa.tuple_(*map(sa.literal, before)))
    found = db.session.execute(query).all()
    return OrderPage(_rows(found[:PAGE]), newer=before is not None, older=len(found) > PAGE)


def _rows(found: Sequence[Any]) -> list[OrderRow]:
    """Each order with its first line, the credited one before those that earn nothing."""
    first = (
        sa.select(Conversion.order_id, Line)
        .join(Line, Line.conversion_id == Conversion.id)
        .where(Conversion.order_id.in_([row[0].id for row in found]))
        .ext(distinct_on(Conversion.order_id))
        .order_by(Conversion.order_id, (Line.reason == "credited").desc(), Line.posted_at, Line.id)
    )
    lines = {row[0]: row[1] for row in db.session.execute(first)}
    return [OrderRow(row[0], row[1], int(row[2]), lines.get(row[0].id)) for row in found]


def _orders(program: Program, number: str) -> Any:
    """One more than a page of them."""
    wanted = sa.func.lower(Order.number).startswith(number.lower(), autoescape=True) if number else sa.true()
    return (
        sa.select(Order, sa.func.max(Party.name), sa.func.coalesce(sa.func.sum(Line.amount_minor), 0))
        .join(Conversion, Conversion.order_id == Order.id)
        .outerjoin(Line, sa.and_(Line.conversion_id == Conversion.id, Line.reason == "credited"))
        .outerjoin(Enrolment, Enrolment.id == Line.enrolment_id)
        .outerjoin(Party, Party.id == Enrolment.creator_party_id)
        .where(Order.program_id == program.id, wanted)
        .group_by(Order.id)
        .limit(PAGE + 1)
    )
