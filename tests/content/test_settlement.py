"""A deal's money: released when all is live and confirmed, split by the ladder when it ends early."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import db, deadlines
from marketplace.authz import CLOCK
from marketplace.collaborations import deals
from marketplace.collaborations import reactions as collaborations
from marketplace.collaborations.models import Deal
from marketplace.content import queries, service
from marketplace.contracts import service as contracts
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.events import Funded
from marketplace.payments.models import Payout, Refund
from marketplace.payments.money_in import funding
from tests import ledger
from tests.factories_deals import active, agreed, deal_of, drafted, picture, piece_of, published, sides, sign, signed

THREE = [{"platform": "instagram", "format": "reel", "count": 3, "due_days": 10}]


@pytest.fixture(autouse=True)
def _the_books_are_right():
    yield
    ledger.check("")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_verified_publication_of_all_releases_the_pay_minus_the_shown_fee() -> None:
    between = sides()
    deal = active(between)
    piece = piece_of(deal)
    assert funding.protected(deal.id, "USD") == usd(30_000)
    service.confirm(published(piece, between), by=between.brand.actor)
    payout = db.session.scalars(sa.select(Payout)).one()
    assert (payout.amount, payout.fee, payout.payee_party_id) == (usd(27_000), usd(3_000), between.creator.party.id)
    assert (payout.reason, payout.evidence["deliverable_ids"]) == ("approved work", [str(piece.id)])
    assert payout.evidence["contract_id"] == str(deal.contract_id)
    assert (deal.state, funding.protected(deal.id, "USD")) == ("completed", usd(0))


def test_silence_releases_with_the_clocks_that_passed_as_evidence(clock) -> None:
    between = sides()
    deal = active(between)
    piece = piece_of(deal)
    drafted(piece, between.creator)
    clock.travel(timedelta(days=5))
    deadlines.sweep()
    service.approve(piece, by=CLOCK, by_silence=True)
    service.publish(piece, "https://instagram.com/p/abc", picture(between.creator), by=between.creator.actor)
    service.confirm(piece, by=between.brand.actor)
    payout = db.session.scalars(sa.select(Payout)).one()
    assert payout.reason == "silence"
    assert payout.evidence["deadline_id"]


def test_nothing_is_released_before_the_last_piece_is_confirmed() -> None:
    between = sides(deliverables=THREE)
    deal = active(between)
    for piece in queries.of_deal(deal.id)[:2]:
        service.confirm(published(piece, between), by=between.brand.actor)
    assert db.session.scalars(sa.select(Payout)).all() == []
    assert funding.protected(deal.id, "USD") == usd(30_000)


def test_cancelling_pays_each_approved_piece_its_share_and_gives_the_rest_back() -> None:
    between = sides(deliverables=THREE)
    deal = active(between)
    first, second, _ = queries.of_deal(deal.id)
    published(first, between)
    drafted(second, between.creator)
    deals.cancel(deal, "I am ill.", by=between.creator.actor)
    assert db.session.scalars(sa.select(Payout)).one().amount == usd(9_000)
    assert db.session.scalars(sa.select(Refund)).one().amount == usd(20_000)
    assert funding.protected(deal.id, "USD") == usd(0)


def test_a_brand_cannot_cancel_its_way_out_of_a_review() -> None:
    between = sides(deliverables=THREE)
    deal = active(between)
    drafted(piece_of(deal), between.creator)
    deals.cancel(deal, "Changed plans.", by=between.brand.actor)
    assert db.session.scalars(sa.select(Payout)).one().amount == usd(9_000)
    assert db.session.scalars(sa.select(Refund)).one().amount == usd(20_000)


def test_a_refund_before_anything_is_earned_gives_everything_back() -> None:
    between = sides()
    deal = active(between)
    deals.cancel(deal, "Changed plans.", by=between.brand.actor)
    assert db.session.scalars(sa.select(Payout)).all() == []
    assert db.session.scalars(sa.select(Refund)).one().amount == usd(30_000)


def test_the_landed_payment_starts_the_work_and_a_second_telling_changes_nothing(run_jobs) -> None:
    between = sides()
    deal = active(between)
    fact = Funded(db.new_id(), deal.id, between.brand.party.id, 30_000, "USD")
    collaborations.fund(fact)
    assert db.session.get_one(Deal, deal.id).state == "active"


def test_an_unpaid_deal_ends_free_for_both(clock, run_jobs) -> None:
    deal = deal_of(signed(sides()))
    run_jobs()
    clock.travel(timedelta(days=5))
    deadlines.sweep()
    run_jobs()
    db.session.expire_all()
    assert db.session.get_one(Deal, deal.id).state == "cancelled"


def test_money_that_lands_after_the_deal_ended_goes_back() -> None:
    between = sides()
    deal = active(between)
    deals.cancel(deal, "Changed plans.", by=between.brand.actor)
    collaborations.fund(Funded(db.new_id(), deal.id, between.brand.party.id, 30_000, "USD"))
    assert db.session.get_one(Deal, deal.id).state == "cancelled"
    assert funding.protected(deal.id, "USD") == usd(0)


def test_paying_in_is_for_a_deal_that_waits_for_it() -> None:
    between = sides()
    with pytest.raises(Refused, match="nothing to pay in"):
        deals.fund(active(between), "/deals", by=between.brand.actor)


def test_payout_set_up_is_required_at_signing() -> None:
    between = sides()
    contract = contracts.draw_up(agreed(between), by=CLOCK)
    with pytest.raises(Refused, match="Set up where your pay goes first"):
        sign(contract, between.creator)
    sign(contract, between.brand)
    assert contract.state == "open"
