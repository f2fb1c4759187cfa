"""The one client that speaks to Stripe: its repeats, its patience, its addresses, its version, and which keys it refuses."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from marketplace.payments import stripe
from tests.stripe_server import TEST_KEY, StripeServer

pytestmark = pytest.mark.usefixtures("stripe_server")
PARAMS = {"amount": 500, "currency": "usd", "destination": "acct_1"}


def test_a_call_without_an_answer_is_made_three_times_with_one_key(stripe_server: StripeServer) -> None:
    stripe_server.fault("drop_before", "/v1/transfers", "POST", count=9)
    answer = stripe.make("transfer", PARAMS, key="test:transfer:1:g1", mark="m")
    assert (answer.kind, answer.code) == ("unknown", "no_answer")
    tries = [one for one in stripe_server.requests("/v1/transfers") if one["method"] == "POST"]
    assert len(tries) == 1 + stripe.RETRIES == 3
    assert {one["idempotency_key"] for one in tries} == {"test:transfer:1:g1"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every request the client makes, by the HTTP library's own arguments; those beyond this machine are stopped."""
    seen: list[dict[str, Any]] = []
    send = requests.Session.request

    def watch(self: requests.Session, method: str, url: str, **options: Any) -> Any:
        parts = urlsplit(url)
        seen.append({"to": f"{parts.scheme}://{parts.netloc}", "path": parts.path, **options})
        if parts.hostname != "127.0.0.1":
            raise requests.ConnectionError("not from a test")
        return send(self, method, url, **options)

    monkeypatch.setattr(requests.Session, "request", watch)
    return seen


def test_the_client_waits_five_seconds_for_a_connection_and_thirty_for_an_answer(sent: list[dict[str, Any]]) -> None:
    stripe.client().v1.balance.retrieve()
    stripe.client().v2.core.events.list({"limit": 1})
    assert [one["timeout"] for one in sent] == [(5, 30)] * 2
    assert {one["headers"]["Stripe-Version"] for one in sent} == {stripe.API_VERSION}


def test_the_version_is_pinned_whatever_the_library_brings_along(
    stripe_server: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stripe._stripe_client._ApiVersion.CURRENT", "2031-01-01.later")
    monkeypatch.setattr("stripe._api_version._ApiVersion.CURRENT", "2031-01-01.later")
    fresh = stripe._client.__wrapped__(TEST_KEY, stripe_server.url)
    assert fresh.v1.balance.retrieve().last_response.headers["Stripe-Version"] == "2026-10-28.endive"


def four_doors(client: Any) -> None:
    """One call through each of the client's base addresses."""
    for call in (
        client.v1.balance.retrieve,
        lambda: client.v1.files.create({"purpose": "dispute_evidence", "file": b"x"}),
        lambda: client.oauth.token({"grant_type": "authorization_code", "code": "ac_1"}),
        lambda: client.v2.billing.meter_event_stream.create({"events": []}),
    ):
        with suppress(stripe.Error):
            call()


def test_all_four_addresses_are_the_one_that_was_set(stripe_server: StripeServer, sent: list[dict[str, Any]]) -> None:
    """Files, the meter's stream and the connect door too: none of them may leave for Stripe behind our back."""
    four_doors(stripe.client())
    assert {one["to"] for one in sent} == {stripe_server.url}
    assert {"/v1/balance", "/v1/files", "/oauth/token", "/v2/billing/meter_event_stream"} == {
        one["path"] for one in sent
    }


@pytest.mark.parametrize("key", ["sk_live_51abc", "rk_live_51abc"])
def test_a_live_key_goes_to_stripe_alone(key: str, sent: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError, match="live key"):
        stripe._client(key, "http://127.0.0.1:1")
    assert sent == []
    four_doors(stripe._client(key, None))
    assert {one["to"].rpartition(".stripe.com")[2] for one in sent} == {""}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("429", "unknown"),
        ("409", "unknown"),
        ("error_500", "unknown"),
        ("html_502", "unknown"),
        ("timeout_after", "unknown"),
    ],
)
def test_whatever_may_have_happened_is_unknown_and_never_refused(
    stripe_server: StripeServer, kind: str, expected: str
) -> None:
    stripe_server.fault(kind, "/v1/transfers", "POST", count=9, seconds=0.05)
    assert stripe.make("transfer", PARAMS, key=f"test:transfer:{kind}:g1", mark="m").kind == expected
    stripe_server.control("DELETE", "/faults")
    assert stripe.make("transfer", PARAMS, key="test:transfer:none:g1", mark="m").kind == "refused"
