"""Fixtures of the devstripe tests: a server in memory and the real client speaking to it."""

from collections.abc import Iterator

import pytest
import stripe

from tests.stripe_server import StripeServer, running


@pytest.fixture
def server() -> Iterator[StripeServer]:
    """A devstripe of this test's own."""
    with running() as started:
        yield started


@pytest.fixture
def client(server: StripeServer) -> stripe.StripeClient:
    """The real client; it does not retry."""
    return server.client()
