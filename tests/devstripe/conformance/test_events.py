"""Events of both versions, and webhook endpoints."""

import time

import pytest
import stripe

from tests.devstripe.conformance.conftest import pay
from tests.devstripe.factories import new_account

pytestmark = pytest.mark.plain


def wait_for(api: stripe.StripeClient, kind: str, object_id: str) -> stripe.Event:
    """The newest event of a kind about an object; a sandbox may take a moment."""
    for _ in range(20):
        for event in api.v1.events.list({"type": kind, "limit": 20}).data:
            if event.data.object.id == object_id:
                return event
        time.sleep(0.5)
    raise AssertionError(f"no {kind} about {object_id}")


def test_an_event_carries_the_object_as_it_was(api: stripe.StripeClient) -> None:
    made = api.v1.customers.create({"email": "before@example.org"})
    api.v1.customers.update(made.id, {"email": "after@example.org"})
    assert wait_for(api, "customer.created", made.id).data.object.email == "before@example.org"
    changed = wait_for(api, "customer.updated", made.id)
    assert changed.data.object.email == "after@example.org"
    assert changed.data.previous_attributes["email"] == "before@example.org"


def test_an_event_names_its_request(api: stripe.StripeClient) -> None:
    made = api.v1.customers.create({}, {"idempotency_key": f"event {time.time_ns()}"})
    event = wait_for(api, "customer.created", made.id)
    assert event.request.id == made.last_response.request_id
    assert event.request.idempotency_key.startswith("event ")
    assert api.v1.events.retrieve(event.id).type == "customer.created"


def test_a_payment_tells_its_steps(api: stripe.StripeClient) -> None:
    intent = pay(api, 5_000)
    assert wait_for(api, "payment_intent.succeeded", intent.id).data.object.status == "succeeded"
    assert wait_for(api, "charge.succeeded", intent.latest_charge).data.object.paid is True


def test_events_are_found_by_several_types(api: stripe.StripeClient) -> None:
    pay(api, 5_000)
    types = {
        one.type
        for one in api.v1.events.list({"types": ["charge.succeeded", "payment_intent.succeeded"], "limit": 10}).data
    }
    assert types <= {"charge.succeeded", "payment_intent.succeeded"}


def test_a_thin_event_points_at_its_account(api: stripe.StripeClient) -> None:
    account = new_account(api)
    for _ in range(20):
        found = api.v2.core.events.list({"object_id": account.id}).data
        if found:
            break
        time.sleep(0.5)
    event = api.v2.core.events.retrieve(found[-1].id)
    assert (event.object, event.type) == ("v2.core.event", "v2.core.account.created")
    assert event.fetch_related_object().id == account.id


def test_an_endpoint_is_made_changed_and_removed(api: stripe.StripeClient) -> None:
    made = api.v1.webhook_endpoints.create({"url": "https://example.org/hook", "enabled_events": ["charge.succeeded"]})
    assert (made.secret.startswith("whsec_"), made.status) == (True, "enabled")
    assert "secret" not in api.v1.webhook_endpoints.retrieve(made.id)
    assert api.v1.webhook_endpoints.update(made.id, {"disabled": True}).status == "disabled"
    assert made.id in {one.id for one in api.v1.webhook_endpoints.list({"limit": 100}).data}
    assert api.v1.webhook_endpoints.delete(made.id).deleted is True
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.webhook_endpoints.retrieve(made.id)
