"""Refunds, payouts, the balance and its transactions."""

import pytest
import stripe

from tests.devstripe.conformance.conftest import pay

pytestmark = pytest.mark.plain


def test_a_refund_takes_the_amount_and_keeps_the_fee(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    pay(api, 5_000, "pm_card_bypassPending")  # the charge's own fee is gone: out of it alone the refund would wait
    refund = api.v1.refunds.create(
        {"charge": charge.id, "reason": "requested_by_customer", "expand": ["balance_transaction"]}
    )
    moved = refund.balance_transaction
    assert (refund.amount, refund.status, refund.charge, refund.payment_intent) == (
        10_000,
        "succeeded",
        charge.id,
        charge.payment_intent,
    )
    assert (moved.amount, moved.fee, moved.net, moved.type) == (-10_000, 0, -10_000, "refund")
    assert api.v1.charges.retrieve(charge.id).refunded is True


def test_partial_refunds_add_up(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    for _ in range(2):
        api.v1.refunds.create({"charge": charge.id, "amount": 2_500})
    found = api.v1.charges.retrieve(charge.id)
    assert (found.amount_refunded, found.refunded) == (5_000, False)
    assert [one.amount for one in api.v1.refunds.list({"charge": charge.id}).data] == [2_500, 2_500]


def test_a_refund_by_its_intent(api: stripe.StripeClient) -> None:
    intent = pay(api, 5_000, "pm_card_bypassPending")
    assert api.v1.refunds.create({"payment_intent": intent.id}).charge == intent.latest_charge
    assert len(api.v1.refunds.list({"payment_intent": intent.id}).data) == 1


def test_a_refund_of_a_payment_still_pending(api: stripe.StripeClient) -> None:
    intent = pay(api, 5_000)
    assert api.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"


def test_more_than_is_left_cannot_be_refunded(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    api.v1.refunds.create({"charge": charge.id, "amount": 6_000})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"charge": charge.id, "amount": 4_001})
    assert refused.value.param == "amount"


def test_a_charge_is_not_refunded_twice(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    api.v1.refunds.create({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_already_refunded"


def test_refunding_a_charge_that_is_not_there(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"charge": "ch_nothing"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "charge")


def test_a_refund_needs_something_to_refund(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.refunds.create({"amount": 100})


def test_a_payout_of_more_than_there_is_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payouts.create({"amount": 99_999_999, "currency": "usd"})
    assert refused.value.code == "balance_insufficient"


def test_a_payout_leaves_the_balance(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    payout = api.v1.payouts.create(
        {"amount": 1_000, "currency": "usd", "metadata": {"batch": "1"}, "expand": ["balance_transaction"]}
    )
    moved = payout.balance_transaction
    assert (payout.status, payout.automatic, payout.metadata["batch"]) == ("pending", False, "1")
    assert (moved.amount, moved.type) == (-1_000, "payout")


def test_transactions_are_found_by_their_source(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    refund = api.v1.refunds.create({"charge": charge.id, "amount": 100})
    assert [one.type for one in api.v1.balance_transactions.list({"source": charge.id}).data] == ["charge"]
    assert [one.net for one in api.v1.balance_transactions.list({"source": refund.id}).data] == [-100]
    assert api.v1.balance_transactions.retrieve(charge.balance_transaction.id).source == charge.id


def test_transactions_are_listed_by_type_and_time(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    api.v1.refunds.create({"charge": charge.id, "amount": 100})
    found = api.v1.balance_transactions.list({"type": "refund", "created": {"gte": charge.created}, "limit": 3}).data
    assert found
    assert {one.type for one in found} == {"refund"}
    assert api.v1.balance_transactions.list({"created": {"lt": 1_000_000_000}}).data == []


def test_the_sum_of_the_transactions_is_the_balance(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    def total() -> int:
        balance = api.v1.balance.retrieve()
        return sum(one.amount for one in [*balance.available, *balance.pending] if one.currency == "usd")

    before = total()
    moved = [
        pay(api, 3_000, expand=["latest_charge.balance_transaction"]).latest_charge.balance_transaction.net,
        api.v1.refunds.create({"charge": charge.id, "expand": ["balance_transaction"]}).balance_transaction.net,
    ]
    assert total() == before + sum(moved)


def test_balance_settings_tell_the_schedule(api: stripe.StripeClient) -> None:
    settings = api.v1.balance_settings.retrieve()
    assert settings.payments.payouts.schedule.interval in {"manual", "daily", "weekly", "monthly"}


def test_with_three_decimals_the_last_digit_is_a_zero_or_the_amount_is_refused(api: stripe.StripeClient) -> None:
    """docs.stripe.com/currencies: amounts of BHD, JOD, KWD, OMR and TND are rounded to the nearest ten."""
    method = {"payment_method": "pm_card_visa", "payment_method_types": ["card"], "confirm": True}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.payment_intents.create({"amount": 12_345, "currency": "kwd", **method})
    assert (refused.value.http_status, refused.value.param) == (400, "amount")
    assert refused.value.error.type == "invalid_request_error"
    paid = api.v1.payment_intents.create({"amount": 12_340, "currency": "kwd", **method})
    assert (paid.status, paid.amount_received) == ("succeeded", 12_340)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.refunds.create({"payment_intent": paid.id, "amount": 1_234})
    assert refused.value.param == "amount"
    assert api.v1.refunds.create({"payment_intent": paid.id, "amount": 1_230}).amount == 1_230
