"""What collaborations do when a clock passed or money landed."""

from __future__ import annotations

from flask_babel import gettext

from marketplace import db, deadlines
from marketplace.authz import CLOCK
from marketplace.briefs.events import BriefClosed
from marketplace.briefs.models import Brief
from marketplace.collaborations import applications, budgets, clocks, deals, direct_pay
from marketplace.collaborations.events import DealActive, DealCancelled, Declined, Expired, Withdrawn
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import APPLICATION, DealState
from marketplace.deadlines import DeadlinePassed
from marketplace.payments.books import freezes
from marketplace.payments.events import (
    DirectPaymentAnswered,
    FreezeBegan,
    FreezeLifted,
    Funded,
    FundingFailed,
    FundingPending,
    HoldExpired,
    ProtectedLost,
)
from marketplace.payments.models import Funding
from marketplace.payments.money_in import funding, refunds

AT_THE_BANK = "bank"  # why a clock is on hold


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
    """Money landed. For a deal that waits for it, work starts; for one that ended meanwhile, it goes back.

    A deal that is paid already (out of the budget, or on a second page) keeps no more than was agreed.
    """
    deal = db.session.get(Deal, fact.subject_id)
    if deal is None:
        return
    db.lock(deal)
    held = funding.protected(deal.id, deal.currency)
    if deal.state in (DealState.CANCELLED, DealState.COMPLETED):
        budgets.give_back(deal, by=CLOCK)
    elif deal.state == DealState.FUNDING and held >= deal.protected:
        deals.funded(deal, by=CLOCK)
    if deal.state == DealState.ACTIVE and held > deal.protected:
        key = f"deal:{deal.id}:surplus:{fact.funding_id}"
        refunds.refund(subject=deal.id, amount=held - deal.protected, reason="paid twice", key=key, by=CLOCK)


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
    """A deal's money moves again, or a brief's budget does."""
    deal, brief = db.session.get(Deal, fact.subject_id), db.session.get(Brief, fact.subject_id)
    if deal is not None and freezes.standing(deal.id) is None:
        deals.unfreeze(db.lock(deal), by=CLOCK)
    if brief is not None:
        _use_budget(brief)


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


def fill_budget(fact: Funded) -> None:
    """A brief's budget came: deals that wait are paid out of it; for a brief that is over or gone, it goes back."""
    paid = db.session.get_one(Funding, fact.funding_id)
    if paid.purpose != "brief":
        return
    brief = db.session.get(Brief, fact.subject_id)
    if brief is None:
        key = f"brief:{fact.subject_id}:gone:{fact.funding_id}"
        refunds.refund(subject=fact.subject_id, amount=paid.amount, reason="draft thrown away", key=key, by=CLOCK)
        return
    _use_budget(brief)


def _use_budget(brief: Brief) -> None:
    """What is in a brief's budget pays the deals that wait for it; what a closed one has left goes back to the brand."""
    deals.pay_out_of_budget(db.lock(brief), by=CLOCK)
    budgets.settle(brief, by=CLOCK)


def wait_for_bank(fact: FundingPending) -> None:
    """A bank takes longer than the clock: it stands still until the bank has answered."""
    clock = deadlines.live(clocks.FUND, ("deal", fact.subject_id))
    if clock is not None and AT_THE_BANK not in clock.holds:
        deadlines.pause(clock, by=CLOCK, why=AT_THE_BANK)


def go_on_waiting(fact: FundingFailed) -> None:
    """The bank said no: the clock for paying in runs on."""
    clock = deadlines.live(clocks.FUND, ("deal", fact.subject_id))
    if clock is not None and AT_THE_BANK in clock.holds:
        deadlines.resume(clock, by=CLOCK, why=AT_THE_BANK)


def end_of_brief(fact: BriefClosed) -> None:
    """What nobody waits for goes back to the brand."""
    budgets.settle(db.lock(db.session.get_one(Brief, fact.brief_id)), by=CLOCK)


def end_of_application(fact: Declined | Withdrawn | Expired) -> None:
    """One that might have needed the budget of a closed brief is over."""
    application = db.session.get_one(Application, fact.application_id)
    budgets.settle(db.lock(db.session.get_one(Brief, application.brief_id)), by=CLOCK)


def end_of_waiting(fact: DealActive | DealCancelled) -> None:
    """A deal is paid, or over: what came back pays the next."""
    deal = db.session.get_one(Deal, fact.deal_id)
    _use_budget(db.session.get_one(Brief, deal.brief_id))


REACTIONS = {
    DeadlinePassed: (expire, end_unfunded, ask_again),
    Funded: (fund, fill_budget),
    DirectPaymentAnswered: (settle_directly,),
    FreezeBegan: (freeze,),
    FreezeLifted: (unfreeze,),
    ProtectedLost: (end_unpaid,),
    HoldExpired: (end_held_too_long,),
    FundingPending: (wait_for_bank,),
    FundingFailed: (go_on_waiting,),
    BriefClosed: (end_of_brief,),
    Declined: (end_of_application,),
    Withdrawn: (end_of_application,),
    Expired: (end_of_application,),
    DealActive: (end_of_waiting,),
    DealCancelled: (end_of_waiting,),
}
