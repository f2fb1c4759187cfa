"""Invoices: written, made final, sent, paid by card, by bank transfer or past Stripe, withdrawn."""

import pytest
import stripe

BY_TRANSFER = {
    "payment_method_types": ["customer_balance"],
    "payment_method_options": {
        "customer_balance": {"funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"}}
    },
}


def draft(api: stripe.StripeClient, customer: stripe.Customer, amount: int = 10_000, **more: object) -> stripe.Invoice:
    """A draft over one thing, to be sent."""
    invoice = api.v1.invoices.create(
        {"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 30, "currency": "usd", **more}
    )
    api.v1.invoice_items.create(
        {"customer": customer.id, "invoice": invoice.id, "amount": amount, "description": "Tea"}
    )
    return invoice


def final(api: stripe.StripeClient, customer: stripe.Customer, amount: int = 10_000, **more: object) -> stripe.Invoice:
    """One that may be paid."""
    return api.v1.invoices.finalize_invoice(draft(api, customer, amount, **more).id)


def intent_of(api: stripe.StripeClient, invoice: stripe.Invoice) -> stripe.PaymentIntent:
    """What pays an invoice."""
    payment = api.v1.invoice_payments.list({"invoice": invoice.id}).data[0]
    return api.v1.payment_intents.retrieve(payment.payment.payment_intent)


def test_a_draft_adds_its_items_up(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = draft(api, customer, 10_000, metadata={"funding": "7"})
    api.v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 250, "description": "Cups"})
    found = api.v1.invoices.retrieve(invoice.id)
    assert (found.status, found.number, found.total, found.metadata["funding"]) == ("draft", None, 10_250, "7")
    assert {line.description: line.amount for line in found.lines.data} == {"Tea": 10_000, "Cups": 250}
    assert {one.amount for one in api.v1.invoices.line_items.list(invoice.id).data} == {10_000, 250}


def test_waiting_items_are_taken_when_asked(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    item = api.v1.invoice_items.create({"customer": customer.id, "amount": 900, "currency": "usd"})
    assert [one.id for one in api.v1.invoice_items.list({"customer": customer.id, "pending": True}).data] == [item.id]
    invoice = api.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
    assert invoice.total == 900
    assert api.v1.invoice_items.list({"customer": customer.id, "pending": True}).data == []


def test_an_item_changes_only_in_a_draft(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = draft(api, customer)
    item = api.v1.invoice_items.list({"invoice": invoice.id}).data[0]
    assert api.v1.invoice_items.update(item.id, {"amount": 12_000}).amount == 12_000
    assert api.v1.invoices.finalize_invoice(invoice.id).total == 12_000
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.invoice_items.create({"customer": customer.id, "invoice": invoice.id, "amount": 1})
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.invoice_items.delete(item.id)


def test_an_invoice_that_is_sent_says_by_when(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.invoices.create({"customer": customer.id, "collection_method": "send_invoice"})


def test_a_final_invoice_has_a_number_a_page_and_a_pdf(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    first, second = final(api, customer), final(api, customer)
    assert (first.status, first.amount_due, first.amount_remaining, first.amount_paid) == ("open", 10_000, 10_000, 0)
    assert first.number != second.number
    assert first.due_date - first.effective_at == pytest.approx(30 * 86_400, abs=5)
    assert first.hosted_invoice_url.startswith("http")
    assert first.invoice_pdf.startswith("http")
    assert intent_of(api, first).amount == 10_000


def test_a_final_invoice_is_not_finalized_or_deleted(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer)
    for verb in (api.v1.invoices.finalize_invoice, api.v1.invoices.delete):
        with pytest.raises(stripe.InvalidRequestError):
            verb(invoice.id)


def test_a_draft_is_thrown_away(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = draft(api, customer)
    assert api.v1.invoices.delete(invoice.id).deleted
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.invoices.retrieve(invoice.id)


def test_an_invoice_is_sent(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    assert api.v1.invoices.send_invoice(draft(api, customer).id).status == "open"


def test_an_invoice_is_paid_by_card(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer, payment_settings={"payment_method_types": ["card"]})
    card = api.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    paid = api.v1.invoices.pay(invoice.id, {"payment_method": card.id})
    assert (paid.status, paid.amount_paid, paid.amount_remaining) == ("paid", 10_000, 0)
    payment = api.v1.invoice_payments.list({"invoice": invoice.id, "status": "paid"}).data[0]
    assert payment.amount_paid == 10_000
    intent = api.v1.payment_intents.retrieve(
        payment.payment.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert (intent.status, intent.latest_charge.balance_transaction.net) == ("succeeded", 9_680)


def test_a_declined_card_leaves_the_invoice_open(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer, payment_settings={"payment_method_types": ["card"]})
    card = api.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    with pytest.raises(stripe.CardError):
        api.v1.invoices.pay(invoice.id, {"payment_method": card.id})
    found = api.v1.invoices.retrieve(invoice.id)
    assert (found.status, found.attempted, found.amount_paid) == ("open", True, 0)


def test_an_invoice_is_paid_past_stripe(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer)
    paid = api.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})
    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})


def test_a_bank_transfer_pays_the_open_invoice(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer, payment_settings=BY_TRANSFER)
    came = api.v1.test_helpers.customers.fund_cash_balance(customer.id, {"amount": 10_000, "currency": "usd"})
    assert (came.type, came.net_amount) == ("funded", 10_000)
    paid = api.v1.invoices.retrieve(invoice.id, {"expand": ["payments"]})
    assert (paid.status, paid.amount_paid) == ("paid", 10_000)
    intent = api.v1.payment_intents.retrieve(
        paid.payments.data[0].payment.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert intent.latest_charge.payment_method_details.type == "customer_balance"
    assert intent.latest_charge.balance_transaction.amount == 10_000
    assert {one.type for one in api.v1.customers.cash_balance_transactions.list(customer.id).data} == {
        "funded",
        "applied_to_payment",
    }


def test_a_payment_by_bank_transfer_says_where_to_send_it(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    intent = api.v1.payment_intents.create(
        {
            "amount": 10_000,
            "currency": "usd",
            "customer": customer.id,
            "payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": BY_TRANSFER["payment_method_options"],
            "confirm": True,
        }
    )
    told = intent.next_action.display_bank_transfer_instructions
    assert (intent.status, told.type, told.amount_remaining) == ("requires_action", "us_bank_transfer", 10_000)
    assert told.financial_addresses[0].type == "aba"
    api.v1.test_helpers.customers.fund_cash_balance(customer.id, {"amount": 10_000, "currency": "usd"})
    assert api.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_what_was_sent_by_transfer_is_refunded_to_the_cash_balance(
    api: stripe.StripeClient, customer: stripe.Customer
) -> None:
    invoice = final(api, customer, payment_settings=BY_TRANSFER)
    api.v1.test_helpers.customers.fund_cash_balance(customer.id, {"amount": 10_000, "currency": "usd"})
    refund = api.v1.refunds.create({"payment_intent": intent_of(api, invoice).id, "amount": 4_000})
    assert refund.status == "succeeded"
    assert api.v1.customers.cash_balance.retrieve(customer.id).available["usd"] == 4_000


def test_an_invoice_is_withdrawn(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer)
    intent = intent_of(api, invoice)
    assert api.v1.invoices.void_invoice(invoice.id).status == "void"
    assert api.v1.payment_intents.retrieve(intent.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})


def test_an_uncollectible_invoice_may_still_be_paid(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    invoice = final(api, customer)
    assert api.v1.invoices.mark_uncollectible(invoice.id).status == "uncollectible"
    assert api.v1.invoices.pay(invoice.id, {"paid_out_of_band": True}).status == "paid"


def test_invoices_are_listed_by_customer_and_status(api: stripe.StripeClient, customer: stripe.Customer) -> None:
    draft(api, customer)
    opened = final(api, customer)
    assert [one.id for one in api.v1.invoices.list({"customer": customer.id, "status": "open"}).data] == [opened.id]
    assert len(api.v1.invoices.list({"customer": customer.id}).data) == 2
