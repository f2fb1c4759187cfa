"""Connected accounts (version 2), account links, transfers and their reversals."""

from typing import Any

import pytest
import stripe

from tests.devstripe.conformance.conftest import on_devstripe_only, pay
from tests.devstripe.factories import new_account, transfers_status
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.plain
ONBOARDING = {
    "type": "account_onboarding",
    "account_onboarding": {"refresh_url": "https://example.org/refresh", "return_url": "https://example.org/return"},
}


@pytest.fixture
def account(api: stripe.StripeClient) -> stripe.v2.core.Account:
    """A connected account that has told nothing yet."""
    return new_account(api)


def send(api: stripe.StripeClient, account: str, amount: int = 1_000, **more: Any) -> stripe.Transfer:
    """A transfer in dollars."""
    return api.v1.transfers.create({"amount": amount, "currency": "usd", "destination": account, **more})


def test_a_new_recipient_is_restricted_and_says_what_is_missing(account: stripe.v2.core.Account) -> None:
    capability = account.configuration.recipient.capabilities.stripe_balance.stripe_transfers
    assert account.id.startswith("acct_")
    assert (capability.status, capability.status_details[0].resolution) == ("restricted", "provide_info")
    assert account.requirements.entries
    assert (account.dashboard, account.contact_email, account.applied_configurations) == (
        "express",
        "ada@example.org",
        ["recipient"],
    )


def test_an_account_shows_only_what_is_asked_for(api: stripe.StripeClient, account: stripe.v2.core.Account) -> None:
    plain = api.v2.core.accounts.retrieve(account.id)
    assert (plain.configuration, plain.identity, plain.requirements, plain.defaults) == (None, None, None, None)
    asked = api.v2.core.accounts.retrieve(account.id, {"include": ["identity", "defaults"]})
    assert asked.identity.country == "us"
    assert asked.defaults.responsibilities.losses_collector == "application"
    assert asked.configuration is None


def test_an_account_is_changed(api: stripe.StripeClient, account: stripe.v2.core.Account) -> None:
    changed = api.v2.core.accounts.update(account.id, {"display_name": "Ada L.", "metadata": {"party": "3"}})
    assert (changed.display_name, changed.metadata.to_dict()) == ("Ada L.", {"party": "3"})


def test_accounts_are_listed_newest_first_page_by_page(api: stripe.StripeClient) -> None:
    made = [new_account(api).id for _ in range(3)][::-1]
    first = api.v2.core.accounts.list({"limit": 2})
    assert [one.id for one in first.data] == made[:2]
    assert first.next_page_url.startswith("/v2/core/accounts?")
    walked = [one.id for one, _ in zip(first.auto_paging_iter(), range(3), strict=False)]
    assert walked == made


def test_an_unknown_account_is_missing(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.StripeError) as refused:
        api.v2.core.accounts.retrieve("acct_nobody")
    assert refused.value.http_status == 404


def test_a_parameter_version_two_does_not_know_is_refused(api: stripe.StripeClient) -> None:
    with pytest.raises(stripe.StripeError) as refused:
        api.raw_request("post", "/v2/core/accounts", colour="red")
    assert refused.value.http_status == 400


@pytest.mark.parametrize("missing", ["contact_email", "identity"])
def test_a_recipient_needs_an_address_and_a_country(api: stripe.StripeClient, missing: str) -> None:
    wish = {
        "contact_email": "ada@example.org",
        "identity": {"country": "us"},
        "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
    }
    del wish[missing]
    with pytest.raises(stripe.StripeError) as refused:
        api.v2.core.accounts.create(wish)
    assert refused.value.http_status == 400


def test_the_same_key_makes_one_account(api: stripe.StripeClient) -> None:
    wish, options = (
        {"contact_email": "one@example.org", "display_name": "One"},
        {"idempotency_key": f"one {new_account(api).id}"},
    )
    assert api.v2.core.accounts.create(wish, options).id == api.v2.core.accounts.create(wish, options).id


def test_an_account_link_leads_to_a_page(api: stripe.StripeClient, account: stripe.v2.core.Account) -> None:
    link = api.v2.core.account_links.create({"account": account.id, "use_case": ONBOARDING})
    assert link.url.startswith("http")
    assert (link.account, link.use_case.type) == (account.id, "account_onboarding")
    assert link.expires_at > link.created


def test_an_account_link_refuses_the_removed_configurations(
    api: stripe.StripeClient, account: stripe.v2.core.Account
) -> None:
    old = {**ONBOARDING, "account_onboarding": {**ONBOARDING["account_onboarding"], "configurations": ["recipient"]}}
    with pytest.raises(stripe.StripeError) as refused:
        api.v2.core.account_links.create({"account": account.id, "use_case": old})
    assert refused.value.http_status == 400


def test_nothing_can_be_sent_to_an_account_that_is_not_ready(
    api: stripe.StripeClient, account: stripe.v2.core.Account, charge: stripe.Charge
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(api, account.id, source_transaction=charge.id)
    assert refused.value.code == "insufficient_capabilities_for_transfer"


def test_nothing_can_be_sent_to_nobody(api: stripe.StripeClient, charge: stripe.Charge) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(api, "acct_nobody")
    assert refused.value.param == "destination"


@pytest.fixture
def ready(api: stripe.StripeClient, base: str) -> str:
    """An account that may receive. Only devstripe completes its form without a person."""
    account = new_account(api)
    StripeServer(base).onboard(account.id)
    assert transfers_status(api, account.id) == "active"
    return account.id


@on_devstripe_only
def test_a_transfer_tied_to_a_charge(api: stripe.StripeClient, ready: str) -> None:
    charge = pay(api, 10_000, transfer_group="deal_5").latest_charge
    transfer = send(api, ready, 8_000, source_transaction=charge, metadata={"lot": "1"}, expand=["balance_transaction"])
    assert (transfer.amount, transfer.source_transaction, transfer.transfer_group) == (8_000, charge, "deal_5")
    moved = transfer.balance_transaction
    assert (moved.net, moved.type, moved.status) == (-8_000, "transfer", "pending")
    assert (
        moved.available_on
        == api.v1.charges.retrieve(charge, {"expand": ["balance_transaction"]}).balance_transaction.available_on
    )
    arrived = api.v1.charges.retrieve(
        transfer.destination_payment, {"expand": ["balance_transaction"]}, {"stripe_account": ready}
    )
    assert (arrived.amount, arrived.source_transfer, arrived.balance_transaction.type) == (
        8_000,
        transfer.id,
        "payment",
    )


@on_devstripe_only
def test_a_group_is_made_up_for_a_charge_without_one(api: stripe.StripeClient, ready: str) -> None:
    intent = pay(api, 10_000)
    assert send(api, ready, 100, source_transaction=intent.latest_charge).transfer_group == f"group_{intent.id}"


@on_devstripe_only
def test_all_transfers_of_a_charge_never_exceed_it(api: stripe.StripeClient, ready: str) -> None:
    charge = pay(api, 10_000).latest_charge
    send(api, ready, 6_000, source_transaction=charge)
    send(api, ready, 4_000, source_transaction=charge)
    with pytest.raises(stripe.InvalidRequestError):
        send(api, ready, 1, source_transaction=charge)


@on_devstripe_only
def test_a_reversal_makes_room_for_another_transfer(api: stripe.StripeClient, ready: str) -> None:
    charge = pay(api, 10_000).latest_charge
    first = send(api, ready, 10_000, source_transaction=charge)
    api.v1.transfers.reversals.create(first.id, {"amount": 3_000})
    assert send(api, ready, 3_000, source_transaction=charge).amount == 3_000


@on_devstripe_only
def test_a_transfer_in_another_currency_than_its_charge_is_refused(api: stripe.StripeClient, ready: str) -> None:
    charge = pay(api, 10_000).latest_charge
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.v1.transfers.create({"amount": 100, "currency": "eur", "destination": ready, "source_transaction": charge})
    assert refused.value.param == "currency"


@on_devstripe_only
def test_a_transfer_without_a_charge_needs_an_available_balance(
    api: stripe.StripeClient, ready: str, charge: stripe.Charge
) -> None:
    assert send(api, ready, 500).source_transaction is None
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(api, ready, 99_000_000)
    assert refused.value.code == "balance_insufficient"


@on_devstripe_only
@pytest.mark.parametrize("amount", [0, -1])
def test_a_transfer_of_nothing_is_refused(api: stripe.StripeClient, ready: str, amount: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        send(api, ready, amount)
    assert refused.value.param == "amount"


@on_devstripe_only
def test_the_same_key_sends_once(api: stripe.StripeClient, ready: str) -> None:
    charge = pay(api, 10_000).latest_charge
    wish = {"amount": 4_000, "currency": "usd", "destination": ready, "source_transaction": charge}
    made = {api.v1.transfers.create(wish, {"idempotency_key": f"release {charge}"}).id for _ in range(3)}
    assert len(made) == 1
    assert [one.id for one in api.v1.transfers.list({"destination": ready}).data] == list(made)


@on_devstripe_only
def test_a_reversal_brings_the_money_back(api: stripe.StripeClient, ready: str) -> None:
    transfer = send(api, ready, 8_000, source_transaction=pay(api, 10_000).latest_charge)
    reversal = api.v1.transfers.reversals.create(
        transfer.id, {"amount": 3_000, "metadata": {"why": "refund"}, "expand": ["balance_transaction"]}
    )
    assert (reversal.amount, reversal.transfer, reversal.balance_transaction.net) == (3_000, transfer.id, 3_000)
    found = api.v1.transfers.retrieve(transfer.id)
    assert (found.amount_reversed, found.reversed, [one.id for one in found.reversals.data]) == (
        3_000,
        False,
        [reversal.id],
    )
    api.v1.transfers.reversals.create(transfer.id)
    assert api.v1.transfers.retrieve(transfer.id).reversed is True
    assert [one.amount for one in api.v1.transfers.reversals.list(transfer.id).data] == [5_000, 3_000]
    balance = api.v1.balance.retrieve(options={"stripe_account": ready})
    assert sum(one.amount for one in [*balance.available, *balance.pending]) == 0


@on_devstripe_only
def test_more_than_was_sent_cannot_be_reversed(api: stripe.StripeClient, ready: str) -> None:
    transfer = send(api, ready, 1_000, source_transaction=pay(api, 10_000).latest_charge)
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.transfers.reversals.create(transfer.id, {"amount": 1_001})
    api.v1.transfers.reversals.create(transfer.id)
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.transfers.reversals.create(transfer.id)


@on_devstripe_only
def test_an_account_sees_its_own_money_only(api: stripe.StripeClient, ready: str) -> None:
    transfer = send(api, ready, 1_000, source_transaction=pay(api, 10_000).latest_charge)
    own = {"stripe_account": ready}
    assert [one.type for one in api.v1.balance_transactions.list(options=own).data] == ["payment"]
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.transfers.retrieve(transfer.id, options=own)


@on_devstripe_only
def test_balance_settings_of_an_account_are_changed(api: stripe.StripeClient, ready: str) -> None:
    own = {"stripe_account": ready}
    assert api.v1.balance_settings.retrieve(options=own).payments.payouts.schedule.interval == "daily"
    api.v1.balance_settings.update({"payments": {"payouts": {"schedule": {"interval": "manual"}}}}, own)
    assert api.v1.balance_settings.retrieve(options=own).payments.payouts.schedule.interval == "manual"


@on_devstripe_only
def test_a_login_link_needs_a_completed_account(api: stripe.StripeClient, ready: str) -> None:
    assert api.v1.accounts.login_links.create(ready).url.startswith("http")
    with pytest.raises(stripe.InvalidRequestError):
        api.v1.accounts.login_links.create(new_account(api).id)


@on_devstripe_only
def test_a_closed_account_receives_nothing(api: stripe.StripeClient, ready: str, charge: stripe.Charge) -> None:
    assert api.v2.core.accounts.close(ready, {"applied_configurations": ["recipient"]}).closed is True
    with pytest.raises(stripe.InvalidRequestError):
        send(api, ready, source_transaction=charge.id)


@on_devstripe_only
def test_version_one_shows_the_same_account(api: stripe.StripeClient, ready: str) -> None:
    shown = api.v1.accounts.retrieve(ready)
    assert (shown.id, shown.capabilities.transfers, shown.payouts_enabled) == (ready, "active", True)
