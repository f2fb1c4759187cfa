"""The pages of money that comes back, stands still or fails: what staff, creators and brands read, and who may act."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import db
from marketplace.notifications.models import Mail, Notification
from marketplace.payments.losses import chargebacks, hold_age, recovery, rulings
from marketplace.payments.models import Chargeback, Journal, Recovery
from tests import factories
from tests.payments.test_pages import text
from tests.payments.world import World, usd


def heard(who: factories.Person) -> list[str]:
    """What somebody was told, oldest first."""
    query = db.session.query(Notification).filter_by(user_id=who.user.id).order_by(Notification.id)
    return [row.event.removeprefix("payments.") for row in query]


def test_staff_take_released_money_back_by_a_ruling_that_both_sides_read(world: World) -> None:
    world.onboard()
    world.fund()
    world.fund(subject=db.new_id())
    payout = world.release()
    world.run_jobs()
    staff = factories.staff("finance")
    place = f"/staff/payouts/{db.short(payout.id)}/take-back"
    world.client.sign_in(staff)
    assert "A film about tea" in text(world.client.get("/staff/money"))
    assert "Take money back" in text(world.client.get(f"/earnings/payouts/{db.short(payout.id)}"))
    assert "To the creator $900.00 The platform’s fee $100.00 Can still be taken back $1,000.00" in text(
        world.client.get(place)
    )
    refused = world.client.submit(place, {"amount": "2000", "reason": "", "once": "a"})
    assert refused.status_code == 422
    too_much = world.client.submit(place, {"amount": "2000", "reason": "Never posted.", "once": "a"})
    assert "At most $1,000.00" in too_much.get_data(as_text=True)
    for _twice in range(2):
        answer = world.client.submit(place, {"amount": "500", "reason": "Half was never posted.", "once": "a"})
        assert answer.status_code == 303
    world.run_jobs()
    assert db.session.query(Recovery).count() == 1
    world.client.sign_in(world.creator)
    shown = text(world.client.get(f"/earnings/payouts/{db.short(payout.id)}"))
    assert "Half was never posted." in shown
    assert "$450.00 of yours and $50.00 of the platform’s fee go back" in shown
    assert "Take money back" not in shown
    assert "Taken back −$450.00" in text(world.client.get("/earnings"))
    assert "taken_back" in heard(world.creator)
    world.client.sign_in(world.brand)
    page = text(world.client.get(f"/brand/funding/of/{db.short(world.deal)}"))
    assert "Half was never posted." in page
    assert "Released $500.00 of which $50.00 platform fee Refunded $500.00" in page
    assert "refunded" in heard(world.brand)
    world.client.sign_in(factories.staff("support"))
    assert world.client.get(place).status_code == 403
    assert "Take money back" not in text(world.client.get(f"/earnings/payouts/{db.short(payout.id)}"))


def test_released_lately_begins_with_the_newest_release_whatever_was_imported_since(
    world: World, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulings, "LATELY", 1)
    world.fund(300_000)
    newest = world.release(20_000, 0, key="new")
    clock.travel(-timedelta(days=400))
    world.release(10_000, 0, key="imported")
    clock.travel(timedelta(days=400))
    assert rulings.lately_released() == [newest]


def test_what_a_creator_owes_and_what_pays_it_is_on_her_pages(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release()
    world.run_jobs()
    world.server.advance(days=3)
    other = db.new_id()
    world.fund(200_000, subject=other)
    recovery.take_back(payout, usd(50_000), reason="Late.", key="k", by=factories.staff().actor)
    world.run_jobs()
    world.client.sign_in(world.creator)
    assert "$450.00 are open from a payout that was taken back" in text(world.client.get("/earnings"))
    later = world.release(100_000, 10_000, key="later", subject=other)
    world.run_jobs()
    shown = text(world.client.get(f"/earnings/payouts/{db.short(later.id)}"))
    assert "Set off −$450.00" in shown
    assert "Set off against what you owed" in shown
    assert "are open from" not in text(world.client.get("/earnings"))
    assert heard(world.creator)[-4:] == ["taken_back", "became_owed", "set_off", "payout_paid"]


def test_staff_answer_a_chargeback_with_what_the_portal_holds_and_both_sides_know(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    staff = factories.staff("finance")
    world.server.control("POST", "/disputes", charge=world.charge(), reason="product_not_received")
    world.deliver()
    row = db.session.query(Chargeback).one()
    place = f"/staff/chargebacks/{db.short(row.id)}"
    world.client.sign_in(staff)
    assert "Our answer is due" in text(world.client.get("/staff/money"))
    assert "Answer the chargeback" in text(world.client.get("/home"))
    shown = text(world.client.get(place))
    assert "was never delivered" in shown
    assert "Bramble Tea paid $1,000.00" in shown
    assert "$600.00 of it were released" in shown
    assert world.client.submit(place, {"text": " "}).status_code == 422
    assert world.client.submit(place, {"text": "losing_evidence"}).status_code == 303
    assert world.client.submit(place, {"text": "again"}).status_code == 422
    world.run_jobs()
    assert "The bank decides" in text(world.client.get(place))
    world.server.advance(seconds=1)
    world.deliver()
    assert "Lost out of protected money $400.00" in text(world.client.get(place))
    assert heard(staff)[-2:] == ["chargeback_opened.staff", "chargeback_lost.staff"]
    world.client.sign_in(world.brand)
    assert "Taken back by the bank $400.00" in text(world.client.get(f"/brand/funding/of/{db.short(world.deal)}"))
    assert world.client.get(place).status_code == 404
    assert {"chargeback_opened", "chargeback_lost"} <= set(heard(world.brand))
    assert payout.state == "paid"


def test_a_creator_reads_why_her_money_waits_and_what_she_does_next(world: World) -> None:
    world.client.sign_in(world.creator)
    account = world.onboard(bank="000111111113")  # whose bank will send the payout back
    world.fund(300_000)
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="restricted")
    world.deliver()
    payout = world.release()
    place = f"/earnings/payouts/{db.short(payout.id)}"
    assert "Stripe asks for something before it can pay you again." in text(world.client.get(place))
    shown = text(world.client.get("/payouts/set-up"))
    assert "A bank account to pay to" in shown
    assert "Continue at Stripe" in shown
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="pending")
    world.deliver()
    assert "There is nothing for you to do." in text(world.client.get(place))
    assert "Stripe is checking what you gave." in text(world.client.get("/payouts/set-up"))
    world.server.onboard(account.stripe_id, account_number="000111111113")
    world.deliver()
    assert payout.state == "paid"
    assert "It is in your Stripe account." in text(world.client.get(place))
    world.server.advance(days=3)
    world.deliver()
    world.server.advance(days=3)
    world.deliver()
    assert "The bank account is closed. Name another one." in text(world.client.get(place))
    assert "Your bank sent a payout back" in text(world.client.get("/earnings"))
    assert "Your bank sent a payout back" in text(world.client.get("/payouts/set-up"))
    assert "bank_payout_failed" in heard(world.creator)
    mail = db.session.query(Mail).filter(Mail.subject.like("Your bank sent%")).first()
    assert "The bank account is closed" in mail.text
    world.server.onboard(account.stripe_id)
    world.server.advance(days=2)
    world.deliver()
    assert "It is on its way to your bank." in text(world.client.get(place))
    world.server.advance(days=3)
    world.deliver()
    assert "It is in your bank." in text(world.client.get(place))
    assert "bank_payout_arrived" in heard(world.creator)


def test_staff_rule_on_money_held_for_long_and_send_earned_fees_to_the_bank(world: World, clock) -> None:
    world.fund()
    world.fund(5_000, subject=db.new_id())
    clock.freeze(max(db.session.scalars(sa.select(Journal.occurred_at))) + timedelta(days=61))
    staff = factories.staff("finance")
    hold_age.watch()
    world.run_jobs()
    assert "hold_warned" in heard(world.brand)
    lot = hold_age.held()[0].lot
    world.client.sign_in(staff)
    shown = text(world.client.get("/staff/money"))
    assert "61" in shown
    assert "Split by the contract" in shown
    assert world.client.submit(f"/staff/held/{db.short(lot.id)}/resolve").status_code == 303
    assert world.client.submit(f"/staff/held/{db.short(lot.id)}/give-back").status_code == 303
    assert world.client.submit(f"/staff/held/{db.short(lot.id)}/give-back").status_code == 409
    assert world.client.submit("/staff/money/sweep").status_code == 409
    assert chargebacks.words_of(Chargeback(reason="other")) != ""
