"""What somebody did at Stripe by hand is booked as what it was: by kind, once, by a named person, and never more than is there."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, g

from marketplace import db
from marketplace.accounts import passwords
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.losses import recovery
from marketplace.payments.models import BalanceTransaction, Journal, Refund, StrayBooking
from marketplace.payments.money_out import sweep_fees
from marketplace.payments.reconciliation import reconcile, strays
from marketplace.payments.reconciliation.differences import Difference
from tests import factories
from tests import ledger as books
from tests.ledger import balances
from tests.payments.test_pages import text
from tests.payments.threads import at_once, committed_database
from tests.payments.world import World, usd
from tests.services import Services
from tests.stripe_server import StripeServer


@pytest.fixture
def by_hand(world: World) -> Any:
    """Somebody with the key, or in Stripe's dashboard."""
    return world.server.client()


def movement(cause: str) -> BalanceTransaction:
    """The movement of the one difference that has this cause, after a comparison."""
    (one,) = [row for row in reconcile.run() if row.cause == cause]
    found = strays.of(one)
    assert found is not None
    return found


def book(cause: str, what: str, *, reason: str = "agreed by mail") -> StrayBooking:
    """Book it as the first choice of that name."""
    row = movement(cause)
    choice = next(one for one in strays.choices(row) if one.what == what)
    return strays.book(row, choice.value, reason=reason, by=factories.staff().actor)


def settled() -> None:
    """The next comparison maps each movement to its journal, both ways, and finds nothing."""
    assert reconcile.run() == []
    assert db.session.query(BalanceTransaction).filter(BalanceTransaction.journal_id.is_(None)).count() == 0


def pay_in(by_hand: Any, minor: int = 20_000) -> None:
    """A payment past the portal: its money is the platform's own."""
    by_hand.v1.payment_intents.create(
        {
            "amount": minor, "currency": "usd", "confirm": True, "payment_method": "pm_card_bypassPending",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )  # fmt: skip


def test_a_payment_past_the_portal_is_the_platforms_own_money_less_stripes_fee(world: World, by_hand: Any) -> None:
    pay_in(by_hand, 5_000)
    row = book("stray_payment", "own_money")
    held = balances(**world.names)
    assert (held["own_funds"], held["stripe_fees"], held["stripe_available"]) == ("50.00", "1.75", "48.25")
    assert row.amount == usd(5_000)
    assert sweep_fees.sweepable("USD") == usd(4_825)
    settled()


def test_a_payout_by_hand_is_own_money_as_far_as_there_is_any(world: World, by_hand: Any) -> None:
    pay_in(by_hand)
    by_hand.v1.payouts.create({"amount": 1_500, "currency": "usd"})
    with pytest.raises(Refused, match=r"Only \$0.00 at Stripe is the platform’s own.* Pay \$15.00 into"):
        book("stray_payout", "own_money")
    assert len(reconcile.run()) == 2  # the refusal left everything as it was
    book("stray_payment", "own_money")
    book("stray_payout", "own_money")
    assert balances(**world.names)["own_funds"] == "185.00"
    settled()


def test_a_payout_by_hand_that_its_bank_sent_back_is_own_money_again(world: World, by_hand: Any) -> None:
    pay_in(by_hand)
    book("stray_payment", "own_money")
    made = by_hand.v1.payouts.create({"amount": 1_500, "currency": "usd"})
    book("stray_payout", "own_money")
    world.server.fail_payout(made.id)
    book("payout_failed", "own_money")
    assert balances(**world.names)["own_funds"] == "200.00"
    settled()


def test_a_refund_by_hand_comes_out_of_what_is_protected_of_its_payment(world: World, by_hand: Any) -> None:
    world.fund()
    by_hand.v1.refunds.create({"charge": world.charge(), "amount": 40_000})
    row = book("stray_refund", "refund")
    assert row.subject_id == world.deal
    assert balances(**world.names)["protected:deal"] == "600.00"
    assert db.session.query(Refund).one().state == "done"
    world.deliver()  # its own messages, late
    settled()
    world.onboard()
    assert world.release(60_000, 6_000).amount == usd(54_000)


def test_a_refund_by_hand_of_what_was_released_is_borne_by_the_platform(world: World, by_hand: Any) -> None:
    world.onboard()
    world.fund()
    world.fund(subject=db.new_id())
    charge = next(one["id"] for one in reversed(world.at_stripe("charge")))
    world.release(90_000, 9_000)
    world.run_jobs()
    by_hand.v1.refunds.create({"charge": charge, "amount": 20_000})
    row = movement("stray_refund")
    assert [one.what for one in strays.choices(row)] == ["borne"]
    book("stray_refund", "borne")
    assert balances(**world.names)["write_off"] == "200.00"
    settled()


def test_what_another_holds_back_cannot_be_booked_away(world: World, by_hand: Any) -> None:
    world.fund()
    by_hand.v1.refunds.create({"charge": world.charge(), "amount": 40_000})
    row = movement("stray_refund")
    choice = strays.choices(row)[0]
    world.release(70_000, 7_000)
    with pytest.raises(Refused):
        strays.book(row, choice.value, reason="too late", by=factories.staff().actor)
    assert movement("stray_refund").journal_id is None


def test_a_transfer_by_hand_is_paid_ahead_and_worked_off(world: World, by_hand: Any) -> None:
    account = world.onboard()
    world.fund()
    destination = {"destination": str(account.stripe_id), "currency": "usd", "source_transaction": world.charge()}
    by_hand.v1.transfers.create({"amount": 1_000, **destination})
    row = book("stray_transfer", "paid_ahead")
    assert row.party_id == world.creator.party.id
    assert balances(**world.names)["receivable:ann"] == "10.00"
    settled()
    world.release(60_000, 6_000)
    world.run_jobs()
    assert max(one["amount"] for one in world.at_stripe("transfer")) == 53_000
    assert "receivable:ann" not in balances(**world.names)
    settled()


def test_what_comes_back_of_a_transfer_by_hand_is_booked_after_it_and_owed_no_more(world: World, by_hand: Any) -> None:
    account = world.onboard()
    world.fund()
    made = by_hand.v1.transfers.create(
        {
            "amount": 1_000,
            "destination": str(account.stripe_id),
            "currency": "usd",
            "source_transaction": world.charge(),
        }
    )
    by_hand.v1.transfers.reversals.create(made.id, {"amount": 400})
    assert strays.choices(movement("came_back")) == []
    book("stray_transfer", "paid_ahead")
    book("came_back", "paid_ahead")
    assert balances(**world.names)["receivable:ann"] == "6.00"
    settled()


def test_a_transfer_of_ours_reversed_by_hand_goes_to_the_brand_with_the_fee(world: World, by_hand: Any) -> None:
    world.onboard()
    world.fund()
    world.fund(subject=db.new_id())
    world.release(100_000, 10_000)
    world.run_jobs()
    made = world.at_stripe("transfer")[0]
    by_hand.v1.transfers.reversals.create(made["id"], {"amount": 45_000})
    book("came_back", "taken_back", reason="half was never posted")
    world.run_jobs()
    assert [one["amount"] for one in world.at_stripe("refund") if one["id"].startswith("re_")] == [50_000]
    (taken,) = recovery.of_payout(db.session.query(recovery.Recovery).one().payout_id)
    assert (taken.amount, taken.fee, taken.how, taken.state) == (usd(45_000), usd(5_000), "reversal", "done")
    settled()


def test_a_transfer_of_ours_reversed_by_mistake_and_sent_again_leaves_everything_as_it_was(
    world: World, by_hand: Any
) -> None:
    account = world.onboard()
    world.fund()
    world.release(100_000, 10_000)
    world.run_jobs()
    made = world.at_stripe("transfer")[0]
    before = balances(**world.names)
    by_hand.v1.transfers.reversals.create(made["id"], {"amount": 45_000})
    assert [one.what for one in strays.choices(movement("came_back"))] == ["taken_back"]
    by_hand.v1.transfers.create(
        {
            "amount": 45_000, "currency": "usd", "destination": str(account.stripe_id),
            "source_transaction": world.charge(),
        }
    )  # fmt: skip
    assert "own_money" not in [one.what for one in strays.choices(movement("stray_transfer"))]
    book("came_back", "own_money", reason="the wrong button")
    book("stray_transfer", "own_money", reason="the wrong button")
    assert {name: held for name, held in balances(**world.names).items() if held != "0.00"} == before
    settled()


@pytest.mark.parametrize(("kind", "amount", "what", "account"), [
    ("stripe_fee", -500, "stripe_fee", "stripe_fees"),
    ("adjustment", -700, "borne", "write_off"),
    ("topup", 900, "own_money", "own_funds"),
    ("contribution", -300, "borne", "write_off"),
    ("contribution", 300, "own_money", "own_funds"),
])  # fmt: skip
def test_fees_adjustments_and_top_ups_are_booked_by_kind(
    world: World, kind: str, amount: int, what: str, account: str
) -> None:
    world.server.control("POST", "/movements", type=kind, amount=amount)
    (one,) = reconcile.run()
    row = strays.of(one)
    assert row is not None
    assert what in [choice.what for choice in strays.choices(row)]
    strays.book(row, what, reason="the invoice of March", by=factories.staff().actor)
    assert balances(**world.names)[account] == Money(abs(amount), "USD").plain()
    settled()


def test_a_movement_of_our_own_calls_is_never_booked_by_hand(world: World) -> None:
    world.pay(world.begin())
    world.server.messages()
    (one,) = reconcile.run()
    assert (one.cause, strays.of(one)) == ("unheard", None)


def test_booked_twice_the_second_is_told_so_and_nothing_moves(world: World, by_hand: Any) -> None:
    pay_in(by_hand)
    row = movement("stray_payment")
    staff = factories.staff().actor
    strays.book(row, "own_money", reason="a talk at a fair", by=staff)
    with pytest.raises(Refused, match="booked already"):
        strays.book(row, "own_money", reason="a talk at a fair", by=staff)
    assert db.session.query(StrayBooking).count() == db.session.query(Journal).filter_by(kind="by_hand").count() == 1


@pytest.mark.breaks_books  # it looks itself, in a database of its own
def test_two_of_staff_at_once_book_it_once(
    app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any
) -> None:
    with committed_database(services, "strays"):
        g.pop("instance", None)
        factories.instance()
        pay_in(stripe_server.client())
        one = movement("stray_payment").id
        people = [factories.staff().actor, factories.staff().actor]
        db.session.commit()

        def booked(actor: Any) -> Any:
            row = db.session.get_one(BalanceTransaction, one)
            return strays.book(row, "own_money", reason="a talk at a fair", by=actor).id

        results = at_once(app, [lambda actor=actor: booked(actor) for actor in people])
        assert sorted(isinstance(result, Refused) for result in results) == [False, True], results
        assert reconcile.run() == []
        assert db.session.query(StrayBooking).count() == 1
        books.check("")
        db.session.remove()
    g.pop("instance", None)


def test_staff_book_it_on_its_page_with_their_password_and_a_reason(world: World, by_hand: Any) -> None:
    account = world.onboard()
    world.fund()
    by_hand.v1.transfers.create(
        {
            "amount": 1_000,
            "destination": str(account.stripe_id),
            "currency": "usd",
            "source_transaction": world.charge(),
        }
    )
    (row,) = reconcile.run()
    page = f"/staff/stripe/differences/{db.short(row.id)}"
    support, admin = factories.staff("support"), factories.staff()
    admin.user.password_hash = passwords.hash_of(factories.PASSWORD)
    world.client.sign_in(world.brand)
    assert world.client.get(page).status_code == 404
    world.client.sign_in(support)
    assert "An administrator or whoever does the finances books it" in text(world.client.get(page))
    assert world.client.submit(page, {"what": "borne", "reason": "x", "password": "x"}).status_code == 403
    world.client.sign_in(admin)
    assert "Settle it" in text(world.client.get("/staff/stripe"))
    shown = text(world.client.get(page))
    assert f"Paid ahead to {world.creator.party.name}" in shown
    typed = {"what": f"paid_ahead:{db.short(world.creator.party.id)}", "reason": "she asked for it early"}
    answer = world.client.submit(page, {**typed, "password": "wrong"})
    assert answer.status_code == 422
    shown = answer.get_data(as_text=True)
    assert "This is not your present password" in shown
    assert "she asked for it early" in shown
    typed["password"] = factories.PASSWORD
    assert world.client.submit(page, {**typed, "reason": ""}).status_code == 422
    assert world.client.submit(page, {**typed, "what": "refund"}).status_code == 422
    assert world.client.submit(page, typed).status_code == 303
    assert "Booked by hand: she asked for it early" in text(world.client.get("/staff/stripe"))
    booking = db.session.query(StrayBooking).one()
    assert booking.by_user_id == admin.user.id
    assert admin.user.name in text(world.client.get(f"/staff/stripe/journals/{db.short(booking.journal_id)}"))
    assert world.client.submit(page, typed).status_code == 409
    assert db.session.get_one(Difference, row.id).gone_at is not None
    settled()
