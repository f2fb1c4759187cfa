"""An invoice's page and what the bank does: only devstripe has these."""

import pytest
import stripe

from tests.devstripe.conformance.test_invoices import BY_TRANSFER, final
from tests.devstripe.factories import held
from tests.stripe_server import DECLINED, THREE_D_SECURE, VISA, StripeServer

pytestmark = pytest.mark.plain
CARD = {"expiry": "12 / 34", "cvc": "123", "name": "Test Buyer"}


@pytest.fixture
def customer(client: stripe.StripeClient) -> stripe.Customer:
    """Somebody with an e-mail address."""
    return client.v1.customers.create({"email": "brand@example.org", "name": "Brand (GmbH)"})


def test_a_person_pays_an_invoice_by_card_after_a_decline(
    server: StripeServer, client: stripe.StripeClient, customer: stripe.Customer
) -> None:
    invoice = final(client, customer, 50_000)
    url = invoice.hosted_invoice_url
    assert "500.00 USD" in server.ask("GET", url).body
    assert server.submit(url, **CARD, number="1").status == 422
    assert server.submit(url, **CARD, number=DECLINED).errors == ["Your card was declined."]
    assert server.submit(url, **CARD, number=VISA).status == 303
    assert "paid. Thank you" in server.ask("GET", url).body
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert held(client) == (0, 48_520)
    assert server.submit(url, **CARD, number=VISA).status == 303
    assert held(client) == (0, 48_520)
    told = [one["type"] for one in server.messages("platform") if one["type"].startswith("invoice")]
    assert told == ["invoice.created", "invoiceitem.created", "invoice.finalized", "invoice.payment_failed",
                    "invoice_payment.paid", "invoice.updated", "invoice.paid", "invoice.payment_succeeded"]  # fmt: skip


def test_the_bank_may_ask_on_the_way(
    server: StripeServer, client: stripe.StripeClient, customer: stripe.Customer
) -> None:
    invoice = final(client, customer)
    asked = server.submit(invoice.hosted_invoice_url, **CARD, number=THREE_D_SECURE)
    answer = server.submit(asked.location, answer="yes")
    assert answer.location == invoice.hosted_invoice_url
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_a_transfer_of_too_little_waits_and_the_rest_completes_it(
    server: StripeServer, client: stripe.StripeClient, customer: stripe.Customer
) -> None:
    invoice = final(client, customer, payment_settings=BY_TRANSFER)
    server.transfer(customer.id, 4_000)
    page = server.ask("GET", invoice.hosted_invoice_url).body
    assert "60.00 USD" in page
    assert "Card number" not in page
    assert client.v1.invoices.retrieve(invoice.id).status == "open"
    server.transfer(customer.id, 7_000)
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"
    assert client.v1.customers.cash_balance.retrieve(customer.id).available["usd"] == 1_000
    assert held(client) == (9_950, 0)


def test_a_reference_decides_between_two_open_invoices(
    server: StripeServer, client: stripe.StripeClient, customer: stripe.Customer
) -> None:
    first, second = (final(client, customer, payment_settings=BY_TRANSFER) for _ in range(2))
    page = server.ask("GET", second.hosted_invoice_url).body
    server.transfer(customer.id, 10_000, reference=page.split("<dt>Reference</dt><dd>")[1].split("<")[0])
    assert [client.v1.invoices.retrieve(one.id).status for one in (first, second)] == ["open", "paid"]
    assert server.submit(first.hosted_invoice_url, way="transfer").status == 303
    assert client.v1.invoices.retrieve(first.id).status == "paid"


def test_the_pdf_opens_and_other_peoples_links_do_not(
    server: StripeServer, client: stripe.StripeClient, customer: stripe.Customer
) -> None:
    invoice = final(client, customer)
    answer = server.ask("GET", invoice.invoice_pdf)
    assert answer.body.startswith("%PDF-1.4")
    assert f"Invoice {invoice.number}" in answer.body
    assert "Brand \\(GmbH\\)" in answer.body
    place = int(answer.body.rsplit("startxref\n", 1)[1].split("\n")[0])
    assert answer.body[place:].startswith("xref")
    assert server.ask("GET", invoice.invoice_pdf.replace("/pdf", "0/pdf")).status == 404


def test_an_invoice_that_advances_by_itself_is_final_after_an_hour(
    server: StripeServer, client: stripe.StripeClient, customer: stripe.Customer
) -> None:
    made = client.v1.invoices.create(
        {"customer": customer.id, "collection_method": "send_invoice", "days_until_due": 7, "auto_advance": True}
    )
    client.v1.invoice_items.create({"customer": customer.id, "invoice": made.id, "amount": 500})
    server.advance(seconds=3_601)
    found = client.v1.invoices.retrieve(made.id)
    assert (found.status, found.total) == ("open", 500)
    assert found.hosted_invoice_url.startswith(server.url)
    assert "invoice.sent" in [one["type"] for one in server.messages("platform")]
