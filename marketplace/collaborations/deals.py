"""Verbs on deals: open, contract signed, funded, rung, complete, cancel.

Money leaves a deal in two ways only: `content` releases it when everything is delivered, or
`cancel` splits it by the ladder printed in the contract. A deal that is paid directly holds none; what
is owed in it is `direct_pay`'s. Amounts are the deal's `currency`.
"""

from __future__ import annotations

from uuid import UUID

from flask_babel import gettext

from marketplace import clock, db, deadlines
from marketplace.accounts.models import Party
from marketplace.authz import Actor
from marketplace.briefs.models import Brief
from marketplace.briefs.parts import paid_directly, protected_amount
from marketplace.collaborations import budgets, clocks, direct_pay
from marketplace.collaborations.events import DealActive, DealCancelled, DealCompleted, FundingDue
from marketplace.collaborations.models import Application, Deal
from marketplace.collaborations.states import DEAL, DealState
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import fees
from marketplace.payments import queries as payments
from marketplace.payments.books import freezes
from marketplace.payments.models import Funding
from marketplace.payments.money_in import funding
from marketplace.payments.money_out import releases
from marketplace.payments.paid_directly import direct
from marketplace.terms import queries as terms_queries
from marketplace.terms.models import TermsVersion


def open_deal(application: Application, brief: Brief, version: TermsVersion) -> Deal:
    """The deal of an application whose terms were just accepted."""
    amount = protected_amount(version.body)
    if paid_directly(version.body):
        direct.refuse_elsewhere()
    deal = Deal(
        id=db.new_id(),
        application_id=application.id,
        brief_id=brief.id,
        brand_party_id=application.brand_party_id,
        creator_party_id=application.creator_party_id,
        state=DealState.SIGNING.value,
        title=version.body.get("title") or brief.title,
        version_id=version.id,
        paid_directly=paid_directly(version.body) and bool(amount),
        currency=amount.currency,
        protected_minor=amount.minor,
        earned_minor=0,
        handed_in_minor=0,
        created_at=clock.now(),
    )
    db.session.add(deal)
    db.session.flush()
    return deal


def contract_signed(deal: Deal, contract_id: UUID, *, by: Actor) -> Deal:
    """Both signed: on to the payment, or straight to work where nothing is to be paid in or the brief's budget covers it."""
    deal.contract_id = contract_id
    if not deal.protected or deal.paid_directly or budgets.cover(deal, by=by):
        return _activate(deal, by=by)
    fact = FundingDue(deal.id, deal.creator_party_id, deal.brand_party_id, deal.protected_minor, deal.currency)
    advance(DEAL, deal, "to_funding", by=by, fact=fact)
    brand = db.session.get_one(Party, deal.brand_party_id)
    body = terms_queries.version(deal.version_id).body
    deadlines.start(
        clocks.FUND,
        owner=brand.id,
        subject=("deal", deal.id),
        zone=brand.zone,
        by=by,
        days=(body.get("clocks") or {}).get("fund"),
        room_id=deal.id,
    )
    return deal


def fund(deal: Deal, return_url: str, *, by: Actor, way: str = "page") -> Funding:
    """Begin the brand's payment, by page, card or invoice; the view carries it out (`paying.go`)."""
    if deal.state != DealState.FUNDING:
        raise Refused(gettext("There is nothing to pay in at the moment."))
    return funding.begin(
        subject=deal.id,
        payer=deal.brand_party_id,
        amount=deal.protected,
        description=deal.title,
        return_url=return_url,
        by=by,
        way=way,
    )


def funded(deal: Deal, *, by: Actor) -> Deal:
    """The protected payment landed: work starts."""
    deadlines.meet(clocks.FUND, ("deal", deal.id), by=by)
    return _activate(deal, by=by)


def pay_out_of_budget(brief: Brief, *, by: Actor) -> None:
    """There is money in a brief's budget: signed deals that wait for their payment get it, oldest first."""
    for deal in budgets.waiting_for_pay(brief.id):
        if db.lock(deal).state == DealState.FUNDING and not funding.pending(deal.id) and budgets.cover(deal, by=by):
            funded(deal, by=by)


def rung(deal: Deal, *, earned: Money, handed_in: Money, by: Actor) -> Deal:
    """Content says how far the work is: the shares that cancelling would pay."""
    db.lock(deal)
    if deal.state != DealState.ACTIVE:
        raise Refused(gettext("This deal is not at work."))
    deal.earned, deal.handed_in = earned, handed_in
    db.session.flush()
    return deal


def complete(deal: Deal, *, by: Actor) -> Deal:
    """Everything was delivered and its pay released."""
    fact = DealCompleted(deal.id, deal.creator_party_id, deal.brand_party_id)
    advance(DEAL, deal, "complete", by=by, fact=fact)
    deal.ended_at = clock.now()
    return deal


def deliver(deal: Deal, *, by: Actor) -> Deal:
    """Everything was delivered in a deal that is paid directly: now the brand pays, if it has not yet."""
    advance(DEAL, deal, "deliver", by=by, room_id=deal.id)
    return settle_directly(deal, by=by)


def settle_directly(deal: Deal, *, by: Actor) -> Deal:
    """After a payment was recorded or answered: the deal is done, or what is still owed is asked for."""
    db.lock(deal)
    if deal.state == DealState.PAYING and direct_pay.has_arrived(deal):
        complete(deal, by=by)
    direct_pay.ask(deal, by=by)
    return deal


def owed_on_cancel(deal: Deal, by_brand: bool) -> Money:
    """What the creator gets if the deal ends now: approved pieces, and drafts in review when it is
    the brand that ends it (a brand cannot cancel its way out of a review)."""
    if deal.state != DealState.ACTIVE:
        return Money.zero(deal.currency)
    return deal.earned + deal.handed_in if by_brand else deal.earned


def cancel(deal: Deal, reason: str, *, by: Actor) -> Deal:
    """End a deal early; the protected payment is split by the ladder, by itself."""
    reason = reason.strip()
    if not reason:
        raise Refused(gettext("Say why the deal ends. The other side will read it."), status=422, field="reason")
    db.lock(deal)
    freezes.refuse_if_frozen(deal.id)
    return _end(deal, reason, by=by)


def _end(deal: Deal, reason: str, *, by: Actor) -> Deal:
    owed = owed_on_cancel(deal, by_brand=by.party_id == deal.brand_party_id)
    fact = DealCancelled(deal.id, deal.creator_party_id, deal.brand_party_id, by.party_id, owed.minor, deal.currency)
    advance(DEAL, deal, "cancel", by=by, fact=fact)
    deal.cancel_reason, deal.ended_at = reason, clock.now()
    for row in deadlines.in_rooms([deal.id]):
        deadlines.cancel(row.what, (row.subject_type, row.subject_id), by=by)
    deal.earned, deal.handed_in = owed, Money.zero(deal.currency)
    if deal.paid_directly:
        direct_pay.ask(deal, by=by)
    else:
        _split(deal, by=by)
    return deal


FROZEN = "freeze"  # why a clock is on hold


def freeze(deal: Deal, *, by: Actor) -> None:
    """The money stands still: so do the clocks, keeping what is left of them."""
    for row in deadlines.in_rooms([deal.id]):
        if FROZEN not in row.holds:
            deadlines.pause(row, by=by, why=FROZEN)


def unfreeze(deal: Deal, *, by: Actor) -> None:
    """The money moves again, and the clocks count on. A deal that ended meanwhile is split as far as it was not."""
    for row in deadlines.in_rooms([deal.id]):
        if FROZEN in row.holds:
            deadlines.resume(row, by=by, why=FROZEN)
    if deal.state == DealState.CANCELLED and not deal.paid_directly:
        _split(deal, by=by)


def end_for_lack_of_money(deal: Deal, reason: str, *, by: Actor) -> None:
    """The protected payment is gone, or may not be held longer: the deal ends, and what is there is split by the ladder.

    What a payer's bank holds of it is split when the bank gives it back (`unfreeze`); the rest does not wait for that.
    """
    db.lock(deal)
    freezes.lift_all(deal.id, "dispute", by=by)
    if DEAL.allows(deal.state, "cancel"):
        _end(deal, reason, by=by)


def still_owed(deal: Deal) -> Money:
    """What the creator of a cancelled deal has earned and has not been paid: its money was held by a bank, or is gone."""
    paid = sum((row.amount + row.fee for row in payments.payouts_of(deal.id)), Money.zero(deal.currency))
    return deal.earned - paid


def _split(deal: Deal, *, by: Actor) -> None:
    """The ladder: what is earned is released less the fee, as far as it is there; what nobody has earned goes back."""
    number = len(payments.payouts_of(deal.id))
    part = min(still_owed(deal), funding.protected(deal.id, deal.currency))
    if part:
        releases.release(
            subject=deal.id,
            payee=deal.creator_party_id,
            amount=part,
            fee=fees.platform_fee(part),
            reason="cancellation",
            evidence={"contract_id": deal.contract_id, "rung": "pieces approved or in review"},
            key=f"deal:{deal.id}:ended" + (f":{number}" if number else ""),
            by=by,
            though_frozen=True,
        )
    budgets.give_back(deal, by=by)


def _activate(deal: Deal, *, by: Actor) -> Deal:
    fact = DealActive(deal.id, deal.creator_party_id, deal.brand_party_id)
    advance(DEAL, deal, "activate", by=by, fact=fact)
    deal.active_at = clock.now()
    return deal
