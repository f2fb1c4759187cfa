"""Payment intents, charges and what the bank says."""

import pytest
import stripe

from tests.devstripe.conformance.conftest import pay

pytestmark = pytest.mark.plain


def test_a_payment_leaves_a_charge_and_a_balance_transaction(api: stripe.StripeClient) -> None:
    intent = pay(api, 12_345, expand=["latest_charge.balance_transaction"])
    charge = intent.latest_charge
    assert (intent.status, intent.amount_received, charge.amount, charge.paid, charge.captured) == (
        "succeeded",
        12_345,
        12_345,
        True,
        True,
    )
    moved = charge.balance_transaction
    assert (moved.amount, moved.type, moved.reporting_category, moved.source) == (12_345, "charge", "charge", charge.id)
    assert moved.net == moved.amount - moved.fee
    assert sum(one.amount for one in moved.fee_details) == moved.fee
    assert (charge.id[:3], moved.id[:4], intent.id[:3]) == ("ch_", "txn_", "pi_")


def test_the_fee_of_an_american_card_is_two_point_nine_percent_and_thirty_cents(api: stripe.StripeClient) -> None:
    moved = pay(api, 10_000, expand=["latest_charge.balance_transaction"]).latest_charge.balance_transaction
    assert moved.fee == 320


def test_a_card_payment_is_pending_first(api: stripe.StripeClient) -> None:
    moved = pay(api, 5_000, expand=["latest_charge.balance_transaction"]).latest_charge.balance_transaction
    assert moved.status == "pending"
    assert moved.available_on > moved.created


def test_the_card_that_bypasses_pending_is_available_at_once(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    assert charge.balance_transaction.status == "available"
    assert (
        next(one.amount for one in api.v1.balance.retrieve().available if one.currency == "usd")
        >= charge.balance_transaction.net
    )


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_declined_card_answers_402_and_leaves_the_intent_open(
    api: stripe.StripeClient, method: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay(api, 5_000, method)
    error = refused.value
    assert (error.http_status, error.code, error.error.decline_code) == (402, code, decline_code)
    intent = api.v1.payment_intents.retrieve(error.error.payment_intent.id)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    failed = api.v1.charges.retrieve(intent.latest_charge)
    assert (failed.status, failed.paid, failed.failure_code, failed.balance_transaction) == (
        "failed",
        False,
        code,
        None,
    )


def test_an_intent_is_tried_again_with_another_card(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as refused:
        pay(api, 5_000, "pm_card_visa_chargeDeclined")
    intent = api.v1.payment_intents.confirm(refused.value.error.payment_intent.id, {"payment_method": "pm_card_visa"})
    assert intent.status == "succeeded"
    assert len(api.v1.charges.list({"payment_intent": intent.id}).data) == 2


def test_a_saved_card_pays_without_the_person(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    setup = api.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": "pm_card_visa", "payment_method_types": ["card"], "confirm": True}
    )
    intent = pay(api, 7_000, setup.payment_method, customer=customer.id, off_session=True)
    assert (intent.status, intent.customer) == ("succeeded", customer.id)


def test_a_bank_may_demand_the_person(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    card = api.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer.id})
    with pytest.raises(stripe.CardError) as refused:
        pay(api, 7_000, card.id, customer=customer.id, off_session=True)
    assert refused.value.code == "authentication_required"


def test_with_the_person_present_the_bank_asks_on_a_page(api: stripe.StripeClient) -> None:
    intent = pay(api, 7_000, "pm_card_authenticationRequired", return_url="https://example.org/back")
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    assert intent.next_action.redirect_to_url.url.startswith("http")
    assert intent.next_action.redirect_to_url.return_url == "https://example.org/back"


def test_somebody_elses_card_is_refused(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError):
        pay(api, 5_000, card.id)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (49, "amount_too_small"),
        (100_000_000, "amount_too_large"),
        (0, "parameter_invalid_integer"),
        (-5, "parameter_invalid_integer"),
    ],
)
def test_an_amount_out_of_bounds_is_refused(api: stripe.StripeClient, amount: int, code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.create({"amount": amount, "currency": "usd"})
    assert refused.value.code == code


def test_a_fractional_amount_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.raw_request("post", "/v1/payment_intents", amount="10.50", currency="usd")
    assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "amount")


@pytest.mark.parametrize("missing", ["amount", "currency"])
def test_a_missing_parameter_is_named(api: stripe.StripeClient, missing: str) -> None:
    given = {"amount": "500", "currency": "usd"}
    del given[missing]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.raw_request("post", "/v1/payment_intents", **given)
    assert (refused.value.code, refused.value.param) == ("parameter_missing", missing)


def test_an_intent_is_canceled_once(api: stripe.StripeClient) -> None:
    intent = api.v1.payment_intents.create({"amount": 5_000, "currency": "usd", "payment_method_types": ["card"]})
    canceled = api.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "requested_by_customer")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.cancel(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_paid_intent_is_not_confirmed_twice(api: stripe.StripeClient) -> None:
    intent = pay(api, 5_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"


def test_an_intent_may_change_until_it_is_paid(api: stripe.StripeClient) -> None:
    intent = api.v1.payment_intents.create({"amount": 5_000, "currency": "usd", "payment_method_types": ["card"]})
    assert api.v1.payment_intents.update(intent.id, {"amount": 6_000, "metadata": {"a": "1"}}).amount == 6_000
    paid = api.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.amount_received == 6_000
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.update(intent.id, {"amount": 7_000})


def test_a_charge_takes_over_metadata_description_and_group(api: stripe.StripeClient) -> None:
    intent = pay(api, 5_000, metadata={"deal": "9"}, description="A film", transfer_group="deal_9")
    charge = api.v1.charges.retrieve(intent.latest_charge)
    assert (charge.metadata.to_dict(), charge.description, charge.transfer_group) == ({"deal": "9"}, "A film", "deal_9")
    assert [one.id for one in api.v1.charges.list({"transfer_group": "deal_9", "limit": 1}).data] == [charge.id]


def test_a_charge_tells_the_card(api: stripe.StripeClient) -> None:
    charge = api.v1.charges.retrieve(pay(api, 5_000, "pm_card_mastercard").latest_charge)
    card = charge.payment_method_details.card
    assert (card.brand, card.last4, charge.outcome.type) == ("mastercard", "4444", "authorized")


def test_intents_are_listed_by_customer(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    made = [pay(api, 5_000, customer=customer.id).id for _ in range(2)]
    assert [one.id for one in api.v1.payment_intents.list({"customer": customer.id}).data] == made[::-1]
    assert len(api.v1.charges.list({"customer": customer.id}).data) == 2


def test_a_card_paid_with_may_be_kept(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    intent = pay(api, 5_000, customer=customer.id, setup_future_usage="off_session")
    again = pay(api, 6_000, intent.payment_method, customer=customer.id, off_session=True)
    assert (api.v1.payment_methods.retrieve(intent.payment_method).customer, again.status) == (customer.id, "succeeded")


def test_a_bank_debit_is_processing_first(api: stripe.StripeClient) -> None:
    details = {"billing_details": {"name": "Brand", "email": "brand@example.org"}}
    method = api.v1.payment_methods.create(
        {
            "type": "us_bank_account",
            "us_bank_account": {
                "account_holder_type": "company",
                "account_number": "000123456789",
                "routing_number": "110000000",
            },
            **details,
        }
    )
    intent = api.v1.payment_intents.create(
        {
            "amount": 5_000,
            "currency": "usd",
            "payment_method": method.id,
            "payment_method_types": ["us_bank_account"],
            "confirm": True,
            "mandate_data": {"customer_acceptance": {"type": "offline", "offline": {}}},
            "payment_method_options": {"us_bank_account": {"verification_method": "instant"}},
        }
    )
    assert intent.status in ("processing", "requires_action")


def test_a_description_and_metadata_of_a_charge_may_change(api: stripe.StripeClient) -> None:
    charge = pay(api, 5_000).latest_charge
    changed = api.v1.charges.update(charge, {"description": "Another", "metadata": {"a": "b"}})
    assert (changed.description, changed.metadata["a"]) == ("Another", "b")


def test_expanding_what_cannot_be_expanded_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_intents.list({"expand": ["data.nothing"]})
