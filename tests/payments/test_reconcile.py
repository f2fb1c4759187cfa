"""Each kind of difference between Stripe and our books is planted, named with its cause, and never mended silently."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import clock, db
from marketplace.authz import CLOCK
from marketplace.payments import jobs as payment_jobs
from marketplace.payments.books import balance, chart, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.losses import recovery
from marketplace.payments.models import BalanceTransaction, StripeOperation, WebhookEvent
from marketplace.payments.money_in import refunds
from marketplace.payments.reconciliation import differences, missed, reconcile
from marketplace.payments.reconciliation.difference_words import CAUSES
from marketplace.payments.reconciliation.differences import Difference
from marketplace.payments.states import FundingState, PayoutState
from tests import factories
from tests.ledger import balances
from tests.payments.test_faults import break_calls
from tests.payments.test_pages import text
from tests.payments.world import World, usd


def told(rows: list[Difference]) -> set[tuple[str, str, int]]:
    """What differs, as type, cause and signed minor units."""
    return {(row.type, row.cause, row.amount_minor) for row in rows}


def later(minutes: int = 20) -> Any:
    return clock.at(clock.now() + timedelta(minutes=minutes))


def test_after_paying_releasing_and_refunding_nothing_differs(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(5_000, subject=db.new_id())
    world.release(60_000, 6_000)
    refunds.refund(subject=world.deal, amount=usd(10_000), reason="fewer posts", key="r", by=world.brand.actor)
    world.run_jobs()
    assert reconcile.run() == []
    assert db.session.query(BalanceTransaction).count() == 4
    (run,) = differences.last_runs()
    assert (run.problem, run.read["movements"], run.read["transfers"], run.read["refunds"]) == (None, 4, 1, 1)
    there = world.server.client().v1.balance.retrieve()
    assert run.balances["USD"]["there"] == [there.available[0].amount, there.pending[0].amount]
    assert run.balances["USD"]["there"] == run.balances["USD"]["here"]


def test_after_released_money_was_taken_back_nothing_differs(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(subject=db.new_id())
    payout = world.release()
    world.run_jobs()
    recovery.take_back(payout, usd(50_000), reason="half was never posted", key="k", by=world.brand.actor)
    world.run_jobs()
    assert len(world.at_stripe("transfer_reversal")) == 1
    assert reconcile.run() == []


def test_a_payment_whose_message_is_missing_is_named_and_its_message_fetched(world: World) -> None:
    row = world.begin()
    world.pay(row)
    world.server.messages()  # they are lost on the way
    assert told(reconcile.run()) == {("charge", "unheard", 97_070)}
    command = world.app.test_cli_runner().invoke(args=["stripe", "reconcile"])
    assert command.exit_code == 1
    assert "970.70 USD     0 h  A payment of ours whose message has not reached us" in command.output
    assert missed.fetch() == 0  # what is younger than five minutes may still arrive by itself
    with later():
        assert missed.fetch() > 0
        assert missed.fetch() == 0
        world.run_jobs()
    assert row.state == FundingState.FUNDED
    assert all(event.fetched for event in db.session.scalars(sa.select(WebhookEvent)))
    assert reconcile.run() == []
    (settled,) = differences.ended()
    assert settled.cause == "unheard"


def test_a_message_that_was_fetched_and_arrives_after_all_has_one_effect(world: World) -> None:
    world.pay(world.begin())
    with later():
        fetched = missed.fetch()
        assert world.deliver() >= fetched
    ids = list(db.session.scalars(sa.select(WebhookEvent.stripe_id)))
    assert len(ids) == len(set(ids))
    assert balances(**world.names)["protected:deal"] == "1000.00"


def test_a_fetched_thin_message_makes_an_account_ready(world: World) -> None:
    account = world.onboard(outcome="restricted")
    world.server.messages()
    capability = {"account": account.stripe_id, "status": "active"}
    world.server.control("POST", "/capabilities", **capability)
    world.server.messages()
    with later():
        missed.fetch()
        world.run_jobs()
    assert account.state == "ready"


def test_a_transfer_and_a_refund_made_by_hand_are_named(world: World) -> None:
    account = world.onboard()
    world.fund()
    by_hand = world.server.client()
    made = by_hand.v1.transfers.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "destination": str(account.stripe_id),
            "source_transaction": world.charge(),
        }
    )
    by_hand.v1.refunds.create({"charge": world.charge(), "amount": 2_000})
    found = reconcile.run()
    assert told(found) == {("transfer", "stray_transfer", -1_000), ("refund", "stray_refund", -2_000)}
    by_hand.v1.transfers.reversals.create(made.id, {"amount": 400})
    assert ("transfer_refund", "came_back", 400) in told(reconcile.run())
    with clock.at(clock.now() + timedelta(days=60)):
        assert len(reconcile.run()) == 3  # age does not mend them
    line = differences.last_runs()[0].balances["USD"]
    assert (line["explained"], line["left"]) == (-2_600, 0)


def test_a_payment_and_a_payout_outside_the_portal_are_named(world: World) -> None:
    by_hand = world.server.client()
    by_hand.v1.payment_intents.create(
        {
            "amount": 5_000, "currency": "usd", "confirm": True, "payment_method": "pm_card_bypassPending",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )  # fmt: skip
    by_hand.v1.payouts.create({"amount": 1_500, "currency": "usd"})
    assert told(reconcile.run()) == {("charge", "stray_payment", 4_825), ("payout", "stray_payout", -1_500)}


def test_a_call_whose_answer_is_outstanding_is_known_as_ours_and_leads_to_it(world: World) -> None:
    world.onboard()
    world.fund()
    break_calls(world, "drop", "/v1/transfers")
    payout = world.release()
    world.run_jobs()
    (one,) = reconcile.run()
    assert (one.cause, one.amount) == ("outstanding", usd(-90_000))
    assert one.operation_id == world.operation("transfer").id
    world.deliver()
    assert payout.state == PayoutState.PAID
    assert reconcile.run() == []


@pytest.mark.breaks_books
def test_an_amount_that_differs_is_named_with_both_sides(world: World) -> None:
    world.onboard()
    world.fund()
    world.release()
    world.run_jobs()
    row = db.session.scalars(sa.select(BalanceTransaction).where(BalanceTransaction.type == "transfer")).one()
    row.amount_minor, row.net_minor = -80_000, -80_000
    call = world.operation("transfer")
    call.params = {**call.params, "amount": 80_000}
    found = {one.cause: one for one in reconcile.run()}
    assert set(found) == {"changed", "amount"}
    assert (found["changed"].at_stripe, found["changed"].in_books) == (usd(-90_000), usd(-80_000))
    assert (found["amount"].at_stripe, found["amount"].in_books) == (usd(90_000), usd(80_000))
    assert found["changed"].journal_id == row.journal_id


@pytest.mark.breaks_books
def test_a_journal_of_ours_without_a_movement_is_named_and_leads_to_it(world: World) -> None:
    world.fund()
    legs = [debit(chart.STRIPE_AVAILABLE, usd(700)), credit(chart.STRIPE_FEES, usd(700))]
    journal = ledger.post(Entry(key="x:1", kind="charge", legs=legs, reason="by mistake"), by=CLOCK)
    (one,) = reconcile.run()
    assert (one.cause, one.amount, one.journal_id) == ("no_movement", usd(-700), journal.id)
    assert differences.last_runs()[0].balances["USD"]["left"] == 0
    ledger.reverse(journal, reason="it was a mistake", by=CLOCK)


@pytest.mark.breaks_books
def test_what_stripe_does_not_have_is_named(world: World) -> None:
    world.onboard()
    world.fund()
    world.release()
    world.run_jobs()
    assert reconcile.run() == []
    db.session.execute(sa.update(StripeOperation).where(StripeOperation.kind == "transfer").values(object_id="tr_none"))
    stays = db.session.scalars(sa.select(BalanceTransaction).where(BalanceTransaction.type == "transfer")).one()
    db.session.execute(sa.update(BalanceTransaction).where(BalanceTransaction.id == stays.id).values(id="txn_none"))
    db.session.expire_all()
    causes = {(one.reference, one.cause) for one in reconcile.run()}
    assert ("tr_none", "missing") in causes
    assert ("txn_none", "vanished") in causes


@pytest.mark.breaks_books
def test_a_transfer_to_another_account_than_we_named_is_named(world: World) -> None:
    world.onboard()
    world.fund()
    world.release()
    world.run_jobs()
    call = world.operation("transfer")
    call.params = {**call.params, "destination": "acct_somebody"}
    assert [one.cause for one in reconcile.run()] == ["destination"]


def test_a_refund_that_the_bank_sent_back_is_named(world: World) -> None:
    world.fund()
    world.fund(5_000, subject=db.new_id())
    (row,) = refunds.refund(subject=world.deal, amount=usd(10_000), reason="fewer", key="r", by=world.brand.actor)
    world.run_jobs()
    listed: Any = {"transfers": [], "payouts": [], "reversals": [], "refunds": [{
        "id": row.stripe_id, "amount": 10_000, "currency": "usd", "created": 1_790_000_000, "status": "failed"}]}  # fmt: skip
    (one,) = reconcile.matching.differences(listed)
    assert (one.cause, one.amount) == ("refund_failed", usd(10_000))


@pytest.mark.breaks_books
def test_a_balance_that_the_list_does_not_explain_is_named(world: World) -> None:
    world.fund()
    read = reconcile._read(reconcile.EVERYTHING)
    assert read.balances
    run = reconcile.begin()
    assert run
    off = reconcile.Read(read.movements, read.objects, {"USD": (0, 97_000)}, read.books)
    reconcile._compare(run, off)
    (one,) = differences.standing()
    assert (one.cause, one.amount, one.at_stripe) == ("balance", usd(-70), usd(97_000))
    other = reconcile.Read(read.movements, read.objects, {"USD": (97_070, 0)}, read.books)
    with clock.at(clock.now() - timedelta(days=5)):  # no movement becomes available near this day
        reconcile._compare(run, other)
        assert [one.cause for one in differences.standing()] == ["split"]
    reconcile._compare(run, read)
    assert differences.standing() == []


def test_where_stripe_does_not_answer_the_run_says_so_and_what_stood_stands(world: World) -> None:
    world.pay(world.begin())
    reconcile.run()
    world.server.fault("drop", "/v1/balance*", "GET", count=9)
    assert told(reconcile.run()) == {("charge", "unheard", 97_070)}
    assert "APIConnectionError" in (differences.last_runs()[0].problem or "")
    world.client.sign_in(factories.staff())
    assert "The last comparison did not reach its end" in text(world.client.get("/staff/stripe"))


def test_one_comparison_at_a_time_and_a_killed_one_does_not_stop_the_next(world: World) -> None:
    assert reconcile.begin() is not None
    assert reconcile.begin() is None
    assert reconcile.run() == []
    with later():
        assert reconcile.run() == []
    assert [run.ended_at is None for run in differences.last_runs()] == [False, True]


def test_what_was_pending_becomes_available_when_stripe_says_so(world: World) -> None:
    world.onboard()
    world.fund()
    world.release(60_000, 6_000)
    world.run_jobs()
    assert balance.settle() == 0
    with clock.at(clock.now() + timedelta(days=8)):
        assert balance.settle() == 2
        assert balance.settle() == 0
        held = balances(**world.names)
        assert "stripe_pending" not in held
        assert held["stripe_available"] == "430.70"
        world.server.advance(days=8)
        there = world.server.client().v1.balance.retrieve()
        assert there.available[0].amount == 43_070
        assert reconcile.run() == []


def test_what_becomes_available_at_once_is_moved_batch_by_batch_within_its_time(world: World) -> None:
    for _ in range(4):
        world.fund(5_000, subject=db.new_id())
    with clock.at(clock.now() + timedelta(days=8)):
        assert balance.settle(at_once=1, longest=timedelta(0)) == 1  # its time is over: the next run goes on
        assert balance.settle(at_once=2) == 3
        assert balance.settle(at_once=2) == 0
    assert "stripe_pending" not in balances(**world.names)


def test_the_schedule_reads_the_platforms_messages_often_and_each_paid_accounts_nightly(world: World) -> None:
    account = world.onboard()
    world.fund()
    world.release()
    world.run_jobs()
    with later():
        for job in (payment_jobs.fetch_messages, payment_jobs.match_hourly, payment_jobs.mirror_nightly):
            job()
        read = {row.name: row.read_until for row in db.session.scalars(sa.select(missed.Cursor))}
        assert set(read) == {"platform", "thin", account.stripe_id}
        assert set(read.values()) <= {clock.now() - missed.ARRIVES_IN}
    asked = [one["params"] for one in world.server.requests("/v1/events")]
    assert len(asked) >= 3
    hourly, nightly = sorted(differences.last_runs(), key=lambda run: run.since)  # both began at one moment
    assert hourly.since == reconcile.EVERYTHING
    assert nightly.since == hourly.began_at - reconcile.NIGHTLY


def test_staff_see_each_difference_with_its_cause_age_and_way_to_it_and_compare_again(world: World) -> None:
    world.client.sign_in(factories.staff())
    for place in ("/staff/stripe", "/staff/ledger"):
        assert "Nothing has been compared yet" in text(world.client.get(place))
    account = world.onboard()
    world.fund()
    break_calls(world, "drop", "/v1/transfers")
    world.release(50_000, 5_000)
    world.run_jobs()
    world.server.client().v1.transfers.create(
        {
            "amount": 1_000,
            "currency": "usd",
            "destination": str(account.stripe_id),
            "source_transaction": world.charge(),
        }
    )
    assert world.client.submit("/staff/stripe/compare").status_code == 303
    assert "A comparison is under way" in text(world.client.get("/staff/stripe"))
    assert world.client.submit("/staff/stripe/compare").status_code == 409
    world.run_jobs()
    page = world.client.get("/staff/stripe")
    shown = text(page)
    for words in (
        "A transfer made by hand in Stripe’s dashboard", "-$10.00", "Only at Stripe",
        "Our own call: Stripe did it, and its answer has not reached us", "-$450.00", "May settle by itself",
        "At Stripe", "$510.70", "$970.70", "The differences above explain all of it: -$460.00",
    ):  # fmt: skip
        assert words.replace("-", "−") in shown.replace("-", "−"), words
    call = db.short(world.operation("transfer").id)
    assert f"/staff/stripe/calls/{call}" in page.get_data(as_text=True)
    assert "No answer; it may have happened" in text(world.client.get(f"/staff/stripe/calls/{call}"))
    journal = db.session.scalars(
        sa.select(BalanceTransaction.journal_id).where(BalanceTransaction.journal_id.is_not(None))
    )
    assert "Protected payment" in text(world.client.get(f"/staff/stripe/journals/{db.short(journal.first())}"))
    assert "2 things are told differently" in text(world.client.get("/staff/ledger"))
    assert "Stripe and our books differ" not in text(world.client.get("/staff"))
    with later():
        assert "Stripe and our books differ in 2 things" in text(world.client.get("/staff"))
    world.client.sign_in(world.brand)
    assert world.client.get("/staff/stripe").status_code == 403


def test_every_cause_that_is_found_has_its_words() -> None:
    from marketplace.payments.reconciliation import matching, movements

    named = set(movements.CAUSE_OF.values()) | {noun.stray for noun in matching.NOUNS.values()}
    named |= {"unheard", "outstanding", "refused", "unknown", "vanished", "missing", "changed", "amount"}
    named |= {"destination", "no_movement", "balance", "split", "refund_failed"}
    assert named == set(CAUSES)
