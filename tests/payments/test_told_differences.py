"""Staff are written to once about what differs for too long, and find it in their queue with its next step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace import clock, db
from marketplace.notifications.models import Mail
from marketplace.payments import jobs as payment_jobs
from marketplace.payments.reconciliation import reconcile, strays
from tests import factories
from tests.payments.test_pages import text
from tests.payments.world import World


def mails() -> list[Mail]:
    return [mail for mail in db.session.query(Mail).order_by(Mail.id) if "Stripe and our books differ" in mail.subject]


@pytest.fixture
def finance(world: World) -> factories.Person:
    """Whom such things are written to, beside the administrator."""
    return factories.staff("finance")


def by_hand(world: World, kind: str, amount: int) -> None:
    world.server.control("POST", "/movements", type=kind, amount=amount)


def test_what_differs_past_its_grace_is_mailed_once_however_many_runs_find_it(
    world: World, finance: factories.Person
) -> None:
    by_hand(world, "topup", 90_000)
    by_hand(world, "stripe_fee", -500)
    reconcile.run()
    payment_jobs.tell_of_differences()
    world.run_jobs()
    assert mails() == []  # it may settle by itself
    for minutes in (20, 80, 140):
        with clock.at(clock.now() + timedelta(minutes=minutes)):
            reconcile.run()
            payment_jobs.tell_of_differences()
            payment_jobs.tell_of_differences()
            world.run_jobs()
    told = mails()
    assert {mail.to for mail in told} >= {finance.user.email}
    assert len(told) == len({mail.to for mail in told})
    assert "$900.00" in told[0].text
    assert "2 things" in told[0].subject


def test_what_differs_later_is_mailed_by_itself(world: World, finance: factories.Person) -> None:
    by_hand(world, "topup", 90_000)
    for hours in (1, 2):
        with clock.at(clock.now() + timedelta(hours=hours)):
            reconcile.run()
            payment_jobs.tell_of_differences()
            world.run_jobs()
        by_hand(world, "stripe_fee", -500)
    mine = [mail for mail in mails() if mail.to == finance.user.email]
    assert ["1 thing" in mail.subject for mail in mine] == [True, True]


def test_it_stands_in_the_queue_of_staff_with_its_next_step_until_it_is_settled(
    world: World, finance: factories.Person
) -> None:
    by_hand(world, "topup", 90_000)
    world.client.sign_in(finance)
    (row,) = reconcile.run()
    assert "Settle a difference" not in text(world.client.get("/home"))
    with clock.at(clock.now() + timedelta(minutes=20)):
        shown = text(world.client.get("/home"))
        assert "Settle a difference at Stripe: $900.00" in shown
        assert "Nobody’s money but the platform’s. Book it as such." in shown
        assert f"/staff/stripe/differences/{db.short(row.id)}" in world.client.get("/home").get_data(as_text=True)
        movement = strays.of(row)
        assert movement is not None
        strays.book(movement, "own_money", reason="for refunds in March", by=finance.actor)
        assert "Settle a difference" not in text(world.client.get("/home"))
