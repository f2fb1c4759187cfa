"""A deal whose payment its payer's bank has taken back: clocks stand still, finished work waits, a lost payment ends the deal."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.briefs import backing
from marketplace.briefs import service as briefs
from marketplace.collaborations import deals
from marketplace.collaborations.models import Deal
from marketplace.content import service
from marketplace.payments import queries as payments
from marketplace.payments.books import chart, freezes
from marketplace.payments.books import ledger as books
from marketplace.payments.books.freezes import Frozen
from marketplace.payments.losses import chargebacks, hold_age
from marketplace.payments.models import Lot, Payout, Refund
from marketplace.payments.money_in import funding
from tests import ledger
from tests.factories_deals import Sides, active, deal_of, drafted, landed, piece_of, published, sides, signed
from tests.pages_of_deals import words


@pytest.fixture(autouse=True)
def _the_books_are_right():
    yield
    ledger.check("")


def told(status: str, *movements: int) -> None:
    """What the bank of the only payment there is says, as Stripe tells it; the movements are on our balance."""
    moment, lot = int(time.now().timestamp()), db.session.scalars(sa.select(Lot)).one()
    found = {
        "id": "du_1", "charge": lot.charge_id, "amount": lot.amount_minor, "currency": "usd",
        "reason": "fraudulent", "status": status, "created": moment, "evidence_details": {"due_by": moment + 864_000},
        "balance_transactions": [
            {
                "id": f"txn_{number}", "type": "adjustment", "source": "du_1", "amount": minor, "fee": 0, "net": minor,
                "currency": "usd", "created": moment, "available_on": moment, "status": "available",
            }
            for number, minor in enumerate(movements)
        ],
    }  # fmt: skip
    assert chargebacks.settle(found)


@pytest.fixture
def frozen(run_jobs: Any) -> tuple[Sides, Deal]:
    """A deal at work whose payment was taken back."""
    between = sides()
    deal = active(between)
    told("needs_response", -30_000)
    run_jobs()
    return between, deal


def test_every_clock_stands_still_and_counts_on_when_it_is_won(frozen: Any, client: Any, run_jobs: Any) -> None:
    between, deal = frozen
    (row,) = deadlines.in_rooms([deal.id])
    assert row.state == "paused"
    for who in (between.creator, between.brand):
        client.sign_in(who)
        assert "The payment stands still" in words(client.get(f"/deals/{db.short(deal.id)}"))
    with pytest.raises(Frozen):
        deals.cancel(deal, "Enough.", by=between.creator.actor)
    told("won", -30_000, 30_000)
    run_jobs()
    assert row.state == "running"
    client.sign_in(between.creator)
    assert "The payment stands still" not in words(client.get(f"/deals/{db.short(deal.id)}"))


def test_work_finished_meanwhile_waits_and_is_paid_when_it_is_won(frozen: Any, run_jobs: Any) -> None:
    between, deal = frozen
    piece = piece_of(deal)
    service.confirm(published(piece, between), by=between.brand.actor)
    assert (deal.state, db.session.query(Payout).count()) == ("active", 0)
    told("won", -30_000, 30_000)
    run_jobs()
    assert (deal.state, db.session.query(Payout).one().amount_minor) == ("completed", 27_000)


def test_a_lost_payment_ends_the_deal_and_says_why(frozen: Any, client: Any, run_jobs: Any) -> None:
    between, deal = frozen
    drafted(piece_of(deal), between.creator)
    told("lost", -30_000)
    run_jobs()
    assert deal.state == "cancelled"
    assert freezes.standing(deal.id) is None
    assert funding.protected(deal.id, "USD").minor == 0
    assert db.session.query(Payout).count() == db.session.query(Refund).count() == 0
    client.sign_in(between.creator)
    assert "gave the payment back to the card’s holder" in words(client.get(f"/deals/{db.short(deal.id)}"))


@pytest.mark.parametrize("decision", ["won", "lost"])
def test_a_chargeback_on_a_briefs_budget_freezes_the_deal_paid_out_of_it_and_takes_each_share_if_lost(
    run_jobs: Any, decision: str
) -> None:
    between = sides(head_count=2)
    brief = between.brief
    landed(backing.fund(brief, "/brand/briefs", by=between.brand.actor))
    deal = deal_of(signed(between))  # half of the budget
    told("needs_response", -60_000)
    run_jobs()
    assert freezes.standing(deal.id) is not None
    assert {row.state for row in deadlines.in_rooms([deal.id])} == {"paused"}
    assert [funding.protected(one, "USD").minor for one in (deal.id, brief.id)] == [0, 0]
    with pytest.raises(Frozen):
        deals.cancel(deal, "Enough.", by=between.creator.actor)
    ledger.check("")
    briefs.close(brief, by=between.brand.actor)
    run_jobs()
    told(decision, -60_000, *([60_000] if decision == "won" else []))
    run_jobs()
    assert freezes.standing(deal.id) is None
    balances = [books.balance(chart.protected(one), "USD").minor for one in (deal.id, brief.id)]
    back = db.session.scalars(sa.select(Refund)).all()
    assert books.balance(chart.CHARGEBACK_WITHHELD, "USD").minor == 0
    assert books.balance(chart.CHARGEBACK_LOSSES, "USD").minor == 0
    if decision == "won":
        assert (deal.state, balances[0]) == ("active", 30_000)
        assert {row.state for row in deadlines.in_rooms([deal.id])} == {"running"}
        assert [(one.subject_id, one.amount_minor) for one in back] == [(brief.id, 30_000)]  # nobody waits for it
    else:
        assert (deal.state, balances, back) == ("cancelled", [0, 0], [])
        assert [one.lost.minor for one in payments.subjects(between.brand.party.id)] == [30_000, 30_000]


def test_money_held_too_long_is_split_by_the_contracts_ladder_whatever_dispute_is_open(
    run_jobs: Any, clock: Any
) -> None:
    between = sides()
    deal = active(between)
    lot = db.session.scalars(sa.select(Lot)).one()
    service.approve(drafted_piece(deal, between), by=between.brand.actor)
    freezes.begin(deal.id, why="dispute", ref=db.new_id(), by=between.brand.actor)
    run_jobs()
    assert {row.state for row in deadlines.in_rooms([deal.id])} == {"paused"}
    clock.travel(timedelta(days=88) - (time.now() - lot.created_at))
    hold_age.watch()
    run_jobs()
    assert deal.state == "cancelled"
    assert "as long as the rules allow" in deal.cancel_reason
    assert db.session.query(Payout).one().amount_minor == 27_000  # the approved piece was hers
    assert funding.protected(deal.id, "USD").minor == 0


def drafted_piece(deal: Deal, between: Sides) -> Any:
    piece = piece_of(deal)
    drafted(piece, between.creator)
    return piece
