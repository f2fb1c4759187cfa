"""What a line asked for without a clock is settled when it is done; the foot of a mail says whether it asks or tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.brands import names
from marketplace.notifications import queries, tell
from marketplace.notifications.models import Mail, Notification
from marketplace.payments.books import audit
from marketplace.payments.jobs import remind_of_tax_forms
from tests import factories
from tests.payments.world import World

ASKS, TELLS = "You get this because it waits for you.", "You get this so that you know."


def unread(event: str) -> list[bool]:
    """Whether each line of an event is still to be read, the oldest first."""
    lines = sa.select(queries.is_unread()).where(Notification.event == event)
    return list(db.session.scalars(lines.order_by(Notification.id)))


@pytest.fixture
def untaxed(world: World) -> World:
    """The world before its creator signed anything."""
    world.creator = factories.creator("Una Untaxed", taxed=False)
    return world


def test_pay_that_waits_for_set_up_asks_no_longer_once_set_up_is_ready(world: World) -> None:
    world.fund()
    world.release()
    world.run_jobs()
    assert unread("payments.payout_waiting") == [True]
    account = world.onboard()
    world.run_jobs()
    assert unread("payments.payout_waiting") == [False]
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="restricted")
    world.deliver("thin")
    assert unread("payments.account_restricted") == [True]
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="active")
    world.deliver()
    assert unread("payments.account_restricted") == [False]


def test_pay_that_waits_for_a_tax_form_asks_no_longer_once_it_is_signed(untaxed: World) -> None:
    untaxed.onboard()
    untaxed.fund()
    untaxed.release()
    untaxed.run_jobs()
    assert unread("payments.payout_held.asks") == [True]
    factories.sign_tax_form(untaxed.creator)
    untaxed.run_jobs()
    assert unread("payments.payout_held.asks") == [False]


def test_a_form_that_ends_soon_asks_no_longer_once_the_next_one_is_signed(world: World, clock) -> None:
    abroad = factories.creator("Nora Nord", country="DE")
    clock.freeze(datetime(2029, 12, 1, 12, tzinfo=UTC))
    remind_of_tax_forms()
    world.run_jobs()
    assert unread("payments.tax_form_ending") == [True]
    factories.sign_tax_form(abroad, "w8ben")
    world.run_jobs()
    assert unread("payments.tax_form_ending") == [False]


def test_bank_details_that_failed_ask_no_longer_once_money_arrives(world: World) -> None:
    account = world.onboard(bank="000111111116")
    world.fund()
    world.release()
    world.run_jobs()
    world.server.advance(days=5)
    world.deliver()
    assert any(unread("payments.bank_payout_failed"))
    world.server.onboard(account.stripe_id)
    world.server.advance(days=5)
    world.deliver()
    assert not any(unread("payments.bank_payout_failed"))


def test_payouts_that_run_again_ask_the_administrators_no_longer(world: World) -> None:
    audit.halt("B3: something")
    world.run_jobs()
    assert set(unread("payments.payouts_halted")) == {True}
    halt = audit.standing_halt()
    assert halt is not None
    audit.lift(halt, by=factories.staff("admin").actor)
    world.run_jobs()
    assert set(unread("payments.payouts_halted")) == {False}


def test_a_name_that_was_answered_asks_staff_no_longer_and_another_still_does(world: World) -> None:
    staff, first, second = factories.staff("admin"), factories.brand(), factories.brand("Other Tea")
    rows = [names.rename(brand.party, "Somebody Famous", by=brand.actor) for brand in (first, second)]
    world.run_jobs()
    assert set(unread("brands.rename_asked")) == {True}
    names.agree(rows[0], by=staff.actor)
    world.run_jobs()
    left = sa.select(Notification.link).where(Notification.event == "brands.rename_asked", queries.is_unread())
    assert set(db.session.scalars(left)) == {f"/staff/brands/{db.short(second.party.id)}"}


def test_the_foot_of_a_mail_says_whether_it_asks_or_only_tells(world: World) -> None:
    world.fund()
    world.release()
    world.run_jobs()
    world.onboard()
    world.run_jobs()
    feet = {}
    for mail in db.session.scalars(sa.select(Mail)):
        feet[mail.subject] = (ASKS in mail.html, TELLS in mail.html)
    assert feet["Your payment of $1,000.00 has arrived and is protected"] == (False, True)
    assert feet["$900.00 waits for you: tell us where to send it"] == (True, False)
    assert feet["$900.00 is on its way to your bank"] == (False, True)


@pytest.mark.parametrize(("hers", "foot"), [(True, ASKS), (False, TELLS)])
def test_links_that_are_paused_ask_only_where_new_rates_wait(app: Flask, hers: bool, foot: str) -> None:
    words = {"program": "Tea", "for_rates": hers, "subject": "Paused"}
    assert foot in tell.render("affiliate.enrolment_paused", "body.html", "en", link="/links", **words)
