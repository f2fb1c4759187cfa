"""What Stripe promises, checked with the real client: on a Stripe sandbox when STRIPE_TEST_KEY is set, else on devstripe.

These tests use the API only, never devstripe's controls or pages, so that they can run in both places.
"""

import os
from collections.abc import Iterator

import pytest
import stripe

from tests.devstripe.description import CheckingClient
from tests.stripe_server import running

KEY = os.environ.get("STRIPE_TEST_KEY", "")
on_devstripe_only = pytest.mark.skipif(bool(KEY), reason="a Stripe sandbox has no way to do this through the API alone")


@pytest.fixture(scope="session")
def shared() -> Iterator[tuple[stripe.StripeClient, CheckingClient]]:
    """One client for the run, and what checks it."""
    if KEY:
        checking = CheckingClient(strict=False, timeout=30)
        yield stripe.StripeClient(KEY, http_client=checking, max_network_retries=2), checking
        return
    with running() as server:
        checking = CheckingClient(timeout=10)
        yield server.client(http_client=checking), checking


@pytest.fixture
def base(shared: tuple[stripe.StripeClient, CheckingClient]) -> str:
    """The address of the API the tests speak to."""
    return shared[0]._requestor.base_addresses["api"]


@pytest.fixture
def api(shared: tuple[stripe.StripeClient, CheckingClient]) -> Iterator[stripe.StripeClient]:
    """The real client. Whatever passes through it fits Stripe's description."""
    client, checking = shared
    checking.found.clear()
    yield client
    assert checking.found == []


@pytest.fixture
def customer(api: stripe.StripeClient) -> stripe.Customer:
    """Somebody with an e-mail address."""
    return api.v1.customers.create({"email": "brand@example.org", "name": "Brand"})


@pytest.fixture
def charge(api: stripe.StripeClient) -> stripe.Charge:
    """100.00 paid, and available at once."""
    intent = pay(api, 10_000, "pm_card_bypassPending")
    return api.v1.charges.retrieve(intent.latest_charge, {"expand": ["balance_transaction"]})


def pay(api: stripe.StripeClient, amount: int, method: str = "pm_card_visa", **more: object) -> stripe.PaymentIntent:
    """A payment intent confirmed with one of Stripe's test methods."""
    return api.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "usd",
            "payment_method": method,
            "payment_method_types": ["card"],
            "confirm": True,
            **more,
        }
    )
