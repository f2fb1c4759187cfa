"""What collaborations do when a clock passed or money landed."""

from __future__ import annotations

from flask_babel import gettext

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.collaborations import applications, clocks, deals, direct_pay
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import APPLICATION, DealState
from marketplace.deadlines import DeadlinePassed
from marketplace.payments import freezes, funding
from marketplace.payments.events import (
    DirectPaymentAnswered,
    FreezeBegan,
    FreezeLifted,
    Funded,
    HoldExpired,
    ProtectedLost,
)


def expire(fact: DeadlinePassed) -> None:
    """Nobody answered: the application ends, with an apology where the brand was silent."""
    if fact.kind not in (clocks.ANSWER.name, clocks.ANSWER_TERMS.name):
        return
    application = db.lock(db.session.get_one(Application, fact.subject_id))
    if APPLICATION.allows(application.state, "expire"):
        applications.expire(application, fact.owner_party_id, by=CLOCK)


def end_unfunded(fact: DeadlinePassed) -> None:
    """The payment did not come: the deal ends, free for both."""
    if fact.kind != clocks.FUND.name:
        return
    deal = db.lock(db.session.get_one(Deal, fact.subject_id))
    if deal.state == DealState.FUNDING:
        deals.cancel(deal, gettext("The payment did not arrive in time."), by=CLOCK)


def fund(fact: Funded) -> None:
    """Money landed. For a deal that waits for it, work starts; for one that ended meanwhile, it goes back."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is None:
        return
    db.lock(deal)
    if deal.state == DealState.CANCELLED:
        deals.give_back(deal, by=CLOCK)
    elif deal.state == DealState.FUNDING and funding.protected(deal.id, deal.currency) >= deal.protected:
        deals.funded(deal, by=CLOCK)


def ask_again(fact: DeadlinePassed) -> None:
    """The brand did not pay directly in time: the creator is told, and it is asked for again."""
    if fact.kind == clocks.PAY.name:
        direct_pay.ask(db.lock(db.session.get_one(Deal, fact.subject_id)), late=True, by=CLOCK)


def settle_directly(fact: DirectPaymentAnswered) -> None:
    """A payment made outside arrived, is missing or was taken back."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is not None:
        deals.settle_directly(deal, by=CLOCK)


def freeze(fact: FreezeBegan) -> None:
    """A deal's money stands still; so do its clocks. Told late, after it was lifted, nothing is stopped."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is not None and freezes.standing(deal.id):
        deals.freeze(db.lock(deal), by=CLOCK)


def unfreeze(fact: FreezeLifted) -> None:
    """A deal's money moves again."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is not None and freezes.standing(deal.id) is None:
        deals.unfreeze(db.lock(deal), by=CLOCK)


def end_unpaid(fact: ProtectedLost) -> None:
    """The payer's bank kept the payment: a deal that lives ends."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is not None:
        reason = gettext("The bank of the card gave the payment back to the card’s holder.")
        deals.end_for_lack_of_money(deal, reason, by=CLOCK)


def end_held_too_long(fact: HoldExpired) -> None:
    """The money may not be held longer: the ladder splits it, whatever dispute is open."""
    deal = db.session.get(Deal, fact.subject_id)
    if deal is not None:
        reason = gettext("The protected payment was held for as long as the rules allow.")
        deals.end_for_lack_of_money(deal, reason, by=CLOCK)


REACTIONS = {
    DeadlinePassed: (expire, end_unfunded, ask_again),
    Funded: (fund,),
    DirectPaymentAnswered: (settle_directly,),
    FreezeBegan: (freeze,),
    FreezeLifted: (unfreeze,),
    ProtectedLost: (end_unpaid,),
    HoldExpired: (end_held_too_long,),
}
