"""Exclusivity windows a creator has signed, written down by contracts."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.creators.models import Commitment


def commit(party_id: UUID, *, deal_id: UUID, category: str, starts_on: date, ends_on: date) -> Commitment:
    """Note a signed window, both days inclusive; once per deal."""
    found = db.session.scalar(sa.select(Commitment).where(Commitment.deal_id == deal_id))
    if found:
        return found
    row = Commitment(
        id=db.new_id(), party_id=party_id, deal_id=deal_id, category=category, starts_on=starts_on, ends_on=ends_on
    )
    db.session.add(row)
    db.session.flush()
    return row


def release(deal_id: UUID) -> None:
    """The deal ended early: the window no longer binds."""
    db.session.execute(sa.delete(Commitment).where(Commitment.deal_id == deal_id))
