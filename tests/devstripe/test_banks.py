"""What banks do on their own: they ask, take back, warn and send back; who answers how, and what it costs."""

import pytest
import stripe

from tests.devstripe.conformance.conftest import pay
from tests.devstripe.factories import creator, held, paid_charge
from tests.stripe_server import AVAILABLE_AT_ONCE, StripeServer

pytestmark = pytest.mark.plain
INQUIRY = "4000000000001976"


def disputes_told(server: StripeServer) -> list[str]:
    """What the platform heard of disputes since it last listened, shortened."""
    start = "charge.dispute."
    return [one["type"].removeprefix(start) for one in server.messages("platform") if one["type"].startswith(start)]


def answer(client: stripe.StripeClient, dispute_id: str, text: str, **more: object) -> str:
    """Send evidence; the dispute's state right after."""
    return client.v1.disputes.update(dispute_id, {"evidence": {"uncategorized_text": text}, **more}).status


def test_an_inquiry_takes_nothing_and_is_closed_by_evidence(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server, card=INQUIRY)
    dispute = client.v1.disputes.list({"charge": charge.id}).data[0]
    assert (dispute.status, dispute.is_charge_refundable) == ("warning_needs_response", True)
    assert dispute.payment_method_details.card.case_type == "inquiry"
    assert sum(held(client)) == 48_520
    assert answer(client, dispute.id, "winning_evidence") == "warning_under_review"
    assert client.v1.disputes.retrieve(dispute.id).status == "warning_closed"
    assert (sum(held(client)), disputes_told(server)) == (48_520, ["created", "updated", "closed"])
    assert not client.v1.charges.retrieve(charge.id).disputed


def test_an_inquiry_may_become_a_dispute(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server, card=INQUIRY)
    dispute = client.v1.disputes.list({"charge": charge.id}).data[0]
    answer(client, dispute.id, "escalate_inquiry_evidence")
    found = client.v1.disputes.retrieve(dispute.id)
    assert (found.status, found.is_charge_refundable, len(found.balance_transactions)) == ("needs_response", False, 1)
    assert sum(held(client)) == -1_480 - 1_500
    server.advance(days=10)
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"


def test_an_inquiry_nobody_answers_or_that_is_refunded_is_over(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    waiting, refunded = paid_charge(server, card=INQUIRY), paid_charge(server, card=INQUIRY)
    client.v1.refunds.create({"charge": refunded.id})
    states = {one.charge: one.status for one in client.v1.disputes.list().data}
    assert states == {waiting.id: "warning_needs_response", refunded.id: "warning_closed"}
    server.advance(days=121)
    assert {one.status for one in client.v1.disputes.list().data} == {"warning_closed"}


def test_evidence_may_be_kept_and_sent_later_and_only_once(server: StripeServer, client: stripe.StripeClient) -> None:
    dispute_id = server.dispute(paid_charge(server).id, "product_not_received")
    assert answer(client, dispute_id, "a draft", submit=False) == "needs_response"
    assert client.v1.disputes.retrieve(dispute_id).evidence.uncategorized_text == "a draft"
    assert answer(client, dispute_id, "the delivery note") == "under_review"
    with pytest.raises(stripe.InvalidRequestError):
        answer(client, dispute_id, "more")
    assert client.v1.disputes.retrieve(dispute_id).status == "under_review"


@pytest.mark.parametrize(("status", "net"), [("won", 48_520 - 1_500), ("lost", 48_520 - 20_000 - 1_500)])
def test_the_bank_decides_on_demand_about_a_part(
    server: StripeServer, client: stripe.StripeClient, status: str, net: int
) -> None:
    charge = paid_charge(server)
    dispute_id = server.dispute(charge.id, amount=20_000)
    server.decide(dispute_id, status)
    found = client.v1.disputes.retrieve(dispute_id)
    assert (found.status, found.amount, sum(held(client))) == (status, 20_000, net)
    assert [one.reporting_category for one in found.balance_transactions] == (
        ["dispute", "dispute_reversal"] if status == "won" else ["dispute"]
    )
    reinstated = ["funds_reinstated"] if status == "won" else []
    assert disputes_told(server) == ["created", "funds_withdrawn", "closed", *reinstated]


def test_a_bank_debit_taken_back_late_is_a_dispute_nobody_can_answer(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({"email": "a@example.org"})
    intent = pay(
        client, 50_000, "pm_usBankAccount_dispute", customer=customer.id, payment_method_types=["us_bank_account"]
    )
    server.advance(days=5)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    dispute = client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.status, dispute.reason) == ("lost", "debit_not_authorized")
    with pytest.raises(stripe.InvalidRequestError):
        answer(client, dispute.id, "winning_evidence")
    assert sum(held(client)) == 50_000 - 400 - 50_000 - 1_500
    assert disputes_told(server) == ["created", "funds_withdrawn", "closed"]


def test_a_fraud_warning_moves_nothing(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server, card="4000000000005423")
    found = client.v1.radar.early_fraud_warnings.list({"charge": charge.id}).data[0]
    assert (found.actionable, sum(held(client))) == (True, 48_520)
    assert client.v1.radar.early_fraud_warnings.retrieve(server.warn_of_fraud(charge.id)).charge == charge.id
    told = [one["type"] for one in server.messages("platform")]
    assert told.count("radar.early_fraud_warning.created") == 2


def paid_out(server: StripeServer, client: stripe.StripeClient) -> tuple[str, str]:
    """A creator with 10.00 paid out: the account and the payout."""
    account, charge = creator(server), paid_charge(server, card=AVAILABLE_AT_ONCE)
    client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    server.advance(days=3)
    return account, client.v1.payouts.list(options={"stripe_account": account}).data[0].id


def test_a_payout_may_come_back_after_it_arrived_and_stops_those_to_come(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    account, payout = paid_out(server, client)
    own = {"stripe_account": account}
    assert client.v1.payouts.retrieve(payout, options=own).status == "paid"
    server.messages()
    server.fail_payout(payout)
    found = client.v1.payouts.retrieve(payout, options=own)
    assert (found.status, found.failure_code, held(client, account)) == ("failed", "account_closed", (1_000, 0))
    assert [one["type"] for one in server.messages("connect")] == ["payout.failed", "account.updated"]
    server.advance(days=5)
    assert len(client.v1.payouts.list(options=own).data) == 1
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payouts.create({"amount": 100, "currency": "usd"}, own)
    assert refused.value.code == "payouts_not_allowed"
    told = client.v2.core.accounts.retrieve(account, {"include": ["configuration.recipient", "requirements"]})
    balance = told.configuration.recipient.capabilities.stripe_balance
    assert (balance.stripe_transfers.status, balance.payouts.status) == ("active", "restricted")
    assert [one.description for one in told.requirements.entries] == ["default_outbound_destination"]
    server.onboard(account)
    server.advance(days=3)
    assert [one.status for one in client.v1.payouts.list(options=own).data] == ["paid", "failed"]


def test_payouts_follow_the_schedule_and_leave_the_minimum(server: StripeServer, client: stripe.StripeClient) -> None:
    server.freeze(1_799_625_600)  # Monday, 11 January 2027
    account, charge = creator(server), paid_charge(server, card=AVAILABLE_AT_ONCE)
    own = {"stripe_account": account}
    wishes = {
        "schedule": {"interval": "weekly", "weekly_payout_days": ["thursday"]},
        "minimum_balance_by_currency": {"usd": 300},
    }
    client.v1.balance_settings.update({"payments": {"payouts": wishes}}, own)
    client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    server.advance(days=2.5)
    assert client.v1.payouts.list(options=own).data == []
    server.advance(days=1)
    (payout,) = client.v1.payouts.list(options=own).data
    assert (payout.amount, payout.created) == (700, 1_799_625_600 + 3 * 86_400)
    assert held(client, account) == (300, 0)


def test_the_platform_may_pay_out_by_itself(server: StripeServer, client: stripe.StripeClient) -> None:
    paid_charge(server, card=AVAILABLE_AT_ONCE)
    client.v1.balance_settings.update({"payments": {"payouts": {"schedule": {"interval": "daily"}}}})
    server.advance(days=1)
    assert [(one.amount, one.automatic) for one in client.v1.payouts.list().data] == [(48_520, True)]
