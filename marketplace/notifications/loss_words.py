"""Who is told when money comes back, stands still, fails at a bank or is held for long. All of it mails at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace import db
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.collaborations.models import Deal
from marketplace.db import short
from marketplace.money import Money
from marketplace.notifications import service, tell
from marketplace.notifications.deal_words import PAYERS
from marketplace.payments.events import (
    AccountRestricted,
    BankPayoutArrived,
    BankPayoutFailed,
    BecameOwed,
    ChargebackLost,
    ChargebackOpened,
    ChargebackWon,
    FreezeBegan,
    FreezeLifted,
    HoldDue,
    HoldWarned,
    PayoutStopped,
    SetOff,
    SweepFailed,
    TakenBack,
)
from marketplace.payments.losses import chargebacks
from marketplace.payments.money_out import bank_payouts
from marketplace.payments.stray_events import DifferencesStand, RefundCameBack, RefundPaidOtherwise

MONEY_STAFF = ("admin", "finance")


def _amount(fact: Any) -> Money:
    return Money(fact.amount_minor, fact.currency)


def _staff(event: str, link: str, **words: Any) -> None:
    settings = people.instance()
    if settings is not None:
        tell.party(settings.operator_party_id, event, link, roles=MONEY_STAFF, urgent=True, **words)


def _deal_of(subject_id: UUID) -> Deal | None:
    return db.session.get(Deal, subject_id)


def account_restricted(fact: AccountRestricted) -> None:
    """The payee."""
    tell.party(fact.party_id, "payments.account_restricted", "/payouts/set-up", urgent=True)


def payout_stopped(fact: PayoutStopped) -> None:
    """The payee, who need not act, and staff, who must."""
    page = f"/earnings/payouts/{short(fact.payout_id)}"
    tell.party(fact.payee_party_id, "payments.payout_stopped", "/earnings", urgent=True, amount=_amount(fact))
    _staff("payments.payout_stopped.staff", page, amount=_amount(fact))


def set_off(fact: SetOff) -> None:
    """The payee."""
    tell.party(fact.payee_party_id, "payments.set_off", "/earnings", urgent=True, amount=_amount(fact))


def taken_back(fact: TakenBack) -> None:
    """The payee, with the reason; the payer hears when the money is on its way to her."""
    page = f"/earnings/payouts/{short(fact.payout_id)}"
    amount = _amount(fact)
    tell.party(fact.payee_party_id, "payments.taken_back", page, urgent=True, amount=amount, reason=fact.reason)


def became_owed(fact: BecameOwed) -> None:
    """The payee."""
    tell.party(fact.payee_party_id, "payments.became_owed", "/earnings", urgent=True, amount=_amount(fact))


def chargeback_opened(fact: ChargebackOpened) -> None:
    """The payer, who may not know of it, and staff, who must answer."""
    _both("opened", fact, **tell.asking(chargebacks.ANSWER, ("chargeback", fact.chargeback_id)))


def chargeback_won(fact: ChargebackWon) -> None:
    """The payer and staff."""
    _both("won", fact)


def chargeback_lost(fact: ChargebackLost) -> None:
    """The payer and staff."""
    _both("lost", fact)


def _both(what: str, fact: Any, **asked: Any) -> None:
    event, amount = f"payments.chargeback_{what}", _amount(fact)
    tell.party(fact.payer_party_id, event, "/brand/funding", roles=PAYERS, urgent=True, amount=amount)
    _staff(f"{event}.staff", f"/staff/chargebacks/{short(fact.chargeback_id)}", amount=amount, **asked)


def freeze_began(fact: FreezeBegan) -> None:
    """The creator of a deal at work. A dispute between two sides is told by whoever opened it."""
    deal = _deal_of(fact.subject_id)
    if deal is not None and fact.why == "chargeback" and deal.state == "active":
        link = f"/deals/{short(deal.id)}"
        tell.party(deal.creator_party_id, "payments.freeze_began", link, urgent=True, title=deal.title)


def freeze_lifted(fact: FreezeLifted) -> None:
    """The same, unless the deal has ended, which she hears by itself."""
    deal = _deal_of(fact.subject_id)
    if deal is not None and fact.why == "chargeback" and deal.state == "active":
        link = f"/deals/{short(deal.id)}"
        tell.party(deal.creator_party_id, "payments.freeze_lifted", link, urgent=True, title=deal.title)


def bank_payout_failed(fact: BankPayoutFailed) -> None:
    """The payee, with the bank's reason."""
    why = bank_payouts.why(fact.failure)
    tell.party(
        fact.party_id, "payments.bank_payout_failed", "/payouts/set-up", urgent=True, amount=_amount(fact), why=why
    )


def bank_payout_arrived(fact: BankPayoutArrived) -> None:
    """The payee, who need not look after her bank details any more."""
    service.done(fact.party_id, "payments.bank_payout_failed")
    tell.party(fact.party_id, "payments.bank_payout_arrived", "/earnings", urgent=True, amount=_amount(fact))


def sweep_failed(fact: SweepFailed) -> None:
    """Staff."""
    _staff("payments.sweep_failed", "/staff/money", amount=_amount(fact))


def hold_warned(fact: HoldWarned) -> None:
    """Both sides of the deal; of a budget, the payer."""
    deal = _deal_of(fact.subject_id)
    link = f"/deals/{short(deal.id)}" if deal else "/brand/funding"
    for party_id in [fact.payer_party_id, *([deal.creator_party_id] if deal else [])]:
        tell.party(party_id, "payments.hold_warned", link, urgent=True, amount=_amount(fact), due=fact.until)


def hold_due(fact: HoldDue) -> None:
    """Staff."""
    _staff("payments.hold_due", "/staff/money", amount=_amount(fact), due=fact.until)


def differences_stood(fact: DifferencesStand) -> None:
    """Staff: once for each thing that differs, in one mail for those that were found together."""
    _staff(
        "payments.differences_stood",
        "/staff/stripe",
        amount=Money(abs(fact.amount_minor), fact.currency),
        many=fact.many,
    )


def refund_came_back(fact: RefundCameBack) -> None:
    """The payer, who need not act yet, and staff, who must find another way."""
    event, amount = "payments.refund_came_back", _amount(fact)
    tell.party(fact.payer_party_id, event, "/brand/funding", roles=PAYERS, urgent=True, amount=amount)
    brand = db.session.get_one(Party, fact.payer_party_id).name
    _staff(f"{event}.staff", f"/staff/refunds/{short(fact.refund_id)}", amount=amount, brand=brand)


def refund_paid_otherwise(fact: RefundPaidOtherwise) -> None:
    """The payer, with what she finds on her account."""
    words: dict[str, Any] = {"amount": _amount(fact), "note": fact.note}
    tell.party(
        fact.payer_party_id, "payments.refund_paid_otherwise", "/brand/funding", roles=PAYERS, urgent=True, **words
    )


REACTIONS = {
    DifferencesStand: (differences_stood,),
    RefundCameBack: (refund_came_back,),
    RefundPaidOtherwise: (refund_paid_otherwise,),
    AccountRestricted: (account_restricted,),
    PayoutStopped: (payout_stopped,),
    SetOff: (set_off,),
    TakenBack: (taken_back,),
    BecameOwed: (became_owed,),
    ChargebackOpened: (chargeback_opened,),
    ChargebackWon: (chargeback_won,),
    ChargebackLost: (chargeback_lost,),
    FreezeBegan: (freeze_began,),
    FreezeLifted: (freeze_lifted,),
    BankPayoutFailed: (bank_payout_failed,),
    BankPayoutArrived: (bank_payout_arrived,),
    SweepFailed: (sweep_failed,),
    HoldWarned: (hold_warned,),
    HoldDue: (hold_due,),
}
