"""What Stripe and our books do not agree on: found by a comparison, kept with its age until a later one no longer finds it.

Nothing here mends anything. A difference ends when its reason does: the message arrived, the answer came,
somebody booked it. The one sign convention: `amount` is what Stripe has more than our books.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, db
from marketplace.accounts.policy import is_staff
from marketplace.authz import CLOCK, Actor
from marketplace.db import Base, Currency, Id
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.stray_events import DifferencesStand

SETTLES_IN = timedelta(minutes=15)  # an answer or a message on its way is no reason for alarm
SETTLING = {"unheard", "outstanding"}  # causes that an answer or a message ends
UNDER_WAY = timedelta(minutes=10)  # a comparison that began longer ago and has not ended was killed
ASKED = {"vanished", "changed"}  # what only Stripe's own lists tell, and those are read from a day on
SHOWN_AFTER = timedelta(days=7)  # how long one that has ended stays on the page


class Reconciliation(Base):
    """One comparison with Stripe. `balances` has, per currency, what each side and each part holds; `problem` why it stopped."""

    __tablename__ = "reconciliations"

    id: Mapped[Id]
    began_at: Mapped[datetime] = mapped_column(index=True)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    read: Mapped[dict[str, Any]]
    balances: Mapped[dict[str, Any]]

    @property
    def under_way(self) -> bool:
        """Whether it is still being made, as far as anybody knows."""
        return self.ended_at is None and self.began_at > clock.now() - UNDER_WAY


class Difference(Base):
    """One thing two sides tell differently. `reference` is Stripe's id of it, our journal's key, or a currency's balance.

    `cause` is a name of `difference_words.CAUSES`. `books` says whether it is part of why the two balances
    differ: movements and journals are; transfers, refunds and payouts are not, their movements are.
    """

    __tablename__ = "stripe_differences"

    id: Mapped[Id]
    reference: Mapped[str]
    type: Mapped[str]
    cause: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[Currency]
    at_stripe_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    in_books_minor: Mapped[int | None] = mapped_column(sa.BigInteger)
    books: Mapped[bool]
    since: Mapped[datetime]
    journal_id: Mapped[UUID | None]
    operation_id: Mapped[UUID | None]
    found_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    amount = db.money("amount_minor", "currency")
    at_stripe = db.money("at_stripe_minor", "currency")
    in_books = db.money("in_books_minor", "currency")

    @property
    def may_settle(self) -> bool:
        """Young, and of a kind that ends by itself."""
        return self.cause in SETTLING and self.since > clock.now() - SETTLES_IN

    __table_args__ = (
        sa.Index(
            "uq_stripe_differences_standing", "reference", unique=True, postgresql_where=sa.text("gone_at IS NULL")
        ),
    )


@dataclass(frozen=True)
class Found:
    """A difference as one comparison sees it; see `Difference`."""

    reference: str
    type: str
    cause: str
    amount: Money
    since: datetime
    books: bool = False
    at_stripe: Money | None = None
    in_books: Money | None = None
    journal_id: UUID | None = None
    operation_id: UUID | None = None


def keep(found: Iterable[Found], looked_since: datetime) -> list[Difference]:
    """Note what was found and end what was not; returns the new ones.

    What is older than `looked_since` and was not found stands as it was, unless our own books tell, which every
    comparison reads whole.
    """
    standing_ones = {row.reference: row for row in standing()}
    new, seen = [], set()
    for one in found:
        if one.reference in seen:
            continue  # the first to tell of a thing tells it best
        seen.add(one.reference)
        row = standing_ones.get(one.reference)
        if row is None:
            row = Difference(id=db.new_id(), reference=one.reference, found_at=clock.now())
            new.append(row)
        row.type, row.cause, row.since, row.books = one.type, one.cause, one.since, one.books
        row.amount, row.at_stripe, row.in_books = one.amount, one.at_stripe, one.in_books
        row.journal_id, row.operation_id = one.journal_id, one.operation_id
    for reference, row in standing_ones.items():
        if reference not in seen and (row.since >= looked_since or (row.books and row.cause not in ASKED)):
            row.gone_at = clock.now()
    db.session.add_all(new)
    db.session.flush()
    return new


def standing() -> list[Difference]:
    """What differs now, oldest first."""
    return list(
        db.session.scalars(
            sa.select(Difference).where(Difference.gone_at.is_(None)).order_by(Difference.since, Difference.id)
        )
    )


def visible(actor: Actor, difference_id: UUID) -> Difference | None:
    """A difference, for staff; for others there is none."""
    return db.session.get(Difference, difference_id) if is_staff(actor) else None


def settled(references: Iterable[str | None]) -> None:
    """What differed about these was booked by hand: it ends now, and not only with the next comparison."""
    named = [one for one in references if one]
    rows = sa.select(Difference).where(Difference.reference.in_(named), Difference.gone_at.is_(None))
    for row in db.session.scalars(rows):
        row.gone_at = clock.now()


def ended() -> list[Difference]:
    """What differed in the last days and no longer does, latest first."""
    return list(
        db.session.scalars(
            sa.select(Difference)
            .where(Difference.gone_at >= clock.now() - SHOWN_AFTER)
            .order_by(Difference.gone_at.desc(), Difference.id)
            .limit(50)
        )
    )


def alarming() -> list[Difference]:
    """What has stood for longer than an answer or a message takes, oldest first."""
    limit = clock.now() - SETTLES_IN
    return [row for row in standing() if row.since < limit]


def tell() -> int:
    """Staff hear of what is alarming, of each thing once, however many comparisons find it. Returns how many were new."""
    new = [row for row in alarming() if row.told_at is None and db.lock(row).told_at is None]
    for row in new:
        row.told_at = clock.now()
    if new:
        first = max(new, key=lambda row: abs(row.amount_minor))
        emit(DifferencesStand(first.id, len(new), first.amount_minor, first.currency), by=CLOCK)
    return len(new)


def last_runs() -> list[Reconciliation]:
    """The latest comparisons, newest first."""
    return list(db.session.scalars(sa.select(Reconciliation).order_by(Reconciliation.began_at.desc()).limit(5)))
