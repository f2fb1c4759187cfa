"""What payments do when their own facts become true, or a clock of theirs has passed."""

from __future__ import annotations

from marketplace import db
from marketplace.deadlines import DeadlinePassed
from marketplace.payments import direct, payouts
from marketplace.payments.clocks import ARRIVAL
from marketplace.payments.events import AccountReady
from marketplace.payments.models import DirectPayment
from marketplace.payments.tax_events import TaxFormSigned


def send_what_waited(fact: AccountReady | TaxFormSigned) -> None:
    """An account became ready, or a tax form was signed: everything that waited for it sets off."""
    payouts.send_all(fact.party_id)


def count_by_silence(fact: DeadlinePassed) -> None:
    """Nobody said that a payment made outside is missing: it counts as arrived."""
    if fact.kind == ARRIVAL.name:
        direct.count(db.session.get_one(DirectPayment, fact.subject_id))


REACTIONS = {AccountReady: (send_what_waited,), TaxFormSigned: (send_what_waited,), DeadlinePassed: (count_by_silence,)}
