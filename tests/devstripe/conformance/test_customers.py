"""Customers and the payment methods on their file."""

import pytest
import stripe

pytestmark = pytest.mark.plain


def test_a_customer_keeps_what_was_told(api: stripe.StripeClient) -> None:
    made = api.v1.customers.create(
        {"email": "a@example.org", "name": "Åsa", "metadata": {"party": "7", "note": "a & b = c"}}
    )
    found = api.v1.customers.retrieve(made.id)
    assert (found.email, found.name, found.metadata.to_dict()) == (
        "a@example.org",
        "Åsa",
        {"party": "7", "note": "a & b = c"},
    )
    assert made.id.startswith("cus_")
    assert made.livemode is False


def test_metadata_is_merged_key_by_key_and_an_empty_value_removes_one(
    api: stripe.StripeClient, customer: stripe.Customer
) -> None:
    api.v1.customers.update(customer.id, {"metadata": {"a": "1", "b": "2"}})
    changed = api.v1.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert api.v1.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


def test_a_deleted_customer_says_so(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    assert api.v1.customers.delete(customer.id).deleted is True
    assert api.v1.customers.retrieve(customer.id).deleted is True


def test_customers_are_listed_newest_first_and_by_email(api: stripe.StripeClient) -> None:
    email = f"{api.v1.customers.create().id}@example.org"
    made = [api.v1.customers.create({"email": email}).id for _ in range(3)]
    assert [one.id for one in api.v1.customers.list({"email": email}).data] == made[::-1]


def test_a_list_is_walked_with_cursors_both_ways(api: stripe.StripeClient) -> None:
    email = f"{api.v1.customers.create().id}@example.org"
    made = [api.v1.customers.create({"email": email}).id for _ in range(5)][::-1]
    first = api.v1.customers.list({"email": email, "limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2], True)
    second = api.v1.customers.list({"email": email, "limit": 2, "starting_after": made[1]})
    assert [one.id for one in second.data] == made[2:4]
    back = api.v1.customers.list({"email": email, "limit": 2, "ending_before": made[4]})
    assert [one.id for one in back.data] == made[2:4]
    assert [one.id for one in first.auto_paging_iter()] == made
    last = api.v1.customers.list({"email": email, "limit": 5})
    assert last.has_more is False


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_a_limit_beyond_bounds_is_refused(api: stripe.StripeClient, limit: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.customers.list({"limit": limit})
    assert refused.value.param == "limit"


def test_an_unknown_customer_is_missing(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.customers.retrieve("cus_nobody")
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (404, "resource_missing", "id")
    assert "No such customer: 'cus_nobody'" in str(refused.value)


def test_an_unknown_parameter_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.raw_request("post", "/v1/customers", colour="red")
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "colour")


def test_a_card_is_attached_listed_and_detached(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert (card.customer, card.card.last4, card.card.brand) == (customer.id, "4242", "visa")
    assert [one.id for one in api.v1.customers.payment_methods.list(customer.id).data] == [card.id]
    assert [one.id for one in api.v1.payment_methods.list({"customer": customer.id, "type": "card"}).data] == [card.id]
    assert api.v1.payment_methods.detach(card.id).customer is None
    assert api.v1.customers.payment_methods.list(customer.id).data == []


def test_a_declined_card_cannot_be_attached(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    with pytest.raises(stripe.CardError) as refused:
        api.v1.payment_methods.attach("pm_card_visa_chargeDeclined", {"customer": customer.id})
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")


def test_a_detached_card_cannot_be_detached_again(api: stripe.StripeClient) -> None:
    card = api.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_methods.detach(card.id)


def test_a_card_belongs_to_one_customer(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    other = api.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.payment_methods.attach(card.id, {"customer": other.id})


def test_a_default_payment_method_is_kept(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    card = api.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    changed = api.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card.id}})
    assert changed.invoice_settings.default_payment_method == card.id
    shown = api.v1.customers.retrieve(customer.id, {"expand": ["invoice_settings.default_payment_method"]})
    assert shown.invoice_settings.default_payment_method.card.last4 == "4444"


def test_a_setup_intent_puts_a_card_on_file(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    intent = api.v1.setup_intents.create(
        {"customer": customer.id, "payment_method": "pm_card_visa", "payment_method_types": ["card"], "confirm": True}
    )
    assert (intent.status, intent.usage) == ("succeeded", "off_session")
    assert api.v1.payment_methods.retrieve(intent.payment_method).customer == customer.id
    assert intent.client_secret.startswith(f"{intent.id}_secret_")


def test_a_setup_intent_waits_confirms_and_is_canceled(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    waiting = api.v1.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})
    assert waiting.status == "requires_payment_method"
    assert api.v1.setup_intents.confirm(waiting.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    other = api.v1.setup_intents.create({"customer": customer.id, "payment_method_types": ["card"]})
    assert api.v1.setup_intents.cancel(other.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.setup_intents.confirm(other.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "setup_intent_unexpected_state"


def test_a_setup_intent_with_a_declined_card_says_why(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    with pytest.raises(stripe.CardError) as refused:
        api.v1.setup_intents.create(
            {
                "customer": customer.id,
                "payment_method": "pm_card_visa_chargeDeclined",
                "payment_method_types": ["card"],
                "confirm": True,
            }
        )
    assert refused.value.code == "card_declined"
