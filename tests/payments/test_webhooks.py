"""What Stripe tells us: verified, stored once, worked on once, in any order; forged, stale and future ones refused."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g

from devstripe.webhooks import signature
from marketplace import db
from marketplace.payments.models import Journal, Lot, WebhookEvent
from marketplace.payments.money_in import funding
from marketplace.payments.reconciliation import webhooks
from marketplace.payments.states import AccountState, FundingState, PayoutState, WebhookState
from tests import factories
from tests import ledger as books
from tests.payments.threads import at_once, committed_database
from tests.payments.world import World, usd
from tests.services import Services
from tests.stripe_server import StripeServer


def send(world: World, one: dict[str, Any], **changes: Any) -> int:
    body = changes.get("body", one["body"])
    headers = {**one["headers"], **changes.get("headers", {})}
    return world.client.post(f"/webhooks/stripe/{one['endpoint']}", data=body, headers=headers).status_code


def stored() -> list[WebhookEvent]:
    return list(db.session.scalars(sa.select(WebhookEvent)))


def paid_message(world: World, **how: Any) -> dict[str, Any]:
    """The message of a completed payment page, not delivered."""
    world.pay(world.begin())
    return next(one for one in world.server.messages(**how) if one["type"] == "checkout.session.completed")


def signed(world: World, body: bytes, endpoint: str = "platform") -> int:
    """Any message at all, signed as Stripe would."""
    header = signature(body, [f"whsec_devstripe_{endpoint}"], int(time.time()))
    return send(world, {"endpoint": endpoint, "headers": {"Stripe-Signature": header}, "body": body})


def test_a_webhook_twenty_times_has_one_effect(world: World) -> None:
    one = paid_message(world)
    assert {send(world, one) for _ in range(20)} == {200}
    world.run_jobs()
    assert len(stored()) == 1
    assert funding.protected(world.deal, "USD") == usd(100_000)


def test_webhooks_in_reverse_order_end_the_same(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release()
    world.run_jobs()
    for one in reversed(world.server.messages()):
        assert send(world, one) == 200
        world.run_jobs()
    assert payout.state == PayoutState.PAID
    assert funding.protected(world.deal, "USD") == usd(0)


def test_a_bad_signature_is_refused_and_nothing_is_stored(world: World) -> None:
    one = paid_message(world)
    forged = {"Stripe-Signature": f"t={int(time.time())},v1={'0' * 64}"}
    assert send(world, one, headers=forged) == 400
    assert send(world, one, headers={"Stripe-Signature": ""}) == 400
    assert send(world, one, headers={"Stripe-Signature": "nonsense"}) == 400
    assert send(world, one, body=one["body"].replace("complete", "c0mplete")) == 400
    assert send(world, {**one, "endpoint": "connect"}) == 400
    assert stored() == []


@pytest.mark.parametrize("seconds", [-3_600, 3_600])
def test_stale_and_future_timestamps_are_refused(world: World, seconds: int) -> None:
    one = paid_message(world, at=int(time.time()) + seconds)
    assert send(world, one) == 400
    assert stored() == []


def test_the_old_and_the_new_secret_are_accepted_while_rotating(world: World) -> None:
    one = paid_message(world)
    settings = world.app.config["SETTINGS"]
    for secrets, answer in ((("whsec_new", "whsec_devstripe_platform"), 200), (("whsec_new",), 400)):
        world.app.config["SETTINGS"] = replace(
            settings, stripe_webhook_secrets={**settings.stripe_webhook_secrets, "platform": secrets}
        )
        assert send(world, one) == answer
    world.app.config["SETTINGS"] = settings


def test_an_unknown_type_is_stored_and_ignored(world: World) -> None:
    world.server.client().v1.customers.create({"name": "Somebody"})
    world.deliver()
    (event,) = stored()
    assert (event.type, event.state) == ("customer.created", WebhookState.IGNORED)


NONSENSE = {
    "not UTF-8": b"\xff\xfe",
    "UTF-8 that breaks inside a value": b'{"id": "evt_1", "type": "charge.succeeded\xc3"}',
    "empty": b"",
    "a list": b"[]",
    "an empty object": b"{}",
    "numbers for words": b'{"id": 1, "type": 2}',
    "no words": b'{"id": "", "type": ""}',
    "a NUL in the id": b'{"id": "evt_\\u0000", "type": "charge.succeeded"}',
    "half a character": b'{"id": "evt_1", "type": "\\ud800"}',
    "an account that is none": b'{"id": "evt_1", "type": "charge.succeeded", "account": {"id": "acct_1"}}',
    "an id of a megabyte's half": b'{"id": "' + b"e" * 500_000 + b'", "type": "x"}',
    "too deep": b"[" * 400_000,
    "a number without end": b'{"id": "evt_1", "type": "x", "n": ' + b"9" * 6_000 + b"}",
    "5 MB": b"x" * 5_000_000,
}


def test_nonsense_signed_as_stripe_would_is_refused_without_a_bug(world: World) -> None:
    for what, body in NONSENSE.items():
        assert signed(world, body) == (413 if what == "5 MB" else 400), what
    one = paid_message(world)
    for stamp in ("t=", "t=x,", "t=٣,", f"t={int(time.time())},t=x,"):
        header = stamp + one["headers"]["Stripe-Signature"].partition(",")[2]
        assert send(world, one, headers={"Stripe-Signature": header}) == 400, stamp
    assert stored() == []


def test_ids_that_no_database_keeps_are_left_out_of_what_is_stored(world: World) -> None:
    assert (
        signed(world, b'{"id": "evt_1", "type": "charge.succeeded", "data": {"object": {"id": "ch_\\u0000"}}}') == 200
    )
    assert signed(world, b'{"id": "evt_2", "type": "charge.succeeded", "data": [], "related_object": 7}') == 200
    world.run_jobs()
    assert {(event.object_id, event.state) for event in stored()} == {(None, WebhookState.IGNORED)}


def test_a_message_of_another_account_is_never_taken_for_the_platforms_own(world: World) -> None:
    one = paid_message(world)
    foreign = json.dumps({**json.loads(one["body"]), "account": "acct_somebody"}).encode()
    for endpoint in ("connect", "platform"):
        assert signed(world, foreign, endpoint) == 200
    world.run_jobs()
    (event,) = stored()
    assert (event.account, event.state) == ("acct_somebody", WebhookState.IGNORED)
    assert funding.protected(world.deal, "USD") == usd(0)


def test_a_thin_message_is_looked_into_once_however_often_it_comes(world: World) -> None:
    account = world.onboard(outcome="pending")
    world.server.messages()
    world.server.control("POST", "/capabilities", account=account.stripe_id, status="active")
    thin = world.server.messages("thin")
    assert thin
    assert all("data" not in json.loads(one["body"]) for one in thin)
    for one in (*thin, *reversed(thin), *thin):
        assert send(world, one) == 200
        world.run_jobs()
    assert account.state == AccountState.READY
    assert len(stored()) == len(thin)
    looked = [one for one in world.server.requests(f"/v2/core/accounts/{account.stripe_id}") if one["method"] == "GET"]
    assert len(looked) <= len(thin) + 1  # once each, and once when the person came back


def test_a_thin_message_about_somebody_elses_account_changes_nothing(world: World) -> None:
    account = world.onboard(outcome="pending")
    other = world.server.client().v2.core.accounts.create({"contact_email": "other@example.org"})
    body = {"id": "evt_x", "object": "v2.core.event", "type": "v2.core.account.updated", "livemode": False,
            "related_object": {"id": other.id, "type": "v2.core.account", "url": f"/v2/core/accounts/{other.id}"}}  # fmt: skip
    assert signed(world, json.dumps(body).encode(), "thin") == 200
    world.run_jobs()
    assert stored()[0].state == WebhookState.HANDLED
    assert account.state == AccountState.ONBOARDING


def test_a_message_of_the_other_mode_is_ignored(world: World) -> None:
    one = paid_message(world)
    body = json.dumps({**json.loads(one["body"]), "livemode": True}).encode()
    header = signature(body, ["whsec_devstripe_platform"], int(time.time()))
    assert send(world, one, body=body, headers={"Stripe-Signature": header}) == 200
    world.run_jobs()
    assert stored()[0].state == WebhookState.IGNORED
    assert funding.protected(world.deal, "USD") == usd(0)


def test_a_message_whose_work_fails_is_tried_again_and_then_parked(world: World) -> None:
    one = paid_message(world)
    assert send(world, one) == 200
    for _ in range(webhooks.PARK_AFTER):
        world.server.fault("drop", "/v1/checkout/sessions/*", "GET", count=3)
        webhooks.handle(stored()[0].id)
    (event,) = stored()
    assert event.state == WebhookState.PARKED
    assert event.last_error


def test_a_webhook_that_comes_before_our_own_record_of_the_page_still_counts(world: World) -> None:
    row = world.begin()
    world.server.fault("drop", "/v1/checkout/sessions", "POST", count=3)
    with pytest.raises(Exception, match="did not answer"):
        funding.checkout_url(row)
    world.server.pay_checkout(world.at_stripe("checkout.session")[0]["id"])
    world.deliver()
    assert row.state == FundingState.FUNDED


# A database that commits


@pytest.fixture
def committed_world(app: Flask, services: Services, stripe_server: StripeServer, run_jobs: Any) -> Iterator[World]:
    """The same people on a database that commits, for what one transaction cannot show."""
    db.session.commit()
    with committed_database(services, "webhooks"):
        g.pop("instance", None)
        factories.instance()
        made = World(app, stripe_server, run_jobs)
        db.session.commit()
        yield made
        books.check()
        g.pop("instance", None)


def test_twenty_deliveries_at_once_and_twenty_workers_on_them_have_one_effect(committed_world: World) -> None:
    world = committed_world
    one = paid_message(world)
    db.session.commit()
    clients = [world.app.test_client() for _ in range(20)]
    address = f"/webhooks/stripe/{one['endpoint']}"
    answers = at_once(
        world.app, [lambda c=c: c.post(address, data=one["body"], headers=one["headers"]).status_code for c in clients]
    )
    assert answers == [200] * 20
    event_id = db.session.scalars(sa.select(WebhookEvent.id).where(WebhookEvent.stripe_id.contains("evt_"))).one()
    db.session.commit()
    assert at_once(world.app, [lambda: webhooks.handle(event_id)] * 20) == [None] * 20
    assert funding.protected(world.deal, "USD") == usd(100_000)
    for table in (Lot, Journal):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(table)) == 1
    assert db.session.get_one(WebhookEvent, event_id, populate_existing=True).state == WebhookState.HANDLED


def test_while_the_database_is_away_stripe_is_told_to_come_again(committed_world: World) -> None:
    """Away altogether, and gone between the row and its commit: 503 both times, and the next delivery counts."""
    world = committed_world
    one = paid_message(world)
    db.session.commit()
    here = db.session.get_bind()
    db.session.remove()
    nowhere = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    db._factory.configure(bind=nowhere)
    answer = world.client.post(f"/webhooks/stripe/{one['endpoint']}", data=one["body"], headers=one["headers"])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    page = world.client.get("/")
    assert page.status_code == 503
    assert "cannot reach its own records" in page.get_data(as_text=True)
    db.session.remove()
    db._factory.configure(bind=here)

    killed: list[int] = []

    def cut(_: sa.Connection, cursor: Any, statement: str, *more: Any) -> None:
        if "INTO webhook_events" in statement and not killed:
            killed.append(pid := cursor.connection.info.backend_pid)
            with here.connect() as other:
                other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    sa.event.listen(here, "after_cursor_execute", cut)
    assert send(world, one) == 503
    assert killed
    assert stored() == []
    assert send(world, one) == 200
    assert len(stored()) == 1
