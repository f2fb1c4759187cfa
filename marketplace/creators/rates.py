"""The rate card: prices by platform and format, their history, and multipliers for what comes on top.

A price is never changed: setting a new one ends the old row and begins another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.creators.models import CreatorProfile, Rate
from marketplace.errors import Refused
from marketplace.money import Money

MULTIPLIERS = ("paid_use", "whitelisting", "exclusivity", "raw_files")
LARGEST_MULTIPLIER = 100_000  # basis points: ten times the rate


@dataclass(frozen=True)
class RateCard:
    """A creator's prices now: (platform, format) → Money; multipliers in basis points of the rate."""

    prices: dict[tuple[str, str], Money] = field(default_factory=dict)
    multipliers: dict[str, int] = field(default_factory=dict)

    def price_of(self, deliverables: list[dict[str, Any]], currency: str) -> Money | None:
        """What these pieces cost by this card; None when one has no price in that currency."""
        total = Money.zero(currency)
        for piece in deliverables:
            price = self.prices.get((piece["platform"], piece["format"]))
            if price is None or price.currency != currency:
                return None
            total += price * piece["count"]
        return total if deliverables else None


def current(party_id: UUID) -> list[Rate]:
    """The prices that hold now, by platform and format."""
    return list(
        db.session.scalars(
            sa.select(Rate).where(Rate.party_id == party_id, Rate.until.is_(None)).order_by(Rate.platform, Rate.format)
        )
    )


def own_rate(actor: Actor, rate_id: UUID) -> Rate | None:
    """A price of the acting creator that still holds."""
    return db.session.scalar(
        sa.select(Rate).where(Rate.id == rate_id, Rate.party_id == actor.party_id, Rate.until.is_(None))
    )


def history(party_id: UUID) -> list[Rate]:
    """Every price ever set, newest first."""
    return list(
        db.session.scalars(sa.select(Rate).where(Rate.party_id == party_id).order_by(Rate.since.desc(), Rate.id.desc()))
    )


def card(party_id: UUID) -> RateCard:
    """A creator's rate card as `net_offer` reads it."""
    multipliers = db.session.scalar(sa.select(CreatorProfile.multipliers).where(CreatorProfile.party_id == party_id))
    return RateCard({(r.platform, r.format): r.amount for r in current(party_id)}, multipliers or {})


def set_price(profile: CreatorProfile, platform: str, format: str, amount: Money, *, by: Actor) -> Rate:
    """From now on this costs that. The old price stays in the history."""
    if amount.minor <= 0:
        raise Refused(gettext("A price is more than zero."), status=422, field="amount")
    old = _find(profile.party_id, platform, format)
    if old is not None and old.amount == amount:
        return old
    moment = clock.now()
    if old is not None:
        old.until = moment
    row = Rate(
        id=db.new_id(),
        party_id=profile.party_id,
        platform=platform,
        format=format,
        amount_minor=amount.minor,
        currency=amount.currency,
        since=moment,
        until=None,
    )
    db.session.add(row)
    db.session.flush()
    return row


def withdraw(row: Rate, *, by: Actor) -> None:
    """Take a price off the card."""
    row.until = clock.now()
    db.session.flush()


def set_multipliers(profile: CreatorProfile, multipliers: dict[str, int | None], *, by: Actor) -> None:
    """What comes on top of a rate, in basis points; None or zero means not named."""
    named = {name: bps for name, bps in multipliers.items() if bps}
    for name, bps in named.items():
        if name not in MULTIPLIERS or not 0 < bps <= LARGEST_MULTIPLIER:
            raise Refused(gettext("A multiplier lies between 0 and 1000 percent."), status=422, field=name)
    profile.multipliers = named
    profile.updated_at = clock.now()
    db.session.flush()


def _find(party_id: UUID, platform: str, format: str) -> Rate | None:
    return db.session.scalar(
        sa.select(Rate)
        .where(Rate.party_id == party_id, Rate.platform == platform, Rate.format == format, Rate.until.is_(None))
        .with_for_update()
    )
