"""What affiliate programs do when a deal becomes active and when money moved."""

from __future__ import annotations

from marketplace import db
from marketplace.affiliate import payouts, programs
from marketplace.affiliate.models import Program
from marketplace.authz import CLOCK
from marketplace.briefs.parts import part
from marketplace.collaborations.events import DealActive
from marketplace.collaborations.models import Deal
from marketplace.payments.events import Funded, PayoutPaid
from marketplace.terms.models import TermsVersion


def enrol(fact: DealActive) -> None:
    """A deal with a commission part enrols its creator on the signed rate."""
    deal = db.session.get_one(Deal, fact.deal_id)
    found = part(db.session.get_one(TermsVersion, deal.version_id).body, "commission")
    if found is not None:
        programs.enrol_by_deal(programs.for_deal(deal, found), deal, found, by=CLOCK)


def release(fact: Funded) -> None:
    """Money landed in a program's budget: pay what waited for it."""
    program = db.session.get(Program, fact.subject_id)
    if program is not None:
        payouts.release_due(program, by=CLOCK)


def note_paid(fact: PayoutPaid) -> None:
    """A payout arrived; if it was a batch of commissions, the statement shows it."""
    payouts.note_paid(fact.payout_id)


REACTIONS = {DealActive: (enrol,), Funded: (release,), PayoutPaid: (note_paid,)}
