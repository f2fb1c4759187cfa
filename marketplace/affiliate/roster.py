"""Everybody in a program, as its brand sees them: state, codes, what they earned, which rates they accepted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.affiliate import rates
from marketplace.affiliate.models import DiscountCode, Enrolment, Program
from marketplace.affiliate.programs import Terms
from marketplace.affiliate.sales_models import Line


@dataclass(frozen=True)
class AffiliateLine:
    """An affiliate in a program: what her orders earned so far."""

    enrolment: Enrolment
    name: str
    orders: int
    earned_minor: int
    codes: list[str]
    standing: rates.Standing


def affiliates(program: Program) -> list[AffiliateLine]:
    """Everybody in a program, those who wait first, then by what they earned."""
    earned = (
        sa.select(
            Line.enrolment_id,
            sa.func.count().filter(Line.kind == "commission", Line.reason == "credited").label("orders"),
            sa.func.sum(Line.amount_minor).label("earned"),
        )
        .where(Line.program_id == program.id)
        .group_by(Line.enrolment_id)
        .subquery()
    )
    codes = (
        sa.select(sa.func.array_agg(DiscountCode.text))
        .where(
            DiscountCode.enrolment_id == Enrolment.id,
            sa.or_(DiscountCode.valid_until.is_(None), DiscountCode.valid_until > clock.now()),
        )
        .correlate(Enrolment)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Enrolment, Party.name, earned.c.orders, earned.c.earned, codes)
        .join(Party, Party.id == Enrolment.creator_party_id)
        .outerjoin(earned, earned.c.enrolment_id == Enrolment.id)
        .where(Enrolment.program_id == program.id)
        .order_by(Enrolment.state != "pending", sa.desc(sa.func.coalesce(earned.c.earned, 0)), Party.name)
    )
    stand = rates.standings(program.id)
    return [
        AffiliateLine(row[0], row[1], row[2] or 0, int(row[3] or 0), row[4] or [], stand[row[0].id]) for row in rows
    ]


def answers(lines: list[AffiliateLine]) -> dict[str, int]:
    """Of the affiliates of a program: who has the newest rates, who has not answered, whose stand in a contract."""
    here = [line.standing for line in lines if line.enrolment.state in ("active", "paused")]
    return {
        "accepted": sum(1 for stand in here if not stand.by_contract and stand.owed is None),
        "waiting": sum(1 for stand in here if stand.owed is not None),
        "by_contract": sum(1 for stand in here if stand.by_contract),
    }


def asked_by(program: Program, terms: Terms) -> int:
    """How many active affiliates would have to accept these terms, since their rates differ."""
    here = [line.standing for line in affiliates(program) if line.enrolment.state == "active"]
    new = (list(terms.rules), terms.hold_days)
    return sum(1 for stand in here if not stand.by_contract and (stand.bound.rules, stand.bound.hold_days) != new)
