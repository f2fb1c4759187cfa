"""A brief's budget and its deals: signed deals are paid out of it, and what no deal needs goes back to the brand.

Invariant: money that came from a brief's budget is at every moment protected for the brief or for one
of its deals, released, or on its way back to the charge it came in with. A deal is paid whole or not
at all: a budget that covers only a part is left for the next one, and the brand pays this deal in.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.authz import Actor
from marketplace.briefs.models import Brief
from marketplace.briefs.states import BriefState
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import OPEN
from marketplace.payments import queries as payments
from marketplace.payments.books import chart, ledger
from marketplace.payments.losses import hold_age
from marketplace.payments.money_in import funding, lots, refunds

ENDED = (BriefState.CLOSED, BriefState.ARCHIVED)
WAITING_DEALS = ("signing", "funding")


def cover(deal: Deal, *, by: Actor) -> bool:
    """Hand a signed deal its pay out of the brief's budget, if that holds all of it. True when it did."""
    ledger.open_account(chart.protected(deal.brief_id), deal.currency)
    if funding.protected(deal.brief_id, deal.currency) < deal.protected or hold_age.is_over(
        deal.brief_id, deal.currency
    ):
        return False
    lots.allocate(
        source=deal.brief_id,
        target=deal.id,
        payer=deal.brand_party_id,
        amount=deal.protected,
        description=deal.title,
        key=f"deal:{deal.id}:covered",
        by=by,
    )
    return True


def give_back(deal: Deal, *, by: Actor) -> None:
    """What is still protected for an ended deal: back into the budget it came from while that may use it, else to the brand."""
    left = funding.protected(deal.id, deal.currency)
    if left.minor <= 0:
        return
    brief = db.session.get_one(Brief, deal.brief_id)
    foreign = lots.allocated(brief.id, deal.id, deal.currency) < left
    if brief.state in ENDED or foreign or hold_age.is_over(deal.id, deal.currency):
        number = len(payments.refunds_of(deal.id))  # a payment may land after the end, too
        refunds.refund(subject=deal.id, amount=left, reason="cancellation", key=f"deal:{deal.id}:ended:{number}", by=by)
        return
    number = len(payments.moves_of(deal.id))  # what a bank gave back later follows under a key of its own
    lots.allocate(
        source=deal.id,
        target=brief.id,
        payer=deal.brand_party_id,
        amount=left,
        description=deal.title,
        key=f"deal:{deal.id}:uncovered:{number}",
        by=by,
    )


def waiting_for_pay(brief_id: UUID) -> list[Deal]:
    """Signed deals of a brief whose payment is due, oldest first."""
    query = sa.select(Deal).where(Deal.brief_id == brief_id, Deal.state == "funding")
    return list(db.session.scalars(query.order_by(Deal.id)))


def settle(brief: Brief, *, by: Actor) -> None:
    """Give the brand back what a closed brief's budget still holds, once nothing of the brief waits for it any more."""
    ledger.open_account(chart.protected(brief.id), brief.currency)
    left = funding.protected(brief.id, brief.currency)
    if brief.state not in ENDED or left.minor <= 0 or _awaited(brief.id):
        return
    number = len(payments.refunds_of(brief.id))  # it may go back in several parts, each under a key of its own
    refunds.refund(subject=brief.id, amount=left, reason="brief closed", key=f"brief:{brief.id}:left:{number}", by=by)


def _awaited(brief_id: UUID) -> bool:
    """May an application or an unsigned or unpaid deal of the brief still need the budget?"""
    applications = sa.exists().where(Application.brief_id == brief_id, Application.state.in_(OPEN))
    deals = sa.exists().where(Deal.brief_id == brief_id, Deal.state.in_(WAITING_DEALS))
    return bool(db.session.scalar(sa.select(sa.or_(applications, deals))))
