"""What Stripe tells us: verified, stored once, worked on once, in any order; forged, stale and future ones refused."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace import db
from marketplace.payments import funding, webhooks
from marketplace.payments.models import WebhookEvent
from marketplace.payments.states import FundingState, PayoutState, WebhookState
from tests.payments.world import World, usd


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


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"[]", b"{}", b'{"id": 1, "type": 2}', b"x" * 5_000_000])
def test_nonsense_is_refused_without_a_bug(world: World, body: bytes) -> None:
    from devstripe.webhooks import signature

    header = signature(body, ["whsec_devstripe_platform"], int(time.time()))
    answer = world.client.post("/webhooks/stripe/platform", data=body, headers={"Stripe-Signature": header})
    assert answer.status_code in (400, 413)
    assert stored() == []


def test_a_message_of_the_other_mode_is_ignored(world: World) -> None:
    from devstripe.webhooks import signature

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
