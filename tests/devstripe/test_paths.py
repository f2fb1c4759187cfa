"""The two ways money takes: a brand pays on the hosted page, a creator is onboarded and paid out."""

import pytest
import stripe

from tests.devstripe.factories import checkout, creator, held, new_account, paid_charge, transfers_status
from tests.stripe_server import DECLINED, INSUFFICIENT, THREE_D_SECURE, StripeServer

pytestmark = pytest.mark.plain


def test_a_brand_pays_after_a_declined_card_and_a_failed_authentication(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    session = checkout(client, metadata={"operation": "7"})
    assert server.pay_checkout(session.id, DECLINED).errors == ["Your card was declined."]
    assert server.pay_checkout(session.id, INSUFFICIENT).errors == ["Your card has insufficient funds."]
    assert server.pay_checkout(session.id, THREE_D_SECURE, authenticate=False).status == 402
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    answer = server.pay_checkout(session.id, THREE_D_SECURE)
    assert (answer.status, answer.location) == (303, f"http://app.test/paid?session={session.id}")
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
    )
    assert (paid.status, paid.payment_status, paid.metadata["operation"]) == ("complete", "paid", "7")
    moved = paid.payment_intent.latest_charge.balance_transaction
    assert (moved.amount, moved.fee, moved.net, moved.status) == (50_000, 1_480, 48_520, "pending")
    assert held(client) == (0, 48_520)
    server.advance(days=2)
    assert held(client) == (48_520, 0)
    assert len(client.v1.charges.list({"payment_intent": paid.payment_intent.id})) == 3


def test_a_creator_is_onboarded_paid_and_paid_out(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server)
    account = new_account(client)
    assert transfers_status(client, account.id) == "restricted"
    wish = {"amount": 45_000, "currency": "usd", "destination": account.id, "source_transaction": charge.id}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(wish)
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    assert server.onboard(account.id).location == "http://app.test/return"
    assert transfers_status(client, account.id) == "active"
    transfer = client.v1.transfers.create(wish)
    assert held(client, account.id) == (0, 45_000)
    server.advance(days=2)
    assert held(client, account.id) == (45_000, 0)
    server.advance(days=4)
    payouts = client.v1.payouts.list(options={"stripe_account": account.id}).data
    assert [(one.amount, one.status, one.automatic) for one in payouts] == [(45_000, "paid", True)]
    assert held(client, account.id) == (0, 0)
    assert transfer.destination_payment.startswith("py_")


def test_every_step_is_told_by_signed_events(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server)
    client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": creator(server), "source_transaction": charge.id}
    )
    told = []
    for message in server.messages():
        secret, signature = server.secrets[message["endpoint"]], message["headers"]["Stripe-Signature"]
        if message["endpoint"] == "thin":
            notice = client.parse_event_notification(message["body"], signature, secret)
            assert notice.fetch_related_object().object == "v2.core.account"
        else:
            client.construct_event(message["body"], signature, secret)
        told.append((message["endpoint"], message["type"]))
    assert ("platform", "checkout.session.completed") in told
    assert ("thin", "v2.core.account[configuration.recipient].capability_status_updated") in told
    assert ("platform", "transfer.created") in told
    assert ("connect", "payment.created") in told
    assert server.messages() == []
