"""Northlight's affiliate program: three affiliates and eighteen months of real orders."""

from __future__ import annotations

from datetime import timedelta

import click
import sqlalchemy as sa
from flask import url_for
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace import db
from marketplace.admin.demo import till
from marketplace.admin.demo.stage import actor
from marketplace.affiliate import demo as history
from marketplace.affiliate import enrolments, programs
from marketplace.affiliate.models import Enrolment, Program
from marketplace.money import Money
from marketplace.notifications.models import Notification
from marketplace.payments.money_in import funding

BRAND = "sol@demo.example"
AFFILIATES = ("theo@demo.example", "wren@demo.example", "idris@demo.example")
NAME = "Northlight listeners"
BUDGET = Money(1_800_000, "USD")


def open_program() -> None:
    """Ten percent of what a listener buys within thirty days, held thirty days for returns."""
    by = actor(BRAND)
    program = programs.open_program(
        name=NAME,
        currency="USD",
        zone="America/New_York",
        summary="Send us listeners. Ten percent of what they buy within thirty days of your link or with your code.",
        terms_=programs.Terms(rules=(programs.percent(1000),)),
        payout_minimum=Money(1000, "USD"),
        by=by,
    )
    for email in AFFILIATES:
        enrolments.approve(enrolments.join(program, by=actor(email)), by=by)


def fund_budget() -> None:
    """The brand tops the commission budget up; the affiliates say where their pay goes."""
    by = actor(BRAND)
    program = _program()
    payment = funding.top_up(
        subject=program.id,
        payer=program.brand_party_id,
        amount=BUDGET,
        description=f"Affiliate program {program.name}",
        return_url=url_for("affiliate.program", program_id=program.id),
        by=by,
    )
    till.pay(payment)
    for email in AFFILIATES:
        till.onboard(actor(email))


def replay() -> None:
    """Import and close every month of the shop's orders."""
    program = _program()
    query = sa.select(Enrolment).where(Enrolment.program_id == program.id).order_by(Enrolment.id)
    history.load(program, list(db.session.scalars(query)), _progress, till.stand_at)


def read_up() -> None:
    """Eighteen months have gone by: the affiliates have read what they were told, but for the newest line."""
    own = [Notification.user_id.in_([actor(email).user_id for email in AFFILIATES])]
    kept = sa.select(Notification.id).where(*own).ext(distinct_on(Notification.user_id))
    newest = kept.order_by(Notification.user_id, Notification.created_at.desc(), Notification.id.desc())
    old = sa.update(Notification).where(*own, Notification.id.not_in(newest))
    seen = Notification.created_at + timedelta(hours=1)
    db.session.execute(old.values(read_at=seen, mailed_at=sa.func.coalesce(Notification.mailed_at, seen)))


def _program() -> Program:
    return db.session.scalars(sa.select(Program).where(Program.name == NAME)).one()


def _progress(month: str, done: int, total: int) -> None:
    click.echo(f"  orders of {month} ({done} of {total} months)")
