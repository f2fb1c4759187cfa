"""Verbs on licences: grant when both signed, open windows when a piece goes live, end."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.collaborations.models import Deal
from marketplace.content.models import Deliverable
from marketplace.contracts.models import Contract
from marketplace.rights.models import Grant, Licence, Window
from marketplace.terms import queries as terms_queries


def grant(contract: Contract) -> Licence:
    """The licence a signed contract gives: every right of its terms. Once per deal."""
    found = db.session.scalar(sa.select(Licence).where(Licence.deal_id == contract.deal_id))
    if found:
        return found
    deal = db.session.get_one(Deal, contract.deal_id)
    body = terms_queries.version(contract.version_id).body
    licence = Licence(
        id=db.new_id(),
        deal_id=deal.id,
        contract_id=contract.id,
        creator_party_id=deal.creator_party_id,
        brand_party_id=deal.brand_party_id,
        granted_at=clock.now(),
    )
    db.session.add(licence)
    db.session.flush()
    for position, row in enumerate(body.get("rights") or [], 1):
        db.session.add(
            Grant(
                id=db.new_id(),
                licence_id=licence.id,
                position=position,
                use=row["use"],
                territory=row["territory"],
                days=row["days"],
                exclusive=bool(row.get("exclusive")),
                price_minor=int(row.get("price") or 0),
                currency=body["currency"],
            )
        )
    db.session.flush()
    return licence


def open_windows(piece: Deliverable) -> list[Window]:
    """A piece is live: every grant of the licence begins for it today, the creator's day."""
    licence = db.session.scalar(
        sa.select(Licence).options(selectinload(Licence.grants)).where(Licence.deal_id == piece.deal_id)
    )
    if licence is None or licence.ended_at or piece.published_at is None:
        return []
    creator = db.session.get_one(Party, licence.creator_party_id)
    starts = piece.published_at.astimezone(ZoneInfo(creator.zone)).date()
    newest = db.session.scalar(sa.select(sa.func.max(Window.starts_on)).where(Window.deliverable_id == piece.id))
    if newest is not None and newest >= starts:
        return []
    windows = [
        Window(
            id=db.new_id(),
            grant_id=row.id,
            deliverable_id=piece.id,
            starts_on=starts,
            ends_on=None if row.days is None else starts + timedelta(days=row.days - 1),
        )
        for row in licence.grants
    ]
    db.session.add_all(windows)
    db.session.flush()
    return windows


def end(deal: Deal) -> None:
    """The deal ended early: no further window opens; those of published pieces run on."""
    licence = db.session.scalar(sa.select(Licence).where(Licence.deal_id == deal.id))
    if licence and licence.ended_at is None:
        licence.ended_at = clock.now()
