"""The work queue: what waits, who owns it, by when, and what happens on silence.

A row is a live deadline. Which page a row leads to, and which deal it is about, is written here
once, by the kind of row the deadline stands on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.collaborations.models import Application, Deal
from marketplace.deadlines import Deadline

SHOWN = 20


def rows(actor: Actor) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What waits for the actor's party, and what it waits for from others; soonest first.

    Four queries, however many rows.
    """
    found = db.session.execute(_live(actor.party_id)).all()
    names = _names({row.Deadline.owner_party_id for row in found})
    lines = [_line(row, names, actor) for row in found]
    return (
        [line for line in lines if line["mine"]][:SHOWN],
        [line for line in lines if not line["mine"]][:SHOWN],
    )


def _live(party_id: UUID | None) -> sa.Select[*tuple[Any, ...]]:
    """Live deadlines owned by the party or standing in one of its applications or deals."""
    return (
        sa.select(Deadline, Application.id.label("application_id"), Deal.id.label("deal_id"), Deal.title)
        .outerjoin(Application, Application.id == Deadline.room_id)
        .outerjoin(Deal, Deal.id == Deadline.room_id)
        .where(
            Deadline.state.in_(["running", "paused"]),
            sa.or_(
                Deadline.owner_party_id == party_id,
                Application.creator_party_id == party_id,
                Application.brand_party_id == party_id,
                Deal.creator_party_id == party_id,
                Deal.brand_party_id == party_id,
            ),
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(SHOWN * 2)
    )


def _names(parties: Iterable[UUID]) -> dict[UUID, str]:
    found = db.session.execute(sa.select(Party.id, Party.name).where(Party.id.in_(set(parties))))
    return {row.id: row.name for row in found}


def _line(row: Any, names: dict[UUID, str], actor: Actor) -> dict[str, Any]:
    deadline: Deadline = row.Deadline
    mine = deadline.owner_party_id == actor.party_id
    return {
        "what": gettext(deadline.what.asks),
        "silence": gettext(deadline.what.silence),
        "owner": gettext("You") if mine else names.get(deadline.owner_party_id, ""),
        "due": deadline.due_at,
        "urgent": mine and deadline.due_at - clock.now() < timedelta(hours=24),
        "mine": mine,
        "context": row.title or "",
        "href": _href(row),
    }


def _href(row: Any) -> str:
    """The page where the thing is done: the application's or the deal's own."""
    if row.deal_id:
        return url_for("desk.room", deal_id=row.deal_id)
    if row.application_id:
        return url_for("collaborations.show", application_id=row.application_id)
    return url_for("desk.home")
