"""Currencies with no, two and three decimals go the whole way: paid in, released with a fee, paid out, books right; countries nobody can be paid in are named."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.affiliate import commissions
from marketplace.errors import Refused
from marketplace.forms import Form, MoneyField, required
from marketplace.money import Money
from marketplace.payments import fees
from marketplace.payments.losses import recovery
from marketplace.payments.models import Chargeback, Funding, Recovery, Refund
from marketplace.payments.money_in import funding, refunds
from marketplace.payments.money_out import releases
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


def kwd(text: str) -> Money:
    return Money.parse(text, "KWD")


def pay_in(world: World, amount: Money, subject=None) -> Funding:
    row = funding.begin(
        subject=subject or world.deal, payer=world.brand.party.id, amount=amount, description="A film about tea",
        return_url="/deals", by=world.brand.actor,
    )  # fmt: skip
    world.pay(row)
    return funding.refresh(row)


def tens_only(world: World) -> bool:
    """Everything Stripe was asked for ends in a zero."""
    kinds = ("payment_intent", "transfer", "transfer_reversal", "refund")
    return all(one["amount"] % 10 == 0 for kind in kinds for one in world.at_stripe(kind))


def test_with_three_decimals_shares_of_several_charges_refunds_and_what_is_taken_back_end_in_a_zero(
    world: World,
) -> None:
    world.onboard()
    for amount in ("20.010", "30.030", "60.070"):
        pay_in(world, kwd(amount))
    gross = kwd("77.770")
    fee = fees.platform_fee(gross)
    assert (fee, gross.minor * 10 % 100) == (kwd("7.780"), 0), "ten per cent is 7.777, which Stripe would not take"
    payout = releases.release(
        subject=world.deal, payee=world.creator.party.id, amount=gross, fee=fee, reason="approved work",
        evidence=EVIDENCE, key="k", by=world.brand.actor,
    )  # fmt: skip
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    sent = world.at_stripe("transfer")
    assert sum(one["amount"] for one in sent) == (gross - fee).minor
    assert len(sent) == 3
    staff = factories.staff().actor
    with pytest.raises(Refused, match="zero as the last digit") as refusal:
        recovery.take_back(payout, kwd("11.111"), reason="late", key="odd", by=staff)
    assert (refusal.value.status, refusal.value.field) == (422, "amount")
    for number, amount in enumerate(("11.110", "22.330", "0.010")):
        recovery.take_back(payout, kwd(amount), reason="late", key=f"v{number}", by=staff)
        world.run_jobs()
    refunds.refund(subject=world.deal, amount=kwd("10.010"), reason="fewer posts", key="r", by=world.brand.actor)
    world.run_jobs()
    assert {row.state for row in db.session.scalars(sa.select(Recovery))} == {"done"}
    assert {row.state for row in db.session.scalars(sa.select(Refund))} == {"done"}
    assert tens_only(world)


def test_a_chargeback_with_three_decimals_is_lost_and_the_books_add_up(world: World) -> None:
    world.onboard()
    pay_in(world, kwd("33.330"))
    payout = releases.release(
        subject=world.deal, payee=world.creator.party.id, amount=kwd("11.110"), fee=fees.platform_fee(kwd("11.110")),
        reason="approved work", evidence=EVIDENCE, key="k", by=world.brand.actor,
    )  # fmt: skip
    world.run_jobs()
    dispute = world.server.control("POST", "/disputes", charge=world.charge())
    world.deliver()
    world.server.control("POST", "/disputes/decide", dispute=dispute["id"], status="lost")
    world.deliver()
    (row,) = db.session.scalars(sa.select(Chargeback))
    assert row.state == "lost"
    recovery.take_back(payout, recovery.most(payout), reason="a stolen card", key="c", by=factories.staff().actor)
    world.run_jobs()
    assert tens_only(world)


def test_a_release_that_stripe_would_refuse_is_refused_before_the_books_move(world: World) -> None:
    pay_in(world, kwd("33.330"))
    with pytest.raises(ValueError, match="tens only"):
        releases.release(
            subject=world.deal, payee=world.creator.party.id, amount=kwd("11.110"), fee=kwd("1.111"),
            reason="approved work", evidence=EVIDENCE, key="k", by=world.brand.actor,
        )  # fmt: skip
    assert funding.protected(world.deal, "KWD") == kwd("33.330")


@pytest.mark.parametrize(("typed", "fine"), [("1.234", False), ("1.230", True), ("1.23", True), ("120", True)])
def test_forms_refuse_an_amount_with_three_decimals_that_does_not_end_in_a_zero_next_to_the_field(
    app: Flask, typed: str, fine: bool
) -> None:
    class Priced(Form):
        price = MoneyField("Price", [required], currency="KWD")
        value = MoneyField("Value", [required], currency="KWD", charged=False)

    with app.test_request_context(method="POST", data={"price": typed, "value": typed}):
        form = Priced(meta={"csrf": False})
        assert form.validate() is fine
        said = [] if fine else ["Stripe takes KWD with a zero as the last digit. Round it."]
        assert list(form.price.errors) == said
        assert not form.value.errors, "what a thing is worth is nothing we ask Stripe for"


@pytest.mark.plain
def test_commissions_with_three_decimals_end_in_a_zero_and_what_is_taken_back_undoes_them() -> None:
    base = [1_234, 5_678, 9_111]
    percent, flat = {"percent_bps": 1_250}, {"flat_minor": 1_000}
    for rule in (percent, flat):
        earned = commissions.earn(rule, base, base, "KWD")
        less = commissions.earn(rule, base, [1_234, 0, 4_000], "KWD")
        assert all(part % 10 == 0 for part in [*earned, *less])
        assert commissions.earn(rule, base, [0, 0, 0], "KWD") == [0, 0, 0]
    assert commissions.earn(percent, base, base, "KWD") == [150, 710, 1_140]
    assert sum(commissions.earn(flat, base, base, "KWD")) == 1_000


def test_setting_up_payouts_is_refused_in_words_where_her_country_cannot_be_paid(world: World) -> None:
    world.client.sign_in(factories.creator(country="SY"))
    answer = world.client.submit("/payouts/set-up")
    assert answer.status_code == 409
    assert "Money cannot be sent to Syria yet" in answer.text
    assert not world.at_stripe("v2.core.account")
