"""What payments do when their own facts become true, or a clock of theirs has passed."""

from __future__ import annotations

from marketplace import db, jobs
from marketplace.deadlines import DeadlinePassed
from marketplace.payments.clocks import ARRIVAL
from marketplace.payments.events import AccountReady
from marketplace.payments.guards import approvals, withdrawals
from marketplace.payments.guards.approval_events import PayoutLetThrough
from marketplace.payments.guards.approval_tables import Approval
from marketplace.payments.models import DirectPayment
from marketplace.payments.money_out import payouts
from marketplace.payments.paid_directly import direct
from marketplace.payments.tax.tax_events import TaxFormSigned


def send_what_waited(fact: AccountReady | TaxFormSigned) -> None:
    """An account became ready, or a tax form was signed: everything that waited for it sets off."""
    payouts.send_all(fact.party_id)


def count_by_silence(fact: DeadlinePassed) -> None:
    """Nobody said that a payment made outside is missing: it counts as arrived."""
    if fact.kind == ARRIVAL.name:
        direct.count(db.session.get_one(DirectPayment, fact.subject_id))


def give_back_to_the_first(fact: DeadlinePassed) -> None:
    """No second person answered: it is back with whoever asked."""
    if fact.kind == approvals.ANSWER.name:
        approvals.lapse(db.session.get_one(Approval, fact.subject_id))


def ask_staff_again(fact: DeadlinePassed) -> None:
    """Staff did not look at a large payout in time."""
    if fact.kind == withdrawals.LOOK.name:
        withdrawals.ask_again(fact.subject_id)


def send_let_through(fact: PayoutLetThrough) -> None:
    """Staff looked at it: it sets off."""
    jobs.enqueue(payouts.send, fact.payout_id)


REACTIONS = {
    AccountReady: (send_what_waited,),
    TaxFormSigned: (send_what_waited,),
    DeadlinePassed: (count_by_silence, give_back_to_the_first, ask_staff_again),
    PayoutLetThrough: (send_let_through,),
}
