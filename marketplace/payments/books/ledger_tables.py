"""Tables of the ledger. Rows are only ever added; the database refuses everything else (its migration)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace import db
from marketplace.db import Base, Currency, Id, Minor
from marketplace.payments.books import chart


class Account(Base):
    """An account in one currency. `party_id` and `subject_id` are opaque: the ledger knows nobody.

    `normal` is the side it grows on; a `no_negative` account can neither be overdrawn nor have more
    reserved than it holds (a trigger refuses it, under the account's row lock).
    """

    __tablename__ = "ledger_accounts"

    id: Mapped[Id]
    code: Mapped[str]
    currency: Mapped[Currency]
    kind: Mapped[str]
    party_id: Mapped[UUID | None] = mapped_column(index=True)
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    normal: Mapped[str]
    no_negative: Mapped[bool]
    opened_at: Mapped[datetime]

    @property
    def name(self) -> chart.Name:
        """Its name in the chart of accounts."""
        return chart.Name(self.kind, self.party_id, self.subject_id)

    __table_args__ = (
        sa.UniqueConstraint("code", "currency"),
        sa.UniqueConstraint("id", "currency"),
        sa.CheckConstraint("normal IN ('debit','credit')", name="normal"),
    )


class Journal(Base):
    """One balanced entry. `key` is its business key: the same fact is booked once.

    `fingerprint` is the SHA-256 of its content as `ledger_text()` of the database writes it; `evidence`
    says in ids why the money moved; `number` orders journals as they were inserted; `posted_at` is when it
    was entered, never before the end of the last closed month, `occurred_at` when it happened.
    """

    __tablename__ = "ledger_journals"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    reason: Mapped[str]
    subject_id: Mapped[UUID | None] = mapped_column(index=True)
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    fingerprint: Mapped[str] = mapped_column(sa.CHAR(64))
    evidence: Mapped[dict[str, Any]]
    occurred_at: Mapped[datetime]
    posted_at: Mapped[datetime] = mapped_column(index=True)
    actor_kind: Mapped[str]
    actor_user_id: Mapped[UUID | None]
    actor_party_id: Mapped[UUID | None]

    postings: Mapped[list[Posting]] = relationship(lazy="raise", order_by="Posting.id", viewonly=True)


class Posting(Base):
    """One leg of a journal: `amount_minor` > 0 minor units of the account's currency, on one side."""

    __tablename__ = "ledger_postings"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    journal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_journals.id"), index=True)
    account_id: Mapped[UUID]
    side: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]

    account: Mapped[Account] = relationship(lazy="raise", viewonly=True)
    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="fk_ledger_postings_account",
        ),
        sa.CheckConstraint("side IN ('debit','credit')", name="side"),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
        sa.Index("ix_ledger_postings_account", "account_id", "id", postgresql_include=["side", "amount_minor"]),
    )


class Reservation(Base):
    """Money of a no-negative account set aside for one purpose until it is posted or voided."""

    __tablename__ = "ledger_reservations"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_user_id: Mapped[UUID | None]
    actor_party_id: Mapped[UUID | None]

    account: Mapped[Account] = relationship(lazy="raise", viewonly=True)
    amount = db.money("amount_minor", "currency")

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name="fk_ledger_reservations_account",
        ),
        sa.CheckConstraint("amount_minor > 0", name="positive"),
    )


class ReservationEnd(Base):
    """The one resolution of a reservation: `posted_minor` moved by `journal_id`, `voided_minor` set free."""

    __tablename__ = "ledger_reservation_ends"

    reservation_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_reservations.id"), primary_key=True)
    outcome: Mapped[str]
    posted_minor: Mapped[Minor]
    voided_minor: Mapped[Minor]
    journal_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("ledger_journals.id", deferrable=True, initially="DEFERRED")
    )
    ended_at: Mapped[datetime]

    __table_args__ = (
        sa.CheckConstraint("outcome IN ('posted','voided')", name="outcome"),
        sa.CheckConstraint("posted_minor >= 0 AND voided_minor >= 0", name="amounts"),
        sa.CheckConstraint("(outcome = 'posted') = (journal_id IS NOT NULL)", name="journal"),
    )


class Seal(Base):
    """A committed journal's place in the chain: the digest of its content and of the seal before it."""

    __tablename__ = "ledger_seals"

    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    journal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_journals.id"), unique=True)
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime]


class Snapshot(Base):
    """A stored balance: what an account's postings up to and with `through` sum to, on its normal side.

    The database writes `through` and `balance_minor` itself, whatever is inserted.
    """

    __tablename__ = "ledger_snapshots"

    account_id: Mapped[UUID] = mapped_column(sa.ForeignKey("ledger_accounts.id"), primary_key=True)
    through: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, index=True)
    balance_minor: Mapped[Minor]
    taken_at: Mapped[datetime]


class ClosedPeriod(Base):
    """A closed month: no journal after number `last_number` (the database's to say) is posted before `until`."""

    __tablename__ = "closed_periods"

    month: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[datetime] = mapped_column(unique=True)
    last_number: Mapped[int] = mapped_column(sa.BigInteger)
    closed_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_user_id: Mapped[UUID | None]
