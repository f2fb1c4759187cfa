"""When everything is published and confirmed: release the pay, then the deal is done.

The whole protected payment goes out at once: the portal's shown fee stays, the rest is the
creator's. The key makes a second release of the same deal impossible. What the clock approved or
confirmed is released for silence, with the clocks that passed as evidence. While the money is frozen (a
chargeback, a dispute) a finished deal waits, and is settled when it moves again.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.authz import Actor
from marketplace.collaborations import deals
from marketplace.collaborations.models import Deal
from marketplace.content import clocks
from marketplace.content.models import Deliverable
from marketplace.content.states import DELIVERABLE
from marketplace.deadlines import Deadline
from marketplace.lifecycle import advance
from marketplace.payments import fees
from marketplace.payments.books import freezes
from marketplace.payments.guards import approvals
from marketplace.payments.guards.approvals import Wish
from marketplace.payments.money_out import releases


def settle(deal: Deal, pieces: list[Deliverable], *, by: Actor) -> Deal:
    """Release what is protected, finish the pieces, complete the deal; or ask the brand for what it pays directly.

    While the money is frozen nothing happens.
    """
    if freezes.standing(deal.id):
        return deal
    if deal.protected and not deal.paid_directly:
        evidence: dict[str, Any] = {
            "contract_id": deal.contract_id,
            "deliverable_ids": [piece.id for piece in pieces],
        }
        passed = _passed(pieces)
        if not passed and by.kind == "clock":  # after a freeze: people approved it before
            approvals.note_unasked(wish(deal, pieces[-1]), by=by)
        releases.release(
            subject=deal.id,
            payee=deal.creator_party_id,
            amount=deal.protected,
            fee=fees.platform_fee(deal.protected),
            reason="silence" if passed else "approved work",
            evidence=evidence | ({"deadline_id": passed} if passed else {}),
            key=key(deal),
            by=by,
        )
    for piece in pieces:
        advance(DELIVERABLE, piece, "finish", by=by, room_id=deal.id)
    return deals.deliver(deal, by=by) if deal.paid_directly else deals.complete(deal, by=by)


def key(deal: Deal) -> str:
    """Under which a deal's pay is released, once."""
    return f"deal:{deal.id}:delivered"


def wish(deal: Deal, last: Deliverable) -> Wish:
    """To release the pay by confirming the last piece: above the limit a second person of the brand decides."""
    return Wish("release", deal.brand_party_id, last.id, key(deal), deal.protected, deal.creator_party_id, deal.title)


def _passed(pieces: list[Deliverable]) -> list[UUID]:
    """The reviews and confirmations that nobody gave in time."""
    return list(
        db.session.scalars(
            sa.select(Deadline.id)
            .where(
                Deadline.subject_type == "deliverable",
                Deadline.subject_id.in_([piece.id for piece in pieces]),
                Deadline.kind.in_([clocks.REVIEW.name, clocks.CONFIRM.name]),
                Deadline.state == "passed",
            )
            .order_by(Deadline.id)
        )
    )
