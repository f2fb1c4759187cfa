"""Deliveries: signed, repeated until they are taken, and spoiled on demand."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.devstripe.factories import paid_charge
from tests.stripe_server import StripeServer, running

pytestmark = pytest.mark.plain


class Listener:
    """An application that takes webhooks: what it got, and what it answers next."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append((self.path, dict(self.headers), body))
                self.send_response(listener.answers.pop(0) if listener.answers else 200)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody listening."""
    made = Listener()
    yield made
    made.http.shutdown()
    made.http.server_close()


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for the background thread."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def types(server: StripeServer) -> list[str]:
    """The types of the waiting platform deliveries, in order."""
    return [one["type"] for one in server.messages("platform")]


def test_events_are_delivered_in_the_background_and_verify(listener: Listener) -> None:
    with running(
        platform=f"{listener.url}/platform", connect=f"{listener.url}/connect", thin=f"{listener.url}/thin"
    ) as server:
        client = server.client()
        made = client.v1.customers.create({"email": "a@example.org"})
        wait_until(lambda: bool(listener.got))
        path, headers, body = listener.got[0]
        event = client.construct_event(body, headers["Stripe-Signature"], server.secrets["platform"])
        assert (path, event.type, event.data.object.id) == ("/platform", "customer.created", made.id)
        assert server.messages() == []


def test_a_refused_delivery_is_tried_again(listener: Listener) -> None:
    listener.answers = [500, 302]
    with running(platform=listener.url) as server:
        server.client().v1.customers.create()
        wait_until(lambda: len(listener.got) == 3)
        bodies = {body for _, _, body in listener.got}
        assert len(bodies) == 1
        wait_until(lambda: server.control("GET", "/webhooks")[0]["state"] == "delivered")
        assert server.control("GET", "/webhooks")[0]["attempts"] == 3


def test_what_nobody_takes_is_still_there_after_a_restart(tmp_path: object) -> None:
    state = f"{tmp_path}/state.sqlite"
    with running(state, platform="http://127.0.0.1:9/nobody") as server:
        server.client().v1.customers.create()
        wait_until(lambda: server.control("GET", "/webhooks")[0]["attempts"] >= 1)
    with running(state) as server:
        assert types(server) == ["customer.created"]


def test_an_endpoint_made_through_the_api_gets_what_it_asked_for(listener: Listener) -> None:
    with running() as server:
        client = server.client()
        endpoint = client.v1.webhook_endpoints.create({"url": listener.url, "enabled_events": ["charge.succeeded"]})
        paid_charge(server)
        wait_until(lambda: bool(listener.got))
        _, headers, body = listener.got[0]
        assert client.construct_event(body, headers["Stripe-Signature"], endpoint.secret).type == "charge.succeeded"
        assert {json.loads(one)["type"] for _, _, one in listener.got} == {"charge.succeeded"}


def test_a_thin_delivery_only_points(server: StripeServer, client: stripe.StripeClient) -> None:
    client.v2.core.accounts.create({"display_name": "Ada"})
    headers, body = server.undelivered("thin")[0]
    assert set(json.loads(body)) == {
        "id",
        "object",
        "type",
        "livemode",
        "created",
        "context",
        "reason",
        "related_object",
    }
    notice = client.parse_event_notification(body, headers["Stripe-Signature"], server.secrets["thin"])
    assert notice.fetch_event().id == notice.id


def test_a_delivery_may_come_twice(server: StripeServer, client: stripe.StripeClient) -> None:
    server.webhook_fault("duplicate", "customer.*")
    client.v1.customers.create()
    first, second = server.messages("platform")
    assert first["body"] == second["body"]


def test_deliveries_may_come_in_reverse(server: StripeServer, client: stripe.StripeClient) -> None:
    server.webhook_fault("reorder", count=3)
    made = client.v1.customers.create()
    client.v1.customers.update(made.id, {"name": "x"})
    client.v1.customers.delete(made.id)
    assert types(server) == ["customer.deleted", "customer.updated", "customer.created"]


def test_a_delivery_may_come_late_or_never(server: StripeServer, client: stripe.StripeClient) -> None:
    server.webhook_fault("delay", "customer.created", seconds=60)
    server.webhook_fault("drop", "customer.updated")
    made = client.v1.customers.create()
    client.v1.customers.update(made.id, {"name": "x"})
    client.v1.customers.delete(made.id)
    assert types(server) == ["customer.deleted", "customer.created"]
    undelivered = client.v1.events.list({"delivery_success": False}).data
    assert [one.type for one in undelivered] == ["customer.updated"]


@pytest.mark.parametrize("kind", ["forge", "stale"])
def test_a_delivery_may_be_forged_or_stale(server: StripeServer, client: stripe.StripeClient, kind: str) -> None:
    server.webhook_fault(kind)
    client.v1.customers.create()
    headers, body = server.undelivered()[0]
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body, headers["Stripe-Signature"], server.secrets["platform"])


def test_while_rotating_both_secrets_sign() -> None:
    with running() as server:
        server.control("POST", "/webhooks/secrets", endpoint="platform", secrets=["whsec_new", "whsec_old"])
        client = server.client()
        client.v1.customers.create()
        headers, body = server.undelivered()[0]
        for secret in ("whsec_new", "whsec_old"):
            assert client.construct_event(body, headers["Stripe-Signature"], secret).type == "customer.created"


def test_deliveries_are_handed_over_one_by_one(server: StripeServer, client: stripe.StripeClient) -> None:
    def post(endpoint: str, headers: dict[str, str], body: bytes) -> int:
        event = client.construct_event(body, headers["Stripe-Signature"], server.secrets[endpoint])
        if event.type == "customer.created":
            client.v1.customers.delete(event.data.object.id)
        return 200

    client.v1.customers.create()
    assert server.deliver(post) == [("customer.created", 200), ("customer.deleted", 200)]


def test_an_event_is_sent_again_on_demand(server: StripeServer, client: stripe.StripeClient) -> None:
    client.v1.customers.create()
    first = server.messages()[0]
    server.control("POST", "/webhooks/resend", event=first["event"])
    assert server.messages()[0]["body"] == first["body"]


def test_the_signature_carries_the_time_it_is_told(server: StripeServer, client: stripe.StripeClient) -> None:
    client.v1.customers.create()
    assert server.messages(keep=True, at=1_700_000_000)[0]["headers"]["Stripe-Signature"].startswith("t=1700000000,v1=")
    assert abs(int(server.messages()[0]["headers"]["Stripe-Signature"][2:12]) - time.time()) < 60
