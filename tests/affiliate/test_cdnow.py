"""6,919 real orders through the portal's own import; every commission recomputed from the file.

The arithmetic here is this test's own: nothing of the portal's is called to work out what is owed.
"""

import csv
import re
from collections import defaultdict
from pathlib import Path

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import demo, enrolments, programs
from marketplace.affiliate.sales_models import Line, Order, Statement
from marketplace.terms import service as terms
from tests import factories
from tests.affiliate.world import world

FILE = Path(__file__).parents[2] / "marketplace" / "affiliate" / "data" / "cdnow_sample.csv"
RATES = (800, 1000, 1250)  # basis points of the three affiliates


def owed() -> dict[tuple[int, str], int]:
    """(affiliate, month) → cents, straight from the file."""
    totals: dict[tuple[int, str], int] = defaultdict(int)
    with FILE.open() as file:
        for row in csv.DictReader(file):
            customer = int(row["customer_id"])
            group, digit = customer // 10, customer % 10
            if digit in (6, 7, 8, 9):
                continue
            who = (group + 1) % 3 if digit == 5 else group % 3
            dollars, cents = re.fullmatch(r"(\d+)\.(\d\d)", row["amount"]).groups()
            ten_thousandths = (int(dollars) * 100 + int(cents)) * RATES[who]
            whole, rest = divmod(ten_thousandths, 10_000)
            totals[who, row["ordered_on"][:7]] += whole + (rest >= 5000)
    return totals


@pytest.mark.slow
def test_every_commission_of_the_real_orders_matches_the_file_to_the_cent() -> None:
    brand, people = factories.brand(), [factories.creator(name) for name in ("Ann", "Bea", "Cat")]
    with time.at(demo.OPENING):
        here = world(rules=(programs.percent(RATES[0]),), hold_days=14, brand=brand)
        friends = [here.affiliate(person=person) for person in people]
        for friend, rate in zip(friends[1:], RATES[1:], strict=True):
            signed = terms.begin("contract", {"rate_bps": rate}, by=here.brand.actor)
            first = programs.latest_terms(here.program.id)
            enrolments.bind(friend.enrolment, first, signed.id, [programs.percent(rate)], 14)
    heard: list[str] = []
    demo.load(here.program, [f.enrolment for f in friends], lambda words, done, total: heard.append(words))
    place = {friend.enrolment.id: index for index, friend in enumerate(friends)}
    month = sa.func.to_char(sa.func.timezone("America/New_York", Line.posted_at), "YYYY-MM")
    lines = db.session.execute(
        sa.select(Line.enrolment_id, month, sa.func.sum(Line.amount_minor)).group_by(Line.enrolment_id, month)
    )
    ours = {(place[row[0]], row[1]): int(row[2]) for row in lines}
    assert ours == owed()
    statements = db.session.scalars(sa.select(Statement)).all()
    printed = {(place[s.enrolment_id], s.period_start.strftime("%Y-%m")): s.earned_minor for s in statements}
    assert {key: minor for key, minor in printed.items() if minor} == {k: v for k, v in owed().items() if v}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Order)) == 6919
    assert len(heard) == 18
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Line))
    demo.load(here.program, [f.enrolment for f in friends])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Line)) == before
