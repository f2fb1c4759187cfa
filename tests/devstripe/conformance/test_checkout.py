"""Checkout sessions as the API sees them; what a person does on the page is tested in test_pages.py."""

import time
from typing import Any

import pytest
import stripe

from tests.devstripe.factories import PLACES, checkout

pytestmark = pytest.mark.plain


def test_a_session_is_open_with_the_address_of_its_page(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    session = checkout(api, 12_300, customer=customer.id, client_reference_id="fund 4", metadata={"operation": "4"})
    assert (session.status, session.payment_status, session.amount_total, session.currency) == (
        "open",
        "unpaid",
        12_300,
        "usd",
    )
    assert (session.customer, session.client_reference_id, session.metadata["operation"]) == (
        customer.id,
        "fund 4",
        "4",
    )
    assert (session.payment_intent, session.mode) == (None, "payment")
    assert session.url.startswith("http")
    assert session.id.startswith("cs_test_")


def test_line_items_are_told_when_asked_for(api: stripe.StripeClient) -> None:
    session = checkout(api, 700)
    assert [
        (one.description, one.amount_total, one.quantity)
        for one in api.v1.checkout.sessions.line_items.list(session.id).data
    ] == [("A film about tea", 700, 1)]
    assert "line_items" not in api.v1.checkout.sessions.retrieve(session.id)
    shown = api.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert shown.line_items.data[0].price.unit_amount == 700


def test_quantities_multiply(api: stripe.StripeClient) -> None:
    line = {"quantity": 3, "price_data": {"currency": "eur", "unit_amount": 250, "product_data": {"name": "Tea"}}}
    session = api.v1.checkout.sessions.create({"mode": "payment", "line_items": [line], **PLACES})
    assert (session.amount_total, session.currency) == (750, "eur")


def test_a_session_is_expired_once(api: stripe.StripeClient) -> None:
    session = checkout(api)
    expired = api.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.checkout.sessions.expire(session.id)


def test_a_session_may_end_sooner(api: stripe.StripeClient) -> None:
    soon = int(time.time()) + 3_600
    assert checkout(api, expires_at=soon).expires_at == soon


@pytest.mark.parametrize("seconds", [60, 90_000])
def test_a_session_may_not_end_at_any_time(api: stripe.StripeClient, seconds: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        checkout(api, expires_at=int(time.time()) + seconds)
    assert refused.value.param == "expires_at"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"line_items": []}, "line_items"),
        ({"customer": "cus_nobody"}, "customer"),
        ({"success_url": ""}, "success_url"),
    ],
)
def test_a_session_lacking_something_is_refused(api: stripe.StripeClient, given: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        checkout(api, **given)
    assert refused.value.param == param


def test_a_session_to_keep_a_card_has_a_setup_intent(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    session = api.v1.checkout.sessions.create(
        {"mode": "setup", "customer": customer.id, "currency": "usd", "payment_method_types": ["card"], **PLACES}
    )
    assert (session.status, session.payment_status, session.amount_total) == ("open", "no_payment_required", None)
    assert api.v1.setup_intents.retrieve(session.setup_intent).customer == customer.id


def test_sessions_are_listed_by_customer(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    made = [checkout(api, customer=customer.id).id for _ in range(2)]
    assert [one.id for one in api.v1.checkout.sessions.list({"customer": customer.id}).data] == made[::-1]
    assert api.v1.checkout.sessions.update(made[0], {"metadata": {"a": "b"}}).metadata["a"] == "b"
