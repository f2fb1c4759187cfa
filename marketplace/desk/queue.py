"""The work queue: what waits, who owns it, by when, and what happens on silence.

A row is a live deadline. Which page a row leads to, and which deal it is about, is written here
once, by the kind of row the deadline stands on. Applications to one brief that wait for the same
answer are one row: forty applicants are one thing to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext, ngettext

from marketplace import clock, db
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs.models import Brief
from marketplace.collaborations.models import Application, Deal
from marketplace.content.models import Deliverable
from marketplace.creators import holidays
from marketplace.deadlines import Deadline
from marketplace.payments.models import Approval

SHOWN = 20
READ = 200  # deadlines looked at before those of one brief are put together
TOGETHER = "collaborations.answer"


def rows(actor: Actor) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What waits for the actor's party, and what it waits for from others; soonest first.

    Two queries, however many rows.
    """
    found = db.session.execute(_live(actor.party_id)).all()
    names = _names({party for row in found for party in (row.Deadline.owner_party_id, *_sides(row)) if party})
    lines = [_line(group, names, actor) for group in _together(found, actor)]
    return (
        [line for line in lines if line["mine"]][:SHOWN],
        [line for line in lines if not line["mine"]][:SHOWN],
    )


def _live(party_id: UUID | None) -> sa.Select[*tuple[Any, ...]]:
    """Live deadlines owned by the party or standing in one of its applications or deals."""
    return (
        sa.select(
            Deadline,
            Application.id.label("application_id"),
            Application.brief_id,
            Deal.id.label("deal_id"),
            Deliverable.number,
            Approval.asked_by_user_id.label("asked_by"),
            sa.func.coalesce(Deal.title, Brief.title, Approval.title).label("title"),
            sa.func.coalesce(Deal.creator_party_id, Application.creator_party_id).label("creator"),
            sa.func.coalesce(Deal.brand_party_id, Application.brand_party_id).label("brand"),
        )
        .outerjoin(Application, Application.id == Deadline.room_id)
        .outerjoin(Brief, Brief.id == Application.brief_id)
        .outerjoin(Deal, Deal.id == Deadline.room_id)
        .outerjoin(Deliverable, Deliverable.id == Deadline.subject_id)
        .outerjoin(Approval, Approval.id == Deadline.subject_id)
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
        .limit(READ)
    )


def _sides(row: Any) -> tuple[UUID | None, UUID | None]:
    return row.creator, row.brand


def _names(parties: Iterable[UUID]) -> dict[UUID, str]:
    found = db.session.execute(sa.select(Party.id, Party.name).where(Party.id.in_(set(parties))))
    return {row.id: row.name for row in found}


def _together(found: Iterable[Any], actor: Actor) -> list[list[Any]]:
    """Rows, those that answer applications to one brief as one group; a group stands where its first row stood."""
    groups: dict[object, list[Any]] = {}
    for row in found:
        joined = row.Deadline.kind == TOGETHER and row.Deadline.owner_party_id == actor.party_id
        groups.setdefault(row.brief_id if joined and row.brief_id else row.Deadline.id, []).append(row)
    return list(groups.values())


def _line(group: list[Any], names: dict[UUID, str], actor: Actor) -> dict[str, Any]:
    row, many = group[0], len(group)
    deadline: Deadline = row.Deadline
    # Whoever asked for something waits for the colleagues she shares the party with.
    mine = deadline.owner_party_id == actor.party_id and (row.asked_by is None or row.asked_by != actor.user_id)
    other = next((names.get(party, "") for party in _sides(row) if party and party != actor.party_id), "")
    what, silence = gettext(deadline.what.words(mine)), gettext(deadline.what.silence)
    if many > 1:
        what = ngettext("Answer %(num)d application", "Answer %(num)d applications", many)
        silence = gettext("the applications expire with an apology.")
    return {
        "what": what,
        "silence": silence,
        "owner": gettext("You") if mine else names.get(deadline.owner_party_id, ""),
        "due": deadline.due_at,
        "paused": gettext("on holiday") if holidays.WHY in deadline.holds else deadline.state == "paused",
        "urgent": mine and deadline.state == "running" and deadline.due_at - clock.now() < timedelta(hours=24),
        "mine": mine,
        "context": row.title or "",
        "other": other if many == 1 else "",
        "href": _href(row, many),
    }


# Where a clock's own subject has its page: endpoint and argument by the subject's type.
PAGES = {
    "approval": ("payments.approval", "approval_id"),
    "payout": ("payments.show_let_through", "payout_id"),
    "chargeback": ("desk.chargeback", "chargeback_id"),
    "direct_payment": ("payments.direct_payment", "direct_payment_id"),
    "program": ("affiliate.program", "program_id"),
    "statement": ("affiliate.statement", "statement_id"),
    "enrolment": ("affiliate.affiliate", "enrolment_id"),
}


def _href(row: Any, many: int) -> str:
    """The page where the thing is done."""
    deadline: Deadline = row.Deadline
    if many > 1:
        return url_for("collaborations.applicants", brief_id=row.brief_id)
    if deadline.kind == "contracts.sign":
        return url_for("contracts.show", deal_id=row.deal_id)
    if deadline.kind == "affiliate.accept_terms":
        return url_for("affiliate.newer_terms", enrolment_id=deadline.subject_id)
    if row.number:
        return url_for("content.show", deal_id=row.deal_id, number=row.number)
    if deadline.subject_type == "lot":
        return url_for("payments.staff_money")
    if deadline.subject_type in PAGES:
        endpoint, argument = PAGES[deadline.subject_type]
        values: dict[str, Any] = {argument: deadline.subject_id}
        return url_for(endpoint, **values)
    if row.deal_id:
        return url_for("desk.room", deal_id=row.deal_id)
    if row.application_id:
        return url_for("collaborations.show", application_id=row.application_id)
    return url_for("desk.home")
