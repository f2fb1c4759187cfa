"""Fixtures of the devstripe tests: a server in memory and the real client speaking to it, both ways checked."""

import json
from collections.abc import Iterator

import pytest
import stripe

from tests.devstripe.description import CheckingClient, check_event
from tests.stripe_server import StripeServer, running


@pytest.fixture
def server() -> Iterator[StripeServer]:
    """A devstripe of this test's own. Every event it made fits Stripe's description."""
    with running() as started:
        yield started
        for event in (json.loads(one["body"]) for one in started.messages(keep=True)):
            assert check_event(event) == []


@pytest.fixture
def client(server: StripeServer) -> Iterator[stripe.StripeClient]:
    """The real client; it does not retry. Every request and answer fits Stripe's description."""
    checking = CheckingClient(timeout=10)
    yield server.client(http_client=checking)
    assert checking.found == []
