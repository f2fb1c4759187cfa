"""What affiliate programs do when a deal becomes active, when terms change, and when money moved."""

from __future__ import annotations

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate import direct_payouts, enrolments, offers, payouts
from marketplace.affiliate.clocks import ACCEPT
from marketplace.affiliate.events import TermsAnnounced
from marketplace.affiliate.models import Enrolment, Program
from marketplace.authz import CLOCK
from marketplace.briefs.parts import part
from marketplace.collaborations.events import DealActive
from marketplace.collaborations.models import Deal
from marketplace.deadlines import DeadlinePassed
from marketplace.payments.events import DirectPaymentAnswered, Funded, PayoutPaid
from marketplace.terms.models import TermsVersion


def enrol(fact: DealActive) -> None:
    """A deal with a commission part enrols its creator on the signed rate, in the program it names."""
    deal = db.session.get_one(Deal, fact.deal_id)
    found = part(db.session.get_one(TermsVersion, deal.version_id).body, "commission")
    if found is not None:
        program, terms = offers.of_deal(deal, found)
        enrolments.enrol_by_deal(program, terms, deal, found, by=CLOCK)


def ask(fact: TermsAnnounced) -> None:
    """Terms were announced: a clock for every affiliate whose rates they change."""
    active = sa.select(Enrolment).where(Enrolment.program_id == fact.program_id, Enrolment.state == "active")
    for row in db.session.scalars(active.order_by(Enrolment.id)):
        enrolments.ask(row, by=CLOCK)


def lapse(fact: DeadlinePassed) -> None:
    """Newer rates were not accepted by their day: the affiliate is paused."""
    if fact.kind == ACCEPT.name:
        enrolments.lapse(db.session.get_one(Enrolment, fact.subject_id), by=CLOCK)


def release(fact: Funded) -> None:
    """Money landed in a program's budget: pay what waited for it."""
    program = db.session.get(Program, fact.subject_id)
    if program is not None:
        payouts.release_due(program, by=CLOCK)


def note_paid(fact: PayoutPaid) -> None:
    """A payout arrived; if it was a batch of commissions, the statement shows it."""
    payouts.note_paid(fact.payout_id)


def settle_directly(fact: DirectPaymentAnswered) -> None:
    """A payment made outside was answered; if it was for a batch of commissions, the statement shows it."""
    direct_payouts.settle(fact.subject_id)


REACTIONS = {
    DealActive: (enrol,),
    TermsAnnounced: (ask,),
    DeadlinePassed: (lapse,),
    Funded: (release,),
    PayoutPaid: (note_paid,),
    DirectPaymentAnswered: (settle_directly,),
}
