"""What leaves for one payee within 24 hours, or in her first days, has a limit; above it a person looks first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g

from marketplace import db, deadlines, jobs
from marketplace.authz import CLOCK
from marketplace.events import Event
from marketplace.money import Money
from marketplace.notifications.models import Mail, Notification
from marketplace.payments.guards import limits, withdrawals
from marketplace.payments.losses import recovery
from marketplace.payments.models import Payout, PayoutReview
from marketplace.payments.money_in import funding
from marketplace.payments.money_out import payouts, releases, waiting
from marketplace.payments.states import PayoutState
from tests import factories, ledger
from tests.payments.threads import at_once, committed_database
from tests.payments.world import EVIDENCE, World, usd
from tests.services import Services
from tests.stripe_server import StripeServer


def limit(name: str, amount: Money | None, currency: str = "USD") -> None:
    limits.set_to(name, amount, currency, by=CLOCK)


def only_a_day(amount: Money) -> None:
    """No other limit than what leaves in a day."""
    limit(limits.A_DAY, amount, amount.currency)
    limit(limits.FIRST_DAYS, None, amount.currency)


def finance() -> factories.Person:
    """Somebody of the staff who may operate and has a password."""
    person = factories.staff("finance", "Finn Finance")
    person.user.password_hash = factories.creator().user.password_hash
    db.session.flush()
    return person


def send_address(payout: Payout) -> str:
    return f"/staff/payouts/{db.short(payout.id)}/send"


def test_at_the_limit_a_payout_leaves_and_one_cent_over_it_waits(world: World, clock) -> None:
    only_a_day(usd(90_000))
    world.onboard()
    world.fund(200_000)
    first = world.release(40_000, 0, key="a")
    at = world.release(50_000, 0, key="b")
    over = world.release(1, 0, key="c")
    world.run_jobs()
    assert [one.state for one in (first, at, over)] == [PayoutState.PAID, PayoutState.PAID, PayoutState.WAITING]
    clock.travel(timedelta(hours=25))
    later = world.release(90_000, 0, key="d")
    world.run_jobs()
    assert later.state == PayoutState.PAID, "a day later the day begins anew"
    assert over.state == PayoutState.WAITING, "what waits for a person waits for a person"
    assert payouts.send_all() == 0


def test_the_creator_reads_why_it_waits_and_until_when_and_the_brand_is_not_told(world: World) -> None:
    only_a_day(usd(50_000))
    world.onboard()
    world.fund()
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    says = waiting.standing(payout)
    assert says.says == "It is more than is sent to one creator within 24 hours, so a person looks at it first."
    assert says.next.startswith("Our staff look at it by ")
    world.client.sign_in(world.creator)
    page = world.client.get(f"/earnings/payouts/{db.short(payout.id)}").text
    assert "a person looks at it first" in page
    assert "Our staff look at it by" in page
    mails = db.session.scalars(sa.select(Mail)).all()
    assert [one.to for one in mails if "a person looks at it first" in one.text] == [world.creator.user.email]
    brands = db.session.scalars(sa.select(Notification).where(Notification.user_id == world.brand.user.id))
    assert not [one for one in brands if "look" in one.sentence]


def test_staff_see_it_with_its_reason_and_send_it_once_with_their_password(world: World) -> None:
    only_a_day(usd(50_000))
    world.onboard()
    world.fund()
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    person, support = finance(), factories.staff("support", "Sue Support")
    world.client.sign_in(support)
    assert world.client.submit(send_address(payout), {"password": factories.PASSWORD}).status_code == 403
    world.client.sign_in(person)
    assert "Beyond $500.00 within 24 hours" in world.client.get("/staff/money").text
    assert "Look at a large payout and send it" in world.client.get("/home").text
    assert "Bram" not in world.client.get(send_address(payout)).text
    assert world.client.submit(send_address(payout), {"password": "a wrong one"}).status_code == 422
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert world.client.submit(send_address(payout), {"password": factories.PASSWORD}).status_code == 303
    assert world.client.submit(send_address(payout), {"password": factories.PASSWORD}).status_code == 409
    world.run_jobs()
    db.session.refresh(payout)
    assert payout.state == PayoutState.PAID
    assert len(world.at_stripe("transfer")) == 1
    told = db.session.scalars(sa.select(Event).where(Event.name == "payments.payout_let_through")).all()
    assert [one.actor_user_id for one in told] == [person.user.id]
    assert deadlines.live(withdrawals.LOOK, ("payout", payout.id)) is None


def test_when_staff_do_not_look_in_time_they_are_asked_again(world: World, clock) -> None:
    only_a_day(usd(50_000))
    person = finance()
    world.onboard()
    world.fund()
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    clock.travel(timedelta(days=6))
    deadlines.sweep()
    world.run_jobs()
    mails = db.session.scalars(sa.select(Mail).where(Mail.to == person.user.email)).all()
    assert len([one for one in mails if "waits until you have looked at it" in one.subject]) == 2
    assert deadlines.live(withdrawals.LOOK, ("payout", payout.id)) is not None
    assert payout.state == PayoutState.WAITING


def test_a_new_creators_first_days_have_a_limit_of_their_own(world: World, clock) -> None:
    limit(limits.FIRST_DAYS, usd(50_000))
    world.onboard()
    world.fund(200_000)
    first, more = world.release(30_000, 0, key="a"), world.release(20_001, 0, key="b")
    world.run_jobs()
    assert (first.state, more.state) == (PayoutState.PAID, PayoutState.WAITING)
    assert "to a new creator within the first days" in waiting.standing(more).says
    clock.travel(timedelta(days=6))
    still_new = world.release(20_001, 0, key="c")
    world.run_jobs()
    assert still_new.state == PayoutState.WAITING
    clock.travel(timedelta(days=2))
    known = world.release(60_000, 0, key="d")
    world.run_jobs()
    assert known.state == PayoutState.PAID


@pytest.mark.parametrize(
    ("currency", "day", "fine", "over"), [("KWD", "20.000", "20.000", "20.010"), ("JPY", "3000", "3000", "3001")]
)
def test_limits_count_in_currencies_with_three_decimals_and_with_none(
    world: World, currency: str, day: str, fine: str, over: str
) -> None:
    only_a_day(Money.parse(day, currency))
    world.onboard()
    for number, (amount, state) in enumerate(((over, PayoutState.WAITING), (fine, PayoutState.PAID))):
        money = Money.parse(amount, currency)
        row = funding.begin(
            subject=world.deal, payer=world.brand.party.id, amount=money, description="A film about tea",
            return_url="/deals", by=world.brand.actor,
        )  # fmt: skip
        world.pay(row)
        funding.refresh(row)
        payout = releases.release(
            subject=world.deal, payee=world.creator.party.id, amount=money, fee=Money.zero(currency),
            reason="approved work", evidence=EVIDENCE, key=f"k{number}", by=world.brand.actor,
        )  # fmt: skip
        world.run_jobs()
        assert payout.state == state


def test_what_is_taken_back_while_it_waits_needs_no_look(world: World) -> None:
    only_a_day(usd(50_000))
    world.onboard()
    world.fund()
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    recovery.take_back(payout, usd(60_000), reason="never made", key="k", by=finance().actor)
    world.run_jobs()
    assert payout.state == PayoutState.WITHDRAWN
    assert not withdrawals.waiting()
    assert deadlines.live(withdrawals.LOOK, ("payout", payout.id)) is None


def test_of_two_payouts_at_once_the_second_counts_the_first(
    app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any
) -> None:
    with committed_database(services, "withdrawals"):
        g.pop("instance", None)
        factories.instance()
        world = World(app, stripe_server, run_jobs)
        only_a_day(usd(50_000))
        world.onboard()
        world.fund()
        ids = [world.release(30_000, 0, key=key).id for key in "ab"]
        db.session.commit()
        jobs.connection().flushdb()
        results = at_once(app, [lambda one=one: payouts.send(one) for one in ids])
        assert results == [None, None]
        db.session.expire_all()
        states = sorted(db.session.scalars(sa.select(Payout.state)))
        assert states == sorted([PayoutState.SENDING.value, PayoutState.WAITING.value])
        assert len(db.session.scalars(sa.select(PayoutReview)).all()) == 1
        ledger.check("L")
        jobs.connection().flushdb()
    g.pop("instance", None)
