"""A brand, a creator and a deal's id, and the few steps of the money's way that tests begin from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.money import Money
from marketplace.payments.models import Funding, PaymentMethod, Payout, PayoutAccount, StripeOperation
from marketplace.payments.money_in import card_payments, cards, funding
from marketplace.payments.money_out import payout_accounts, releases
from tests import factories
from tests.stripe_server import VISA, StripeServer

EVIDENCE = {"contract_id": db.new_id(), "deliverable_ids": [db.new_id()]}


def usd(minor: int) -> Money:
    return Money(minor, "USD")


class World:
    """`brand` pays for `deal`; `creator` is paid. `server` is their Stripe."""

    def __init__(self, app: Flask, server: StripeServer, run_jobs: Any) -> None:
        self.app, self.server, self.run_jobs = app, server, run_jobs
        self.brand, self.creator = factories.brand(), factories.creator()
        self.deal = db.new_id()
        self.client = app.test_client()

    @property
    def names(self) -> dict[str, UUID]:
        """For `assert_ledger`."""
        return {"deal": self.deal, "ann": self.creator.party.id}

    def begin(self, minor: int = 100_000, subject: UUID | None = None, **more: Any) -> Funding:
        return funding.begin(
            subject=subject or self.deal, payer=self.brand.party.id, amount=usd(minor),
            description="A film about tea", return_url="/deals", by=self.brand.actor, **more,
        )  # fmt: skip

    def pay(self, row: Funding, card: str = VISA) -> Any:
        """Through the hosted page, as a person would."""
        funding.checkout_url(row)
        assert row.session_id
        return self.server.pay_checkout(row.session_id, card)

    def fund(self, minor: int = 100_000, subject: UUID | None = None, **more: Any) -> Funding:
        """Paid, and seen by the person coming back."""
        row = self.begin(minor, subject, **more)
        assert self.pay(row).status == 303
        return funding.refresh(row)

    def save_card(self, number: str = VISA) -> PaymentMethod:
        """The brand leaves a card on Stripe's page and comes back."""
        setup = cards.begin(self.brand.party.id, "/brand/funding", by=self.brand.actor)
        cards.page_url(setup)
        assert setup.session_id
        assert self.server.pay_checkout(setup.session_id, number).status == 303
        cards.refresh(setup)
        card = cards.of(self.brand.party.id)
        assert card is not None
        return card

    def tap(self, minor: int = 100_000, **more: Any) -> Funding:
        """Pay with the card on file."""
        return card_payments.charge(self.begin(minor, way="card", **more))

    def onboard(self, outcome: str = "active", bank: str = "000123456789") -> PayoutAccount:
        """The creator fills in Stripe's forms; we look afterwards."""
        url = payout_accounts.onboarding_url(self.creator.party.id, "http://localhost/a", "http://localhost/b")
        self.server.fill_onboarding(url, outcome, bank)
        account = payout_accounts.of(self.creator.party.id)
        assert account is not None
        return payout_accounts.refresh(account)

    def release(self, minor: int = 100_000, fee: int = 10_000, key: str = "k", subject: UUID | None = None) -> Payout:
        return releases.release(
            subject=subject or self.deal, payee=self.creator.party.id, amount=usd(minor), fee=usd(fee),
            reason="approved work", evidence=EVIDENCE, key=key, by=self.brand.actor,
        )  # fmt: skip

    def deliver(self, endpoint: str | None = None) -> int:
        """Stripe's waiting messages arrive and are worked on. Returns how many there were."""
        messages = self.server.messages(endpoint)
        for one in messages:
            answer = self.client.post(f"/webhooks/stripe/{one['endpoint']}", data=one["body"], headers=one["headers"])
            assert answer.status_code == 200
        self.run_jobs()
        return len(messages)

    def at_stripe(self, kind: str) -> list[dict[str, Any]]:
        return self.server.objects(kind)

    def operation(self, kind: str) -> StripeOperation:
        return db.session.scalars(sa.select(StripeOperation).where(StripeOperation.kind == kind)).one()

    def charge(self) -> str:
        """The newest card charge's id."""
        return next(one["id"] for one in self.at_stripe("charge") if one["id"].startswith("ch_"))
