"""What content does when a deal starts or ends, or a clock passed."""

from __future__ import annotations

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.collaborations.events import DealActive, DealCancelled
from marketplace.collaborations.models import Deal
from marketplace.content import clocks, service
from marketplace.content.models import Deliverable
from marketplace.content.states import DELIVERABLE
from marketplace.deadlines import DeadlinePassed
from marketplace.payments.events import FreezeLifted


def plan(fact: DealActive) -> None:
    """Work starts: the pieces and their clocks."""
    service.plan(db.session.get_one(Deal, fact.deal_id), by=CLOCK)


def drop(fact: DealCancelled) -> None:
    """The deal ended early."""
    service.drop(db.session.get_one(Deal, fact.deal_id), by=CLOCK)


def approve_by_silence(fact: DeadlinePassed) -> None:
    """Nobody reviewed the draft in time: it is approved."""
    if fact.kind != clocks.REVIEW.name:
        return
    piece = db.lock(db.session.get_one(Deliverable, fact.subject_id))
    if DELIVERABLE.allows(piece.state, "approve"):
        service.approve(piece, by=CLOCK, by_silence=True)


def confirm_by_silence(fact: DeadlinePassed) -> None:
    """Nobody looked at the post in time: it counts as live."""
    if fact.kind != clocks.CONFIRM.name:
        return
    piece = db.lock(db.session.get_one(Deliverable, fact.subject_id))
    if DELIVERABLE.allows(piece.state, "verify"):
        service.confirm(piece, by=CLOCK, by_silence=True)


def settle_waiting(fact: FreezeLifted) -> None:
    """A deal's money moves again."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is not None:
        service.settle_waiting(deal, by=CLOCK)


REACTIONS = {
    FreezeLifted: (settle_waiting,),
    DealActive: (plan,),
    DealCancelled: (drop,),
    DeadlinePassed: (approve_by_silence, confirm_by_silence),
}
