"""What happens when the clock moves on: money becomes available, payouts leave and arrive, sessions and keys end."""

import pytest
import stripe

from tests.devstripe.factories import checkout, creator, held, new_account, paid_charge, transfers_status
from tests.stripe_server import AVAILABLE_AT_ONCE, StripeServer

pytestmark = pytest.mark.plain
ACH = {"payment_method_types": ["card", "us_bank_account"]}


def payouts_of(client: stripe.StripeClient, account: str) -> list[tuple]:
    """(amount, status) of an account's payouts, newest first."""
    return [(one.amount, one.status) for one in client.v1.payouts.list(options={"stripe_account": account}).data]


def test_a_frozen_clock_stands_and_runs_again(server: StripeServer, client: stripe.StripeClient) -> None:
    server.freeze(1_800_000_000)
    assert client.v1.customers.create().created == 1_800_000_000
    assert server.advance(seconds=90) == 1_800_000_090
    server.control("POST", "/clock", run=True)
    assert client.v1.customers.create().created >= 1_800_000_090


def test_everything_due_on_the_way_happens_at_its_own_time(server: StripeServer, client: stripe.StripeClient) -> None:
    server.freeze(1_800_000_000)
    charge, account = paid_charge(server), creator(server)
    client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    server.advance(days=30)
    payout = client.v1.payouts.list(options={"stripe_account": account}).data[0]
    assert payout.status == "paid"
    assert payout.created < payout.arrival_date < 1_800_000_000 + 7 * 86_400


def test_a_payout_names_the_transactions_it_is_made_of(server: StripeServer, client: stripe.StripeClient) -> None:
    account = creator(server)
    charge = paid_charge(server, card=AVAILABLE_AT_ONCE)
    for amount in (1_000, 2_000):
        client.v1.transfers.create(
            {"amount": amount, "currency": "usd", "destination": account, "source_transaction": charge.id}
        )
    server.advance(days=1)
    own = {"stripe_account": account}
    payout = client.v1.payouts.list(options=own).data[0]
    parts = client.v1.balance_transactions.list({"payout": payout.id}, own).data
    assert sorted(one.net for one in parts) == [-3_000, 1_000, 2_000]


def test_a_payout_to_a_bad_account_comes_back(server: StripeServer, client: stripe.StripeClient) -> None:
    account = creator(server, account_number="000111111116")
    charge = paid_charge(server, card=AVAILABLE_AT_ONCE)
    client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    server.advance(days=3)
    failed = client.v1.payouts.list({"status": "failed"}, {"stripe_account": account}).data[-1]
    assert (failed.failure_code, failed.failure_balance_transaction is not None) == ("no_account", True)
    assert "payout.failed" in [one["type"] for one in server.messages("connect")]


def test_manual_payouts_keep_the_money_until_asked(server: StripeServer, client: stripe.StripeClient) -> None:
    account, own = creator(server), {}
    own["stripe_account"] = account
    client.v1.balance_settings.update({"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, own)
    charge = paid_charge(server, card=AVAILABLE_AT_ONCE)
    client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    server.advance(days=10)
    assert held(client, account) == (1_000, 0)
    payout = client.v1.payouts.create({"amount": 400, "currency": "usd"}, own)
    assert client.v1.payouts.cancel(payout.id, options=own).status == "canceled"
    assert held(client, account) == (1_000, 0)


def test_the_platform_pays_out_only_when_asked(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server)
    server.advance(days=30)
    assert client.v1.payouts.list().data == []
    client.v1.payouts.create({"amount": 1_480, "currency": "usd"})
    server.advance(days=3)
    assert client.v1.payouts.list().data[0].status == "paid"
    assert held(client) == (charge.balance_transaction.net - 1_480, 0)
    back = client.v1.payouts.reverse(client.v1.payouts.list().data[0].id)
    assert (back.amount, back.original_payout is not None) == (-1_480, True)
    assert held(client) == (charge.balance_transaction.net, 0)


def test_a_session_ends_after_a_day(server: StripeServer, client: stripe.StripeClient) -> None:
    session = checkout(client)
    server.advance(days=1, seconds=1)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert server.pay_checkout(session.id).status == 410


def test_an_idempotency_key_is_forgotten_after_a_day(server: StripeServer, client: stripe.StripeClient) -> None:
    first = client.v1.customers.create({}, {"idempotency_key": "a"})
    server.advance(seconds=86_000)
    assert client.v1.customers.create({}, {"idempotency_key": "a"}).id == first.id
    server.advance(seconds=1_000)
    assert client.v1.customers.create({}, {"idempotency_key": "a"}).id != first.id


@pytest.mark.parametrize(("outcome", "status"), [("", "succeeded"), ("insufficient_funds", "requires_payment_method")])
def test_a_bank_debit_ends_after_four_days(
    server: StripeServer, client: stripe.StripeClient, outcome: str, status: str
) -> None:
    session = checkout(client, **ACH)
    assert server.pay_checkout(session.id, way="us_bank_account", outcome=outcome).status == 303
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status, paid.payment_intent.status) == ("complete", "unpaid", "processing")
    assert held(client) == (0, 0)
    server.advance(days=4)
    assert client.v1.payment_intents.retrieve(paid.payment_intent.id).status == status
    told = [one["type"] for one in server.messages("platform")]
    assert f"checkout.session.async_payment_{'failed' if outcome else 'succeeded'}" in told
    assert held(client) == ((0, 0) if outcome else (49_600, 0))
    if not outcome:
        refund = client.v1.refunds.create({"payment_intent": paid.payment_intent.id, "amount": 100})
        assert refund.destination_details.type == "us_bank_transfer"


def test_a_debit_still_pending_is_no_source_of_a_transfer(server: StripeServer, client: stripe.StripeClient) -> None:
    session = checkout(client, **ACH)
    server.pay_checkout(session.id, way="us_bank_account")
    wish = {"amount": 100, "currency": "usd", "destination": creator(server)}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create({**wish, "source_transaction": server.objects("charge")[0]["id"]})
    assert refused.value.param == "source_transaction"


def test_a_refund_without_money_waits_for_it(server: StripeServer, client: stripe.StripeClient) -> None:
    account = creator(server)
    charge = paid_charge(server)
    client.v1.transfers.create(
        {"amount": 45_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    refund = client.v1.refunds.create({"charge": charge.id})
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    paid_charge(server, 100_000)
    server.advance(days=1)
    assert client.v1.refunds.retrieve(refund.id).status == "succeeded"


def test_refunds_may_fail_later_or_take_a_day(server: StripeServer, client: stripe.StripeClient) -> None:
    failing, waiting = paid_charge(server, card="4000000000005126"), paid_charge(server, card="4000000000007726")
    paid_charge(server)
    refunds = [client.v1.refunds.create({"charge": one.id}) for one in (failing, waiting)]
    assert [one.status for one in refunds] == ["succeeded", "pending"]
    server.advance(days=1)
    found = [client.v1.refunds.retrieve(one.id) for one in refunds]
    assert [one.status for one in found] == ["failed", "succeeded"]
    assert client.v1.charges.retrieve(failing.id).amount_refunded == 0


@pytest.mark.parametrize(
    ("evidence", "status", "net"),
    [("winning_evidence", "won", 48_520 - 1_500), ("losing_evidence", "lost", -1_480 - 1_500)],
)
def test_a_dispute_is_won_or_lost_by_its_evidence(
    server: StripeServer, client: stripe.StripeClient, evidence: str, status: str, net: int
) -> None:
    charge = paid_charge(server, card="4000000000000259")
    dispute = client.v1.disputes.list({"charge": charge.id}).data[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", "fraudulent", 50_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"
    assert (
        client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}}).status == "under_review"
    )
    assert client.v1.disputes.retrieve(dispute.id).status == status
    assert sum(held(client)) == net


def test_a_dispute_nobody_answers_is_lost(server: StripeServer, client: stripe.StripeClient) -> None:
    charge = paid_charge(server)
    opened = server.control("POST", "/disputes", charge=charge.id, reason="product_not_received")
    server.advance(days=10)
    assert client.v1.disputes.retrieve(opened["id"]).status == "lost"
    assert [one["type"] for one in server.messages("platform") if one["type"].startswith("charge.dispute")] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.closed",
    ]


def test_a_dispute_may_be_given_up(server: StripeServer, client: stripe.StripeClient) -> None:
    paid_charge(server, card="4000000000000259")
    assert client.v1.disputes.close(client.v1.disputes.list().data[0].id).status == "lost"


def test_a_capability_may_change_on_its_own(server: StripeServer, client: stripe.StripeClient) -> None:
    account = creator(server)
    server.messages()
    server.control("POST", "/capabilities", account=account, status="restricted")
    assert transfers_status(client, account) == "restricted"
    assert "v2.core.account[configuration.recipient].capability_status_updated" in [
        one["type"] for one in server.messages("thin")
    ]


@pytest.mark.parametrize(
    ("outcome", "told"), [("pending", "pending"), ("restricted", "restricted"), ("rejected", "rejected")]
)
def test_onboarding_may_end_otherwise(
    server: StripeServer, client: stripe.StripeClient, outcome: str, told: str
) -> None:
    account = new_account(client)
    server.onboard(account.id, outcome)
    assert transfers_status(client, account.id) == told


def test_a_reversal_against_an_empty_balance_is_refused_or_overdraws(
    server: StripeServer, client: stripe.StripeClient
) -> None:
    account, charge = creator(server), paid_charge(server, card=AVAILABLE_AT_ONCE)
    transfer = client.v1.transfers.create(
        {"amount": 1_000, "currency": "usd", "destination": account, "source_transaction": charge.id}
    )
    server.advance(days=3)
    assert payouts_of(client, account) == [(1_000, "paid")]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.reversals.create(transfer.id)
    assert refused.value.code == "balance_insufficient"
    server.control("POST", "/settings", **{"reversal overdraft": 1})
    client.v1.transfers.reversals.create(transfer.id)
    assert held(client, account) == (-1_000, 0)
