"""Where a payee is paid, or the e-mail she signs in with, was changed: payouts wait, and she can undo it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, web
from marketplace.accounts import passwords, queries, sessions
from marketplace.notifications.models import Mail
from marketplace.payments.guards import holds_after_change
from marketplace.payments.money_out import payout_accounts, payouts, waiting
from marketplace.payments.states import PayoutState
from tests import factories
from tests.payments.world import World

OTHER_BANK = "000999888777"
THIEF = "thief@example.com"


def last_mail(to: str) -> Mail:
    return db.session.scalars(sa.select(Mail).where(Mail.to == to).order_by(Mail.id.desc()).limit(1)).one()


def link_in(mail: Mail) -> str:
    found = re.search(r"/undo/\S+", mail.text)
    assert found
    return found[0]


def name_another_bank(world: World, number: str = OTHER_BANK) -> None:
    """Somebody does, at Stripe; we hear of it by Stripe's message."""
    account = payout_accounts.of(world.creator.party.id)
    world.server.onboard(account.stripe_id, account_number=number)
    world.deliver()
    world.run_jobs()


def change_email(world: World) -> None:
    """Somebody who knows her password signs her account up for another address."""
    world.client.sign_in(world.creator)
    typed = {"email": THIEF, "password": "a guess at the password"}
    assert world.client.submit("/settings/e-mail", typed).status_code == 422
    assert world.client.submit("/settings/e-mail", typed | {"password": factories.PASSWORD}).status_code == 303
    world.run_jobs()
    found = re.search(r"\d{6}", last_mail(THIEF).subject)
    assert found
    assert world.client.submit("/settings/e-mail/code", {"code": found[0]}).status_code == 303
    world.run_jobs()


def test_another_bank_account_holds_payouts_for_72_hours_and_a_first_set_up_does_not(world: World, clock) -> None:
    world.onboard()
    assert holds_after_change.standing(world.creator.party.id) is None
    world.fund()
    assert world.server.onboard(payout_accounts.of(world.creator.party.id).stripe_id).status == 303
    world.deliver()
    assert holds_after_change.standing(world.creator.party.id) is None, "the same bank account is no change"
    name_another_bank(world)
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    says = waiting.standing(payout)
    assert says.says == "Your bank account was changed."
    assert "payouts wait until" in says.next
    assert "Your bank account was changed" in last_mail(world.creator.user.email).subject
    clock.travel(timedelta(hours=71))
    assert payouts.send_all() == 0
    clock.travel(timedelta(hours=1, seconds=1))
    assert payouts.send_all() == 1
    world.run_jobs()
    assert payout.state == PayoutState.PAID


def test_undoing_a_change_of_account_blocks_payouts_until_it_is_set_up_anew(world: World, clock) -> None:
    world.onboard()
    world.fund()
    name_another_bank(world)
    payout, link = world.release(), link_in(last_mail(world.creator.user.email))
    world.client.sign_in(world.creator)
    assert "This was not me" in world.client.get(link).text
    assert holds_after_change.standing(world.creator.party.id).why == "account", "looking changes nothing"
    assert world.client.submit(link).status_code == 200
    assert world.client.get("/earnings").location.startswith("/sign-in")
    assert not passwords.fits(world.creator.user, factories.PASSWORD)
    assert world.client.submit(link).status_code == 409
    clock.travel(timedelta(days=30))
    assert payouts.send_all() == 0
    assert "you said that it was not you" in waiting.standing(payout).says
    name_another_bank(world, "000123456789")
    assert holds_after_change.standing(world.creator.party.id).why == "account"
    clock.travel(timedelta(hours=73))
    assert payouts.send_all() == 1


def test_a_new_email_holds_payouts_and_the_old_address_can_take_it_back(world: World, clock) -> None:
    world.onboard()
    world.fund()
    user, old = world.creator.user, world.creator.user.email
    change_email(world)
    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert waiting.standing(payout).says == "The e-mail of your account was changed."
    mail = last_mail(old)
    sessions.start(user, strength="password", device="the thief's")
    assert world.client.submit(link_in(mail)).status_code == 200
    assert user.email == old
    assert not sessions.of(user.id)
    assert queries.user_by_email(THIEF) is None
    assert not passwords.fits(user, factories.PASSWORD)
    assert world.client.submit(link_in(mail)).status_code == 409, "the link works once"
    assert payouts.send_all() == 1, "nothing is left to wait for"


def test_the_undo_link_is_signed_and_ends_after_72_hours(world: World, clock) -> None:
    world.onboard()
    name_another_bank(world)
    link = link_in(last_mail(world.creator.user.email))
    assert world.client.get(link[:-2]).status_code == 404
    assert world.client.get(link.replace("payout-account", "e-mail")).status_code == 404
    clock.travel(timedelta(hours=72))
    assert world.client.submit(link).status_code == 409


def test_a_warning_goes_to_the_address_she_had_before_too(world: World, clock) -> None:
    world.onboard()
    old = world.creator.user.email
    change_email(world)
    name_another_bank(world)
    for address in (old, THIEF):
        assert "Your bank account for payouts was changed" in last_mail(address).subject


def test_changing_the_payout_account_asks_for_the_password_and_a_first_set_up_does_not(world: World) -> None:
    world.client.sign_in(world.creator)
    first = world.client.submit("/payouts/set-up")
    assert "/_hosted/onboarding/" in first.location
    world.server.fill_onboarding(first.location)
    assert world.client.get("/payouts/set-up/done").status_code == 302
    assert world.client.submit("/payouts/set-up").location == "/payouts/change"
    refused = world.client.submit("/payouts/change", {"password": "not this one"})
    assert refused.status_code == 422
    assert "not your present password" in refused.text
    assert "/_hosted/onboarding/" in world.client.submit("/payouts/change", {"password": factories.PASSWORD}).location


def test_a_change_she_disowned_is_hers_after_all_once_she_says_so_with_her_password(world: World, clock) -> None:
    world.onboard()
    world.fund()
    name_another_bank(world)
    payout, link = world.release(), link_in(last_mail(world.creator.user.email))
    assert world.client.submit(link).status_code == 200
    clock.travel(timedelta(days=10))
    world.creator.user.password_hash = passwords.hash_of(
        factories.PASSWORD
    )  # she chose it anew: undoing locked her out
    db.session.flush()
    world.client.sign_in(world.creator)
    assert "The bank account at Stripe is mine after all" in world.client.get("/payouts/change").text
    wrong = world.client.submit("/payouts/change", {"password": "not this one", "mine": "y"})
    assert wrong.status_code == 422
    assert holds_after_change.standing(world.creator.party.id).why == "disowned"
    said = world.client.submit("/payouts/change", {"password": factories.PASSWORD, "mine": "y"})
    assert said.location == "/payouts/set-up"
    hold = holds_after_change.standing(world.creator.party.id)
    assert (hold.why, hold.until) == ("account", time.now() + holds_after_change.LASTS)
    world.run_jobs()
    assert "Your bank account for payouts was changed" in last_mail(world.creator.user.email).subject
    again = world.client.submit("/payouts/change", {"password": factories.PASSWORD, "mine": "y"})
    assert again.status_code == 409, "there is nothing left to answer"
    clock.travel(timedelta(hours=71))
    assert payouts.send_all() == 0
    clock.travel(timedelta(hours=1, seconds=1))
    assert payouts.send_all() == 1
    world.run_jobs()
    assert payout.state == PayoutState.PAID


def test_until_when_is_written_in_the_zone_of_whoever_reads_the_mail(world: World, clock) -> None:
    world.onboard()
    world.fund()
    world.creator.user.zone = "Asia/Tokyo"
    db.session.flush()
    name_another_bank(world)
    until = web_moment(holds_after_change.standing(world.creator.party.id).until, "Asia/Tokyo")
    assert until != web_moment(holds_after_change.standing(world.creator.party.id).until, "UTC")
    assert f"until {until}" in last_mail(world.creator.user.email).text
    world.release()
    world.run_jobs()
    assert f"until {until}" in last_mail(world.creator.user.email).text


def web_moment(value: datetime, zone: str) -> str:
    with web.for_reader_in(zone):
        return web.moment(value)
