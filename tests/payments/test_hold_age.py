"""How long money is held: warned, ruled on, resolved before the limit; nothing pauses the clock."""

from datetime import timedelta

import pytest

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.payments.books import chart, freezes, ledger
from marketplace.payments.losses import hold_age
from marketplace.payments.models import Journal, Lot, Refund
from marketplace.payments.money_in import funding
from marketplace.payments.states import RefundState
from marketplace.rules import queries as rules
from tests import factories
from tests.payments.world import World, usd


def told() -> list[str]:
    """The steps taken so far."""
    rows = db.session.query(Event).filter(Event.name.like("payments.hold_%")).order_by(Event.id)
    return [row.name.removeprefix("payments.hold_") for row in rows]


def test_the_clock_warns_asks_staff_and_gives_the_money_back_before_day_ninety(world: World, clock) -> None:
    clock.freeze(time.now())
    world.fund()
    world.fund(subject=db.new_id())
    lot = db.session.query(Lot).order_by(Lot.id).first()
    since = db.session.get_one(Journal, lot.journal_id).occurred_at
    clock.freeze(since + timedelta(minutes=5))
    freezes.begin(world.deal, why="dispute", ref=db.new_id(), by=world.brand.actor)  # pauses work, never this
    for days, steps in ((59, 0), (1, 1), (0, 1), (20, 2), (7, 2), (1, 3)):
        clock.travel(timedelta(days=days))
        hold_age.watch()
        assert len([one for one in told() if one]) == 2 * steps  # two lots
    assert told()[::2] == ["warned", "due", "expired"]
    row = deadlines.live(hold_age.RULE, ("lot", lot.id))
    assert row is not None
    assert row.due_at == since + timedelta(days=80)
    assert row.room_id is None  # pausing a deal's clocks cannot reach it
    assert funding.protected(world.deal, "USD") == usd(100_000)
    clock.travel(timedelta(days=1))  # day 89
    hold_age.watch()
    hold_age.watch()
    world.run_jobs()
    refunds = db.session.query(Refund).all()
    assert len(refunds) == 2
    assert RefundState.DONE in {one.state for one in refunds}
    assert funding.protected(world.deal, "USD") == usd(0)
    assert deadlines.live(hold_age.RULE, ("lot", lot.id)) is None


def test_staff_rule_at_once_on_one_payment(world: World) -> None:
    world.fund()
    world.fund(subject=db.new_id())
    world.release(60_000, 6_000)
    lot = db.session.query(Lot).order_by(Lot.id).first()
    staff = factories.staff().actor
    hold_age.resolve(lot, by=staff)
    assert told() == ["expired"]
    with pytest.raises(Refused, match="being resolved"):
        hold_age.resolve(lot, by=staff)
    hold_age.give_back(lot, by=staff)
    world.run_jobs()
    assert [one["amount"] for one in world.at_stripe("refund")] == [40_000]
    assert ledger.balance(chart.protected(world.deal), "USD") == usd(0)
    with pytest.raises(Refused, match="held any more"):
        hold_age.give_back(lot, by=staff)


def test_the_days_are_dated_rows_by_country_and_always_end_before_the_limit() -> None:
    today = time.now().date()
    for country in ("US", "DE", "TH", "JP"):
        row = rules.holding(country, today)
        assert 0 < row["warn_days"] < row["rule_days"] < row["resolve_days"] < min(row["limit_days"], 90)
        assert row["source"]
    assert rules.holding("TH", today)["limit_days"] == 10
