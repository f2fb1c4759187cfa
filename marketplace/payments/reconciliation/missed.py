"""Messages that Stripe could not deliver: its own list is read from where we last stopped, and what is new is stored.

A message that is here already changes nothing, so the list may overlap what was delivered. Stripe keeps
events for 30 days; a portal that was away for longer is told by its movements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from marketplace import clock, db
from marketplace.db import Base
from marketplace.payments import stripe
from marketplace.payments.models import Payout, PayoutAccount, Transfer, WebhookEvent
from marketplace.payments.reconciliation import webhooks

ARRIVES_IN = timedelta(minutes=5)  # what is younger may still be on its way by itself
OVERLAP = timedelta(minutes=10)  # two clocks, and events are listed a moment after they happened
KEPT = timedelta(days=29)
PAID_WITHIN = timedelta(days=30)  # connected accounts that have something to tell


class Cursor(Base):
    """How far a list of Stripe's has been read."""

    __tablename__ = "stripe_cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    read_until: Mapped[datetime]


def fetch() -> int:
    """Store what never arrived of the platform's messages, both versions. Returns how many. Commits: jobs call it."""
    return _read("platform", "platform", stripe.events) + _read("thin", "thin", stripe.thin_events)


def fetch_of_accounts() -> int:
    """The same for every connected account that was paid lately."""
    ids = db.session.scalars(
        sa.select(PayoutAccount.stripe_id)
        .join(Payout, Payout.payee_party_id == PayoutAccount.party_id)
        .join(Transfer, Transfer.payout_id == Payout.id)
        .where(Transfer.done_at >= clock.now() - PAID_WITHIN, PayoutAccount.stripe_id.is_not(None))
        .distinct()
        .order_by(PayoutAccount.stripe_id)
    ).all()
    return sum(_read(str(one), "connect", _of_account(str(one))) for one in ids)


def _of_account(account_id: str) -> Callable[[datetime, datetime], Iterable[dict[str, Any]]]:
    def listed(since: datetime, until: datetime) -> Iterable[dict[str, Any]]:
        return ({"account": account_id, **one} for one in stripe.events(since, until, account_id))

    return listed


def _read(name: str, endpoint: str, listed: Callable[[datetime, datetime], Iterable[dict[str, Any]]]) -> int:
    until = clock.now() - ARRIVES_IN
    cursor = db.session.get(Cursor, name)
    since = max(cursor.read_until - OVERLAP, until - KEPT) if cursor else until - KEPT
    if since >= until:
        return 0
    found = db.outside(lambda: list(listed(since, until)))
    known = set(
        db.session.scalars(
            sa.select(WebhookEvent.stripe_id).where(WebhookEvent.stripe_id.in_([one["id"] for one in found]))
        )
    )
    oldest_first = [
        one
        for one in reversed(found)
        if one["id"] not in known and webhooks.wanted(one["type"], of_account=bool(one.get("account")))
    ]
    stored = [webhooks.store(endpoint, one, fetched=True) for one in oldest_first]
    reached = {"read_until": until}
    statement = insert(Cursor).values(name=name, **reached)
    db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=reached))
    return sum(1 for one in stored if one is not None)
