"""Northlight's affiliate program: three affiliates, eighteen months of real orders, and a few invented ones of these weeks."""

from __future__ import annotations

from datetime import timedelta

import click
import sqlalchemy as sa
from flask import url_for
from sqlalchemy.dialects.postgresql import distinct_on

from marketplace import clock, db
from marketplace.admin.demo import till
from marketplace.admin.demo.stage import actor
from marketplace.affiliate import demo as history
from marketplace.affiliate import enrolments, payouts, programs
from marketplace.affiliate.models import Enrolment, Program
from marketplace.money import Money
from marketplace.notifications.models import Notification
from marketplace.payments.money_in import funding

BRAND = "sol@demo.example"
AFFILIATES = ("theo@demo.example", "wren@demo.example", "idris@demo.example")
NAME = "Northlight listeners"
BUDGET = Money(25_000, "USD")
# The shop's files of these weeks: an order is its customer, how many days before the file, and its amount. The customer's
# number says who sent her, as among the real ones (`affiliate/demo.py`).
WEEKS = (
    (("9000", 4, "36.40"), ("9010", 3, "18.99"), ("9027", 2, "52.00")),
    (("9003", 5, "61.25"), ("9020", 4, "24.50"), ("9006", 1, "44.80")),
    (("9001", 6, "27.98"), ("9025", 3, "33.10"), ("9013", 2, "15.75")),
)


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


def onboard() -> None:
    """The affiliates say where their pay goes."""
    for email in AFFILIATES:
        till.onboard(actor(email))


def replay() -> None:
    """Import and close every month of the shop's orders; the brand pays in what each month's statements ask for."""
    program = _program()
    history.load(program, _enrolments(program), _progress, till.stand_at, _pay_what_is_due)


def import_week(number: int) -> None:
    """The shop's file of one of these weeks."""
    program = _program()
    orders = [
        {
            "order_id": f"NL-{number}{place:02}",
            "customer_id": customer,
            "ordered_on": (clock.today(program.zone) - timedelta(days=ago)).isoformat(),
            "quantity": "1",
            "amount": amount,
            "currency": program.currency,
        }
        for place, (customer, ago, amount) in enumerate(WEEKS[number - 1], 1)
    ]
    history.load_week(program, _enrolments(program), clock.today(program.zone).isoformat(), orders)


def pay_in() -> None:
    """The brand fills its budget for the orders of these weeks."""
    _top_up(_program(), BUDGET)


def _pay_what_is_due(program: Program) -> None:
    missing = payouts.missing(program)
    if missing and till.can_pay():
        _top_up(program, missing)


def _top_up(program: Program, amount: Money) -> None:
    payment = funding.top_up(
        subject=program.id,
        payer=program.brand_party_id,
        amount=amount,
        description=f"Affiliate program {program.name}",
        return_url=url_for("affiliate.program", program_id=program.id),
        by=actor(BRAND),
    )
    till.pay(payment)


def read_up() -> None:
    """Eighteen months have gone by: brand and affiliates have read what they were told, but for the newest line."""
    own = [Notification.user_id.in_([actor(email).user_id for email in (BRAND, *AFFILIATES)])]
    kept = sa.select(Notification.id).where(*own).ext(distinct_on(Notification.user_id))
    newest = kept.order_by(Notification.user_id, Notification.created_at.desc(), Notification.id.desc())
    old = sa.update(Notification).where(*own, Notification.id.not_in(newest))
    seen = Notification.created_at + timedelta(hours=1)
    db.session.execute(old.values(read_at=seen, mailed_at=sa.func.coalesce(Notification.mailed_at, seen)))


def _enrolments(program: Program) -> list[Enrolment]:
    query = sa.select(Enrolment).where(Enrolment.program_id == program.id).order_by(Enrolment.id)
    return list(db.session.scalars(query))


def _program() -> Program:
    return db.session.scalars(sa.select(Program).where(Program.name == NAME)).one()


def _progress(month: str, done: int, total: int) -> None:
    click.echo(f"  orders of {month} ({done} of {total} months)")
