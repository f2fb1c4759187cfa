"""Tables of cards on file. Stripe keeps the card; we keep what a person recognises it by."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Id
from marketplace.payments.states import CARD_SETUP, PAYMENT_METHOD


class Payer(Base):
    """A party as Stripe's customer: made when it first saves a card."""

    __tablename__ = "payers"

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(unique=True)
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class CardSetup(Base):
    """One visit to Stripe's page where a payer leaves a card. `return_url` is a local address."""

    __tablename__ = "card_setups"
    machine = CARD_SETUP

    id: Mapped[Id]
    payer_party_id: Mapped[UUID] = mapped_column(index=True)
    return_url: Mapped[str]
    state: Mapped[str]
    session_id: Mapped[str | None] = mapped_column(unique=True)
    session_url: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (sa.CheckConstraint("state IN ('begun','open','done','ended')", name="state"),)


class PaymentMethod(Base):
    """A card on file, at most one for a party.

    It can be charged until the end of the month on it, at Stripe and here.
    """

    __tablename__ = "payment_methods"
    machine = PAYMENT_METHOD

    id: Mapped[Id]
    party_id: Mapped[UUID] = mapped_column(index=True)
    stripe_id: Mapped[str] = mapped_column(unique=True)
    brand: Mapped[str]
    last4: Mapped[str] = mapped_column(sa.CHAR(4))
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    state: Mapped[str]
    saved_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """`Visa •••• 4242`, as the person knows it."""
        return f"{BRANDS.get(self.brand, self.brand.capitalize())} •••• {self.last4}"

    def expired(self, today: date) -> bool:
        """Is the month on it over?"""
        return (self.exp_year, self.exp_month) < (today.year, today.month)

    __table_args__ = (
        sa.CheckConstraint("state IN ('on_file','removed')", name="state"),
        sa.Index("uq_payment_methods_on_file", "party_id", unique=True, postgresql_where=sa.text("state = 'on_file'")),
    )


BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "eftpos_au": "Eftpos",
}
