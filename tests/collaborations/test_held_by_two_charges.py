"""A deal paid by two charges, one of them at the bank: what is free is split in time, the rest when the bank gives it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from marketplace import clock as time
from marketplace import db
from marketplace.authz import CLOCK
from marketplace.briefs import backing
from marketplace.collaborations import coming, deals
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.models import Deal
from marketplace.content import service as content
from marketplace.errors import Refused
from marketplace.events import EventDelivery
from marketplace.money import Money
from marketplace.payments import queries
from marketplace.payments.losses import chargebacks, hold_age
from marketplace.payments.models import Lot
from marketplace.payments.money_in import funding
from tests import factories, ledger
from tests.factories_deals import Sides, deal_of, drafted, landed, piece_of, sides, signed


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def bank(charge: str, status: str) -> None:
    """What the payer's bank says of a charge."""
    chargebacks.settle({
        "id": "du_two", "charge": charge, "amount": 60_000, "currency": "usd", "reason": "fraudulent",
        "status": status, "created": int(time.now().timestamp()), "balance_transactions": [],
        "evidence_details": {"due_by": int(time.now().timestamp()) + 86_400},
    })  # fmt: skip


@pytest.fixture
def two(clock: Any, run_jobs: Any) -> tuple[Deal, Sides, Lot]:
    """A deal at work whose 300.00 came by two charges, 200.00 and 100.00; the first is charged back a month later."""
    clock.freeze(time.now())
    between = sides(head_count=2)
    landed(backing.fund(between.brief, "/brand/briefs", by=between.brand.actor))
    deal_of(signed(between, fee=40_000))
    more = Sides(factories.creator("Otto Other"), between.brand, between.brief)
    deal = deal_of(signed(more))
    landed(backing.fund(between.brief, "/brand/briefs", by=between.brand.actor))
    deals.pay_out_of_budget(between.brief, by=CLOCK)
    content.plan(deal, by=CLOCK)
    run_jobs()
    assert deal.state == "active"
    drafted(piece_of(deal), more.creator)
    content.approve(piece_of(deal), by=between.brand.actor)
    assert deal.earned == deal.protected == usd(30_000)
    clock.travel(timedelta(days=30))
    first = db.session.query(Lot).order_by(Lot.id).first()
    assert first is not None
    bank(first.charge_id, "needs_response")
    run_jobs()
    assert funding.protected(deal.id, "USD") == usd(10_000)
    with pytest.raises(Refused, match="The bank of the card"):
        collaborations.cancel(deal, "too long", by=between.brand.actor)
    return deal, more, first


def on_day_88(clock: Any, run_jobs: Any) -> None:
    clock.travel(timedelta(days=58))
    hold_age.watch()
    run_jobs()


def released(deal: Deal) -> list[Money]:
    return [row.amount + row.fee for row in queries.payouts_of(deal.id)]


def test_what_is_free_is_split_before_the_limit_and_what_the_bank_gives_back_follows(
    two: tuple[Deal, Sides, Lot], clock: Any, run_jobs: Any
) -> None:
    deal, _sides, first = two
    on_day_88(clock, run_jobs)
    assert (deal.state, released(deal), deals.still_owed(deal)) == ("cancelled", [usd(10_000)], usd(20_000))
    assert db.session.query(EventDelivery).filter(EventDelivery.delivered_at.is_(None)).count() == 0
    bank(first.charge_id, "won")
    run_jobs()
    assert (released(deal), deals.still_owed(deal)) == ([usd(10_000), usd(20_000)], usd(0))
    assert funding.protected(deal.id, "USD") == usd(0)
    ledger.check()


def test_what_the_bank_keeps_is_lost_and_nobody_waits_for_it(
    two: tuple[Deal, Sides, Lot], clock: Any, run_jobs: Any
) -> None:
    deal, _sides, first = two
    on_day_88(clock, run_jobs)
    bank(first.charge_id, "lost")
    run_jobs()
    assert (deal.state, released(deal)) == ("cancelled", [usd(10_000)])
    assert funding.protected(deal.id, "USD") == usd(0)


def test_both_sides_read_what_waits_for_the_bank(
    two: tuple[Deal, Sides, Lot], clock: Any, run_jobs: Any, client: Any
) -> None:
    deal, between, _first = two
    on_day_88(clock, run_jobs)
    for who in (between.creator, between.brand):
        client.sign_in(who)
        page = client.get(f"/deals/{db.short(deal.id)}").get_data(as_text=True)
        assert "$200.00 of the pay is at the bank" in page


def test_earnings_hold_the_part_of_an_ended_deal_that_the_bank_has_until_it_decides(
    two: tuple[Deal, Sides, Lot], clock: Any, run_jobs: Any, client: Any
) -> None:
    _deal, between, first = two
    on_day_88(clock, run_jobs)
    client.sign_in(between.creator)
    [row] = coming.of(between.creator.actor)
    assert (row.stage, row.amount) == ("held", usd(18_000))  # after the fee of 10 %
    assert "The bank of the brand’s card holds this part" in client.get("/earnings").get_data(as_text=True)
    bank(first.charge_id, "lost")
    run_jobs()
    assert coming.of(between.creator.actor) == []
