"""A refund that its bank sent back is owed to the brand, told to both, and leaves by another way; a lost message is asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace import clock, db
from marketplace.accounts import passwords
from marketplace.errors import Refused
from marketplace.notifications.models import Mail
from marketplace.payments import jobs as payment_jobs
from marketplace.payments.books import chart, freezes, ledger
from marketplace.payments.losses import returned
from marketplace.payments.models import Refund, ReturnedRefund
from marketplace.payments.money_in import refunds
from marketplace.payments.money_out import sweep_fees
from marketplace.payments.reconciliation import reconcile
from tests import factories
from tests.ledger import balances
from tests.payments.test_pages import text
from tests.payments.world import World, usd


def refunded(world: World, minor: int = 40_000) -> Refund:
    """A refund of the deal's that Stripe has made, with another payment beside it that keeps the balance above zero."""
    world.fund()
    world.fund(subject=db.new_id())
    (row,) = refunds.refund(subject=world.deal, amount=usd(minor), reason="fewer", key="r", by=world.brand.actor)
    world.run_jobs()
    world.deliver()
    assert row.state == "done"
    return row


def came_back(world: World) -> Refund:
    """The same, and its bank has said no; we have heard of it."""
    row = refunded(world)
    world.server.fail_refund(str(row.stripe_id))
    world.deliver()
    assert row.state == "came_back"
    return row


def owed(world: World) -> str:
    held = ledger.balance(chart.refund_due(world.brand.party.id), "USD")
    return held.plain()


def test_a_refund_that_failed_after_it_was_done_is_owed_to_the_brand_and_to_no_deal(world: World) -> None:
    row = came_back(world)
    assert owed(world) == "400.00"
    assert balances(**world.names)["protected:deal"] == "600.00"
    assert sweep_fees.sweepable("USD") == usd(0)
    assert reconcile.run() == []
    world.onboard()
    with pytest.raises(ledger.Overdraft):
        world.release(70_000, 7_000)
    assert returned.waiting() == [row]


def test_brand_and_staff_are_told_what_happens_next(world: World) -> None:
    factories.staff("finance")
    row = came_back(world)
    mails = {
        mail.subject: mail.text
        for mail in db.session.query(Mail)
        if "sent" in mail.subject or "came back" in mail.subject
    }
    assert "is yours" in mails["Your bank sent $400.00 back to us"]
    staff = mails[f"A refund of $400.00 to {world.brand.party.name} came back"]
    assert f"/staff/refunds/{db.short(row.id)}" in staff
    world.client.sign_in(world.brand)
    assert "Your bank sent $400.00 back to us" in text(world.client.get("/brand/funding"))
    world.client.sign_in(factories.staff())
    for page in ("/home", "/staff/money"):
        assert "way" in text(world.client.get(page))
        assert f"/staff/refunds/{db.short(row.id)}" in world.client.get(page).get_data(as_text=True)


def test_told_twice_and_in_any_order_it_has_one_effect(world: World) -> None:
    row = refunded(world)
    world.server.webhook_fault("duplicate", "refund.*", count=2)
    world.server.fail_refund(str(row.stripe_id))
    world.deliver()
    made = refunds.stripe.refund(str(row.stripe_id))
    refunds.settle(row, made)
    refunds.settle(row, {**made, "status": "succeeded", "failure_balance_transaction": None})  # a late word of before
    assert (row.state, owed(world)) == ("came_back", "400.00")
    assert db.session.query(ReturnedRefund).count() == 1


def test_a_refund_that_left_and_came_back_before_we_heard_of_either_is_booked_both_ways(world: World) -> None:
    world.fund()
    world.fund(subject=db.new_id())
    world.server.fault("drop", "/v1/refunds", "POST", count=9)
    (row,) = refunds.refund(subject=world.deal, amount=usd(40_000), reason="fewer", key="r", by=world.brand.actor)
    world.run_jobs()
    assert row.state == "sending"
    world.server.control("DELETE", "/faults")
    world.server.fail_refund(world.at_stripe("refund")[0]["id"])
    world.server.messages()  # all of them are lost
    with clock.at(clock.now() + timedelta(minutes=5)):
        payment_jobs.sweep()
        world.run_jobs()  # the same key again: Stripe repeats what it said at first
        payment_jobs.match_hourly()
        payment_jobs.ask_after_refunds()
    assert (row.state, owed(world)) == ("came_back", "400.00")
    assert reconcile.run() == []


def test_where_the_message_is_lost_the_movement_leads_to_it(world: World) -> None:
    row = refunded(world)
    world.server.fail_refund(str(row.stripe_id))
    world.server.messages()
    assert {one.cause for one in reconcile.run()} == {"refund_failed"}
    payment_jobs.ask_after_refunds()
    assert (row.state, owed(world)) == ("came_back", "400.00")
    assert reconcile.run() == []


def test_a_refund_that_waits_for_our_balance_is_asked_after(world: World) -> None:
    world.fund()
    (row,) = refunds.refund(subject=world.deal, amount=usd(100_000), reason="all", key="r", by=world.brand.actor)
    world.run_jobs()  # Stripe kept its fee: the balance is too small
    assert (row.state, bool(row.stripe_id)) == ("sending", True)
    payment_jobs.ask_after_refunds()
    assert row.state == "sending"
    world.fund(subject=db.new_id())
    world.server.advance(days=1)
    world.server.messages()  # its message is lost
    payment_jobs.ask_after_refunds()
    assert row.state == "done"
    assert reconcile.run() == []


def test_it_is_refunded_once_more_and_arrives(world: World) -> None:
    row = came_back(world)
    staff = factories.staff().actor
    second = returned.again(row, by=staff)
    with pytest.raises(Refused, match="on its way to the brand already"):
        returned.again(row, by=staff)
    world.run_jobs()
    world.deliver()
    assert (row.state, second.state, owed(world)) == ("again", "done", "0.00")
    assert balances(**world.names)["protected:deal"] == "600.00"
    assert [one["amount"] for one in world.at_stripe("refund")] == [40_000, 40_000]
    assert reconcile.run() == []


def test_once_more_may_come_back_again_or_be_refused_and_is_owed_as_before(world: World) -> None:
    row = came_back(world)
    second = returned.again(row, by=factories.staff().actor)
    world.run_jobs()
    world.server.fail_refund(str(second.stripe_id))
    world.deliver()
    assert (second.state, owed(world)) == ("came_back", "400.00")
    world.server.dispute(world.at_stripe("charge")[-1]["id"])
    third = returned.again(second, by=factories.staff().actor)
    world.run_jobs()
    assert (third.state, second.state, owed(world)) == ("refused", "came_back", "400.00")
    world.deliver()
    assert freezes.standing(world.deal) is not None
    assert returned.waiting() == [second]


def test_staff_write_down_how_it_was_paid_and_the_brand_reads_it(world: World) -> None:
    row = came_back(world)
    admin, page = factories.staff(), f"/staff/refunds/{db.short(row.id)}"
    admin.user.password_hash = passwords.hash_of(factories.PASSWORD)
    world.client.sign_in(world.brand)
    assert world.client.get(page).status_code == 404
    world.client.sign_in(admin)
    assert "Refund it once more" in text(world.client.get(page))
    typed = {"note": "bank transfer, reference GW 1234", "password": "wrong"}
    refused = world.client.submit(f"{page}/paid", typed)
    assert refused.status_code == 422
    assert "reference GW 1234" in refused.get_data(as_text=True)
    typed["password"] = factories.PASSWORD
    assert world.client.submit(f"{page}/paid", {**typed, "note": ""}).status_code == 422
    assert world.client.submit(f"{page}/paid", typed).status_code == 303
    assert world.client.submit(f"{page}/paid", typed).status_code == 409
    assert world.client.submit(f"{page}/again").status_code == 409
    world.run_jobs()
    assert (row.state, owed(world)) == ("paid_otherwise", "0.00")
    assert balances(**world.names)["own_funds"] == "400.00"
    (mail,) = [one for one in db.session.query(Mail) if "another way" in one.subject]
    assert "reference GW 1234" in mail.text
    assert reconcile.run() == []
