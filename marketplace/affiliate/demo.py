"""The demo's orders: 6,919 real purchases (see data/NOTICE.md), replayed month by month.

A fixed rule spreads customers over the demo's affiliates, by the last digit of the customer's number:
0–2 come by a link (clicked three days before each order), 3–4 with a code, 5 with one affiliate's
link and the next one's code, 6 by a link clicked 45 days before, 7–9 by themselves. The number
without its last digit says which affiliate. Each month is imported through the portal's own CSV
import on its last evening and closed on the statement day. Months whose file is in are not imported
again, so a broken load goes on where it stopped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from marketplace import clock, db, jobs
from marketplace.affiliate import bulk, imports, links, payouts, statements, tokens
from marketplace.affiliate.models import Click, DiscountCode, Enrolment, Import, Program, TrackingLink
from marketplace.authz import CLOCK, Actor

ORDERS = Path(__file__).parent / "data" / "cdnow_sample.csv"
OPENING = datetime(1996, 12, 1, 12, tzinfo=UTC)  # open the program and enrol its affiliates by then
CLICKED_BEFORE = timedelta(days=3)
CLICKED_LONG_BEFORE = timedelta(days=45)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Way:
    """How an affiliate's customers come: her link and her code."""

    enrolment: Enrolment
    link: TrackingLink
    code: DiscountCode


def load(
    program: Program,
    enrolments: list[Enrolment],
    progress: Progress = lambda words, done, total: None,
    turned: Callable[[datetime], None] = lambda moment: None,
    pay_in: Callable[[Program], None] = lambda program: None,
) -> None:
    """Replay every month and pay its statements as far as the program's budget goes, while the clock
    stands where it stood then; then the month in which the last commissions become free and the one they are paid in.
    `progress(words, done, total)` hears of each month, `turned` of the moment it is before anything is paid; `pay_in`
    may put into the budget what the statements ask for. Commits as it goes.
    """
    ways = [_way(program, enrolment) for enrolment in enrolments]
    months = list(_months())
    brand = Actor(kind="clock", party_id=program.brand_party_id, user_name="the demo")
    for done, (month, rows) in enumerate(months, start=1):
        period = statements.period_of(program, clock.noon(date.fromisoformat(f"{month}-01"), program.zone))
        if month not in _imported(program):
            with clock.at(period.end - timedelta(hours=3)):
                _import(program, ways, month, rows, brand)
                db.session.commit()
        _close(program, period, turned, pay_in)
        progress(month, done, len(months))
    for _quiet_month in range(2):
        period = statements.period_of(program, period.end)
        _close(program, period, turned, pay_in)


def load_week(program: Program, enrolments: list[Enrolment], name: str, rows: list[dict[str, str]]) -> None:
    """Import a file of the shop's newest orders, which has the columns of the real ones, now."""
    brand = Actor(kind="clock", party_id=program.brand_party_id, user_name="the demo")
    _import(program, [_way(program, enrolment) for enrolment in enrolments], name, rows, brand)


def _close(
    program: Program,
    period: statements.Period,
    turned: Callable[[datetime], None],
    pay_in: Callable[[Program], None],
) -> None:
    """On the period's statement day, close what is due and pay it."""
    with clock.at(period.due):
        turned(period.due)
        statements.close_due(program)
        db.session.commit()
        pay_in(program)
        _pay(program)


def _imported(program: Program) -> set[str]:
    """The months whose file is in."""
    names = db.session.scalars(sa.select(Import.name).where(Import.program_id == program.id))
    return {name.removeprefix("orders-").removesuffix(".csv") for name in names}


def _pay(program: Program) -> None:
    """Release the month and see it through to Stripe at once, so that history shows it when it happened."""
    if payouts.protected(program):
        payouts.release_due(program, by=CLOCK)
        db.session.commit()
        jobs.work()


def _months() -> Iterator[tuple[str, list[dict[str, str]]]]:
    with ORDERS.open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["ordered_on"])
    for month, group in groupby(rows, key=lambda row: row["ordered_on"][:7]):
        yield month, list(group)


def _import(program: Program, ways: list[Way], month: str, rows: list[dict[str, str]], by: Actor) -> None:
    """The month's file as the shop would export it, with the coupon and the click it saw."""
    clicks: list[dict[str, Any]] = []
    out = io.StringIO()
    writer = csv.DictWriter(out, [*rows[0], "coupon", "ref_click"])
    writer.writeheader()
    for row in rows:
        writer.writerow(row | _came_by(program, ways, row, clicks))
    if clicks:
        bulk.copy_in(Click, clicks)
    row_ = imports.upload(program, out.getvalue().encode(), f"orders-{month}.csv", by=by)
    imports.begin(row_, by=by)
    imports.finish(row_, by=by)


def _came_by(program: Program, ways: list[Way], row: dict[str, str], clicks: list[dict[str, Any]]) -> dict[str, str]:
    """The fixed rule."""
    rest, digit = divmod(int(row["customer_id"]), 10)
    here, following = ways[rest % len(ways)], ways[(rest + 1) % len(ways)]
    before = CLICKED_LONG_BEFORE if digit == 6 else CLICKED_BEFORE
    code = {3: here, 4: here, 5: following}.get(digit)
    token = ""
    if digit in (0, 1, 2, 5, 6):
        at = clock.noon(date.fromisoformat(row["ordered_on"]), program.zone) - before
        token = _click(here.link, at, clicks)
    return {"coupon": code.code.text if code else "", "ref_click": token}


def _click(link: TrackingLink, at: datetime, clicks: list[dict[str, Any]]) -> str:
    id = db.new_id()
    clicks.append(
        {
            "id": id,
            "link_id": link.id,
            "program_id": link.program_id,
            "enrolment_id": link.enrolment_id,
            "occurred_at": at,
            "sub_ids": {},
            "referrer_host": "",
            "device": "desktop",
            "label": "",
            "consent": True,
            "browser": None,
        }
    )
    return tokens.sign(link.id, id, at)


def _way(program: Program, enrolment: Enrolment) -> Way:
    """The affiliate's first link and code; made on the opening day where there are none."""
    by = Actor(kind="clock", party_id=enrolment.creator_party_id, user_name="the demo")
    link = db.session.scalar(
        sa.select(TrackingLink).where(TrackingLink.enrolment_id == enrolment.id).order_by(TrackingLink.id).limit(1)
    )
    code = db.session.scalar(
        sa.select(DiscountCode).where(DiscountCode.enrolment_id == enrolment.id).order_by(DiscountCode.id).limit(1)
    )
    with clock.at(OPENING):
        if link is None:
            domain = links.proven_domains(program.brand_party_id)[0]
            link = links.create(enrolment, f"https://{domain}/", by=by)
        if code is None:
            creator = enrolment.creator_party_id
            name = db.session.scalar(sa.text("SELECT name FROM parties WHERE id = :id"), {"id": creator}) or "friend"
            code = links.give_code(program, f"{name.split()[0].upper()}10", enrolment=enrolment, by=by)
    return Way(enrolment, link, code)
