"""The hosted pages in a real browser: paying, the bank, saving a card, onboarding, the dashboard. No accessibility complaint."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe
from playwright.sync_api import Page, expect

from tests import axe
from tests.devstripe.conformance.test_invoices import BY_TRANSFER, final
from tests.devstripe.factories import checkout, creator, new_account, paid_charge, transfers_status
from tests.stripe_server import DECLINED, INSUFFICIENT, THREE_D_SECURE, VISA, StripeServer

pytestmark = pytest.mark.plain


class Portal:
    """Stands where the application would: the address pages lead back to, and what was visited there."""

    def __init__(self) -> None:
        self.visited: list[str] = []
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                portal.visited.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>portal</title><link rel=icon href=data:,>Back at the portal")

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.places = {
            "success_url": f"{self.url}/paid?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{self.url}/back",
        }
        self.onboarding = {
            "type": "account_onboarding",
            "account_onboarding": {"refresh_url": f"{self.url}/refresh", "return_url": f"{self.url}/return"},
        }
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def portal() -> Iterator[Portal]:
    """The application's place."""
    made = Portal()
    yield made
    made.http.shutdown()
    made.http.server_close()


def clean(page: Page) -> None:
    """axe finds nothing, the band is there, and nothing is wider than the phone."""
    assert axe.complaints(page) == []
    expect(page.get_by_role("complementary")).to_contain_text("Test mode")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def fill_card(page: Page, number: str, expiry: str = "12 / 34", cvc: str = "123") -> None:
    """Type a card as a person does."""
    if page.get_by_label("E-mail").count():
        page.get_by_label("E-mail").fill("buyer@example.org")
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill(expiry)
    page.get_by_label("Security code").fill(cvc)
    page.get_by_label("Name on card").fill("Test Buyer")


def back(page: Page) -> None:
    """The browser is at the application again."""
    expect(page).to_have_title("portal")


def test_a_person_pays(server: StripeServer, client: stripe.StripeClient, page: Page, portal: Portal) -> None:
    session = checkout(client, 123_450, **portal.places)
    page.goto(session.url)
    expect(page).to_have_title("Pay 1,234.50 USD · devstripe")
    expect(page.get_by_text("A film about tea")).to_be_visible()
    clean(page)
    fill_card(page, "4242 4242 4242 4242")
    page.get_by_role("button", name="Pay 1,234.50 USD").click()
    back(page)
    assert portal.visited == [f"/paid?session={session.id}"]
    page.goto(f"{server.url}/c/pay/{session.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are all done here")
    clean(page)


def test_a_person_pays_without_scripts(
    server: StripeServer, client: stripe.StripeClient, page_without_script: Page, portal: Portal
) -> None:
    page = page_without_script
    session = checkout(client, **portal.places)
    page.goto(session.url)
    fill_card(page, THREE_D_SECURE)
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Complete authentication").click()
    back(page)
    assert portal.visited == [f"/paid?session={session.id}"]
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (DECLINED, "Your card was declined."),
        (INSUFFICIENT, "Your card has insufficient funds."),
        ("4242 4242 4242 4241", "This card number is not complete or not valid."),
        ("4000 0000 0000 1000", "Use one of the test cards listed below."),
        ("", "This card number is not complete or not valid."),
    ],
)
def test_a_card_that_fails_is_said_next_to_its_field(
    client: stripe.StripeClient, page: Page, number: str, sentence: str
) -> None:
    page.goto(checkout(client).url)
    fill_card(page, number)
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_label("Card number")).to_have_accessible_description(re.compile(re.escape(sentence)))
    expect(page.get_by_role("alert")).to_contain_text("Nothing was paid")
    expect(page.get_by_label("Name on card")).to_have_value("Test Buyer")
    expect(page.get_by_label("Security code")).to_have_value("")
    clean(page)


def test_every_empty_field_says_what_it_wants(client: stripe.StripeClient, page: Page) -> None:
    page.goto(checkout(client).url)
    page.get_by_role("button", name="Pay").click()
    expect(page.locator(".error")).to_have_text(
        [
            "Enter an e-mail address.",
            "This card number is not complete or not valid.",
            "Enter month and year, for example 12 / 34.",
            "Enter the 3 digits of the security code.",
            "Enter the name on the card.",
        ]
    )
    clean(page)


def test_an_expired_card(client: stripe.StripeClient, page: Page) -> None:
    page.goto(checkout(client).url)
    fill_card(page, VISA, expiry="01/20")
    page.get_by_role("button", name="Pay").click()
    expect(page.locator(".error")).to_have_text(["This card has expired."])


def test_the_bank_says_no_then_yes(client: stripe.StripeClient, page: Page, portal: Portal) -> None:
    page.goto(checkout(client, 5_000, **portal.places).url)
    fill_card(page, THREE_D_SECURE)
    page.get_by_role("button", name="Pay").click()
    expect(page.get_by_text("50.00 USD")).to_be_visible()
    clean(page)
    page.get_by_role("button", name="Fail authentication").click()
    expect(page.locator(".error")).to_contain_text(["The bank could not verify that it is you."])
    fill_card(page, THREE_D_SECURE)
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Complete authentication").click()
    back(page)
    assert len(portal.visited) == 1


def test_a_person_turns_back(client: stripe.StripeClient, page: Page, portal: Portal) -> None:
    session = checkout(client, **portal.places)
    page.goto(session.url)
    page.get_by_role("link", name="Back without paying").click()
    back(page)
    assert portal.visited == ["/back"]
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_person_pays_from_a_bank_account(
    server: StripeServer, client: stripe.StripeClient, page: Page, portal: Portal
) -> None:
    page.goto(checkout(client, payment_method_types=["card", "us_bank_account"], **portal.places).url)
    clean(page)
    page.get_by_label("Pay with").select_option("us_bank_account")
    page.get_by_label("E-mail").fill("buyer@example.org")
    page.get_by_label("Name on card").fill("Test Buyer")
    page.get_by_role("button", name="Pay").click()
    back(page)
    assert len(portal.visited) == 1
    assert server.objects("charge")[0]["status"] == "pending"


def test_a_person_saves_a_card(client: stripe.StripeClient, page: Page, portal: Portal) -> None:
    customer = client.v1.customers.create({"email": "brand@example.org"})
    session = client.v1.checkout.sessions.create(
        {"mode": "setup", "customer": customer.id, "currency": "usd", **portal.places}
    )
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Save a card for later payments")
    clean(page)
    fill_card(page, THREE_D_SECURE)
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("button", name="Complete authentication").click()
    card = client.v1.customers.payment_methods.list(customer.id).data[0]
    paid = client.v1.payment_intents.create(
        {
            "amount": 5_000,
            "currency": "usd",
            "customer": customer.id,
            "payment_method": card.id,
            "off_session": True,
            "confirm": True,
        }
    )
    assert (card.card.last4, paid.status) == ("3155", "succeeded")


def test_a_payment_that_needs_the_bank_leads_back(client: stripe.StripeClient, page: Page, portal: Portal) -> None:
    intent = client.v1.payment_intents.create(
        {
            "amount": 5_000,
            "currency": "usd",
            "payment_method": "pm_card_authenticationRequired",
            "confirm": True,
            "return_url": f"{portal.url}/after",
        }
    )
    page.goto(intent.next_action.redirect_to_url.url)
    clean(page)
    page.get_by_role("button", name="Complete authentication").click()
    back(page)
    assert portal.visited == ["/after"]
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_creator_fills_in_the_form_once(client: stripe.StripeClient, page: Page, portal: Portal) -> None:
    account = new_account(client)
    link = client.v2.core.account_links.create({"account": account.id, "use_case": portal.onboarding})
    page.goto(link.url)
    clean(page)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".error")).to_have_text(
        [
            "Enter your first name.",
            "Enter your last name.",
            "Enter an account number, for example 000123456789.",
            "Agree to the terms to go on.",
        ]
    )
    clean(page)
    page.get_by_label("First name").fill("Ada")
    page.get_by_label("Last name").fill("Creator")
    page.get_by_label("Bank account number").fill("000123456789")
    page.get_by_label("I agree to the terms of service").check()
    page.get_by_role("button", name="Submit").click()
    back(page)
    assert portal.visited == ["/return"]
    assert transfers_status(client, account.id) == "active"
    page.goto(link.url)
    assert portal.visited[1:] == ["/refresh"]


def test_an_old_link_leads_to_its_refresh_address(
    server: StripeServer, client: stripe.StripeClient, page: Page, portal: Portal
) -> None:
    link = client.v2.core.account_links.create({"account": new_account(client).id, "use_case": portal.onboarding})
    server.advance(seconds=301)
    page.goto(link.url)
    back(page)
    assert portal.visited == ["/refresh"]


def test_a_creator_sees_balance_and_payouts(server: StripeServer, client: stripe.StripeClient, page: Page) -> None:
    account, charge = creator(server), paid_charge(server)
    for amount in (30_000, 1_250):
        client.v1.transfers.create(
            {
                "amount": amount,
                "currency": "usd",
                "destination": account,
                "source_transaction": charge.id,
                "description": "A film about tea",
            }
        )
    link = client.v1.accounts.login_links.create(account)
    page.goto(link.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada")
    expect(page.get_by_text("312.50 USD")).to_be_visible()
    clean(page)
    server.advance(days=6)
    page.reload()
    expect(page.get_by_role("row", name="312.50 USD")).to_contain_text("paid")
    clean(page)
    page.context.clear_cookies()
    assert page.goto(link.url).status == 410
    clean(page)


def test_an_invoice_says_how_to_pay_it_and_then_that_it_is_paid(
    server: StripeServer, client: stripe.StripeClient, page_without_script: Page
) -> None:
    page, customer = page_without_script, client.v1.customers.create({"email": "brand@example.org", "name": "Brand"})
    ways = {**BY_TRANSFER, "payment_method_types": ["card", "customer_balance"]}
    invoice = final(client, customer, 123_450, payment_settings=ways)
    page.goto(invoice.hosted_invoice_url)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Invoice {invoice.number} 1,234.50 USD")
    expect(page.get_by_text("US Test Bank")).to_be_visible()
    fill_card(page, DECLINED)
    page.get_by_role("button", name="Pay 1,234.50 USD").click()
    expect(page.get_by_label("Card number")).to_have_accessible_description("Your card was declined.")
    page.get_by_role("button", name="Let the transfer arrive").click()
    expect(page.get_by_text("This invoice is paid")).to_be_visible()
    assert client.v1.invoices.retrieve(invoice.id).status == "paid"


def test_an_open_invoice_is_readable_on_a_phone(client: stripe.StripeClient, page: Page) -> None:
    customer = client.v1.customers.create({"email": "brand@example.org"})
    invoice = final(
        client, customer, payment_settings={**BY_TRANSFER, "payment_method_types": ["card", "customer_balance"]}
    )
    page.goto(invoice.hosted_invoice_url)
    clean(page)


def test_pages_that_are_not_there(server: StripeServer, page: Page) -> None:
    for path in ("/", "/c/pay/cs_test_nothing", "/_hosted/onboarding/x/y", "/_hosted/authenticate/pi_x/y"):
        assert page.goto(server.url + path).status == 404
        clean(page)
    assert page.goto(f"{server.url}/_hosted/dashboard").status == 403


def test_the_pages_load_nothing_from_elsewhere(server: StripeServer, client: stripe.StripeClient, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(checkout(client).url)
    assert [one for one in asked if not one.startswith((server.url, "data:"))] == []
