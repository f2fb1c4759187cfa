"""Keys that authenticate, and keys that make a request safe to repeat."""

import uuid

import pytest
import stripe

from tests.devstripe.conformance.conftest import KEY, pay

pytestmark = pytest.mark.plain


def key() -> dict:
    """Options with a new idempotency key."""
    return {"idempotency_key": str(uuid.uuid4())}


def test_the_same_key_and_body_give_the_first_answer(api: stripe.StripeClient) -> None:
    options = key()
    first = api.v1.customers.create({"email": "once@example.org"}, options)
    again = api.v1.customers.create({"email": "once@example.org"}, options)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response.headers.get("Idempotent-Replayed") is None


def test_the_same_key_with_another_body_is_an_error(api: stripe.StripeClient) -> None:
    options = key()
    api.v1.customers.create({"email": "once@example.org"}, options)
    with pytest.raises(stripe.IdempotencyError) as refused:
        api.v1.customers.create({"email": "twice@example.org"}, options)
    assert refused.value.http_status == 400


def test_a_declined_payment_is_replayed_too(api: stripe.StripeClient) -> None:
    wish = {
        "amount": 5_000,
        "currency": "usd",
        "payment_method": "pm_card_visa_chargeDeclined",
        "payment_method_types": ["card"],
        "confirm": True,
    }
    options, seen = key(), []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            api.v1.payment_intents.create(wish, options)
        seen.append(refused.value.error.payment_intent.id)
    assert seen[0] == seen[1]


def test_a_refused_parameter_does_not_use_the_key_up(api: stripe.StripeClient) -> None:
    options = key()
    with pytest.raises(stripe.InvalidRequestError):
        api.raw_request("post", "/v1/customers", colour="red", **options)
    assert api.v1.customers.create({"name": "x"}, options).name == "x"


def test_a_replay_has_no_second_effect(api: stripe.StripeClient) -> None:
    options = key()
    charge = pay(api, 5_000, "pm_card_bypassPending").latest_charge
    first, again = (api.v1.refunds.create({"charge": charge, "amount": 1_000}, options) for _ in range(2))
    assert first.id == again.id
    assert api.v1.charges.retrieve(charge).amount_refunded == 1_000


def test_two_keys_are_two_refunds(api: stripe.StripeClient) -> None:
    charge = pay(api, 5_000, "pm_card_bypassPending").latest_charge
    for _ in range(2):
        api.v1.refunds.create({"charge": charge, "amount": 1_000}, key())
    assert api.v1.charges.retrieve(charge).amount_refunded == 2_000


@pytest.mark.skipif(bool(KEY), reason="would call Stripe with a wrong key")
def test_a_wrong_key_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.AuthenticationError):
        api.v1.balance.retrieve(options={"api_key": "pk_test_public"})
    with pytest.raises(stripe.AuthenticationError) as refused:
        api.v1.balance.retrieve(options={"api_key": "sk_live_never"})
    assert "live" in str(refused.value)


def test_an_answer_names_its_request(api: stripe.StripeClient) -> None:
    assert api.v1.balance.retrieve().last_response.request_id.startswith("req_")


def test_an_account_that_is_not_ours_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        api.v1.balance.retrieve(options={"stripe_account": "acct_1notours"})
    assert refused.value.http_status == 403


def test_an_unknown_address_is_404(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.charges.retrieve("ch_unknown")
    assert refused.value.http_status == 404
