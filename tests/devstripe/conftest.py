"""Fixtures of the devstripe tests: a server in memory and the real client speaking to it, both ways checked."""

import json
from collections.abc import Iterator

import pytest
import stripe

from tests.devstripe.description import CheckingClient, check_event
from tests.stripe_server import StripeServer, running


@pytest.fixture(scope="session")
def started() -> Iterator[StripeServer]:
    """One server in memory for all tests."""
    with running() as server:
        yield server


@pytest.fixture
def server(started: StripeServer) -> Iterator[StripeServer]:
    """A devstripe in which nothing has happened. Every event it makes fits Stripe's description."""
    started.reset()
    yield started
    for event in (json.loads(one["body"]) for one in started.messages(keep=True)):
        assert check_event(event) == []


@pytest.fixture
def client(server: StripeServer) -> Iterator[stripe.StripeClient]:
    """The real client; it does not retry. Every request and answer fits Stripe's description."""
    checking = CheckingClient(timeout=10)
    yield server.client(http_client=checking)
    assert checking.found == []
