"""Correcting a brand's name. What was drawn up under the old one keeps it (`contract_names`); old names are kept here.

Whoever vouches for a brand vouches for its name. So a verified brand on an open marketplace asks for another name, and
the old one stays until the operator has looked at the new one; every other brand renames itself at once.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Party, Shape
from marketplace.authz import Actor
from marketplace.brands import queries
from marketplace.brands.events import RenameAsked, Renamed, RenameRefused
from marketplace.brands.models import BrandRename
from marketplace.errors import Refused


def needs_a_look(party_id: UUID) -> bool:
    """Does the operator look at this brand's new name first?"""
    settings = accounts.instance()
    vouched = settings is not None and settings.shape == Shape.OPEN_MARKETPLACE
    return vouched and queries.may_reach_creators(party_id)


def of(party_id: UUID) -> list[BrandRename]:
    """Every name a brand had or asked for, the newest first."""
    query = sa.select(BrandRename).where(BrandRename.party_id == party_id).order_by(BrandRename.id.desc())
    return list(db.session.scalars(query))


def waiting(party_id: UUID) -> BrandRename | None:
    """The name a brand has asked for, until the operator has answered."""
    return db.session.scalar(
        sa.select(BrandRename).where(BrandRename.party_id == party_id, BrandRename.decided_at.is_(None))
    )


def rename(party: Party, name: str, *, by: Actor) -> BrandRename:
    """Take another name, or ask for it; a name asked for before and not answered yet is replaced.

    Raises Refused (422) for the name it has.
    """
    db.lock(party)
    if name == party.name:
        raise Refused(gettext("Your brand is called that already."), status=422, field="name")
    earlier = waiting(party.id)
    if earlier is not None:
        _decide(earlier, agreed=False, by=by)
    row = BrandRename(
        id=db.new_id(),
        party_id=party.id,
        old_name=party.name,
        new_name=name,
        asked_at=clock.now(),
        asked_by_user_id=by.user_id,
    )
    db.session.add(row)
    db.session.flush()
    if needs_a_look(party.id):
        events.emit(RenameAsked(row.id, party.id), by=by)
    else:
        _take(row, party, by)
    return row


def agree(row: BrandRename, *, by: Actor) -> None:
    """The operator has looked at the new name: the brand goes by it from now on. Raises Refused when it was answered."""
    _take(_open(row), db.session.get_one(Party, row.party_id), by)


def refuse(row: BrandRename, *, by: Actor) -> None:
    """The old name stays. Raises Refused when it was answered."""
    _decide(_open(row), agreed=False, by=by)
    events.emit(RenameRefused(row.id, row.party_id), by=by)


def _open(row: BrandRename) -> BrandRename:
    db.lock(row)
    if row.decided_at is not None:
        raise Refused(gettext("This name was answered already, or the brand asks for another one."))
    return row


def _take(row: BrandRename, party: Party, by: Actor) -> None:
    db.lock(party)
    _decide(row, agreed=True, by=by)
    row.old_name, party.name = party.name, row.new_name
    events.emit(Renamed(row.id, party.id, by.party_id != party.id), by=by)


def _decide(row: BrandRename, *, agreed: bool, by: Actor) -> None:
    row.decided_at, row.decided_by_user_id, row.agreed = clock.now(), by.user_id, agreed
    db.session.flush()
