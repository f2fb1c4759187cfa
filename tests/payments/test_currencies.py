"""Currencies with no, two and three decimals go the whole way: paid in, released with a fee, paid out, books right; countries nobody can be paid in are named."""

from __future__ import annotations

import pytest

from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import funding, releases
from marketplace.payments.states import FundingState, PayoutState
from tests import factories
from tests.payments.world import EVIDENCE, World


@pytest.mark.parametrize(
    ("currency", "paid", "fee", "shown"),
    [
        ("JPY", "30000", "3000", "¥27,000"),
        ("USD", "300.00", "30.00", "$270.00"),
        ("KWD", "95.000", "9.500", "KWD85.500"),
    ],
)
def test_currencies_with_no_two_and_three_decimals_are_paid_in_released_and_paid_out(
    world: World, currency: str, paid: str, fee: str, shown: str
) -> None:
    amount, share = Money.parse(paid, currency), Money.parse(fee, currency)
    world.onboard()
    row = funding.begin(
        subject=world.deal, payer=world.brand.party.id, amount=amount, description="A film about tea",
        return_url="/deals", by=world.brand.actor,
    )  # fmt: skip
    world.pay(row)
    assert funding.refresh(row).state == FundingState.FUNDED
    assert funding.protected(world.deal, currency) == amount
    payout = releases.release(
        subject=world.deal, payee=world.creator.party.id, amount=amount, fee=share, reason="approved work",
        evidence=EVIDENCE, key="k", by=world.brand.actor,
    )  # fmt: skip
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    (transfer,) = world.at_stripe("transfer")
    assert (transfer["amount"], transfer["currency"]) == ((amount - share).minor, currency.lower())
    assert payout.amount.format("en").replace("\xa0", " ") == shown


def test_a_payment_with_three_decimals_ends_in_a_zero_or_is_refused_in_words(world: World) -> None:
    with pytest.raises(Refused, match="zero as the last digit"):
        funding.begin(
            subject=world.deal, payer=world.brand.party.id, amount=Money.parse("95.001", "KWD"),
            description="A film about tea", return_url="/deals", by=world.brand.actor,
        )  # fmt: skip


def test_setting_up_payouts_is_refused_in_words_where_her_country_cannot_be_paid(world: World) -> None:
    world.client.sign_in(factories.creator(country="SY"))
    answer = world.client.submit("/payouts/set-up")
    assert answer.status_code == 409
    assert "Money cannot be sent to Syria yet" in answer.text
    assert not world.at_stripe("v2.core.account")
