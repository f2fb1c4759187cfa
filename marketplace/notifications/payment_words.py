"""Who is told of what about money. All of it mails at once, but the good news that an account is ready."""

from __future__ import annotations

from marketplace import db
from marketplace.affiliate.models import Program
from marketplace.money import Money
from marketplace.notifications import tell
from marketplace.notifications.deal_words import PAYERS
from marketplace.payments.events import AccountReady, Funded, PayoutPaid, PayoutWaiting, Refunded


def funded(fact: Funded) -> None:
    """Who pays for the brand; the creator hears of it when her deal becomes active."""
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payer_party_id, "payments.funded", "/brand/funding", roles=PAYERS, urgent=True, amount=amount)


def payout_waiting(fact: PayoutWaiting) -> None:
    """The payee, who must set up her payouts."""
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payee_party_id, "payments.payout_waiting", "/payouts/set-up", urgent=True, amount=amount)


def payout_paid(fact: PayoutPaid) -> None:
    """The payee; of commissions the affiliate half tells her itself, with the program's name."""
    if db.session.get(Program, fact.subject_id) is not None:
        return
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payee_party_id, "payments.payout_paid", "/earnings", urgent=True, amount=amount)


def refunded(fact: Refunded) -> None:
    """Who paid."""
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payer_party_id, "payments.refunded", "/brand/funding", roles=PAYERS, urgent=True, amount=amount)


def account_ready(fact: AccountReady) -> None:
    """The payee."""
    tell.party(fact.party_id, "payments.account_ready", "/earnings")


REACTIONS = {
    Funded: (funded,),
    PayoutWaiting: (payout_waiting,),
    PayoutPaid: (payout_paid,),
    Refunded: (refunded,),
    AccountReady: (account_ready,),
}
