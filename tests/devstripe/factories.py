"""Things a test starts from, made through the API and the hosted pages."""

import stripe

from tests.stripe_server import VISA, StripeServer

PLACES = {"success_url": "http://app.test/paid?session={CHECKOUT_SESSION_ID}", "cancel_url": "http://app.test/back"}


def checkout(
    client: stripe.StripeClient, amount: int = 50_000, currency: str = "usd", **more: object
) -> stripe.checkout.Session:
    """An open checkout session for one thing."""
    line = {
        "quantity": 1,
        "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "A film about tea"}},
    }
    return client.v1.checkout.sessions.create({"mode": "payment", "line_items": [line], **PLACES, **more})


def paid_charge(
    server: StripeServer, amount: int = 50_000, card: str = VISA, currency: str = "usd", **more: object
) -> stripe.Charge:
    """A charge paid through the hosted page."""
    client = server.client()
    session = checkout(client, amount, currency, **more)
    server.pay_checkout(session.id, card)
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    return paid.payment_intent.latest_charge


def new_account(client: stripe.StripeClient, **more: object) -> stripe.v2.core.Account:
    """A connected account that has not been completed."""
    return client.v2.core.accounts.create(
        {
            "contact_email": "ada@example.org",
            "display_name": "Ada",
            "dashboard": "express",
            "identity": {"country": "us"},
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": {
                "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
            },
            "include": ["configuration.recipient", "requirements", "identity"],
            **more,
        }
    )


def creator(server: StripeServer, account_number: str = "000123456789") -> str:
    """The id of a connected account that may receive transfers."""
    account = new_account(server.client())
    server.onboard(account.id, account_number=account_number)
    return account.id


def transfers_status(client: stripe.StripeClient, account_id: str) -> str:
    """The state of the capability that decides whether money can be sent."""
    account = client.v2.core.accounts.retrieve(account_id, {"include": ["configuration.recipient"]})
    return account.configuration.recipient.capabilities.stripe_balance.stripe_transfers.status


def held(client: stripe.StripeClient, account_id: str | None = None, currency: str = "usd") -> tuple[int, int]:
    """(available, pending) of an account's balance."""
    balance = client.v1.balance.retrieve(options={"stripe_account": account_id} if account_id else {})
    return tuple(
        sum(one.amount for one in part if one.currency == currency) for part in (balance.available, balance.pending)
    )
