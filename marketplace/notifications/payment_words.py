"""Who is told of what about money. All of it mails at once, but the good news that an account is ready."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale

from marketplace import db, web
from marketplace.accounts import queries as people
from marketplace.accounts import undo
from marketplace.accounts.models import Party
from marketplace.affiliate.models import Program
from marketplace.money import Money
from marketplace.notifications import service, tell
from marketplace.notifications.deal_words import PAYERS
from marketplace.payments.clocks import ARRIVAL
from marketplace.payments.events import (
    AccountChanged,
    AccountReady,
    DirectPaymentAnswered,
    DirectPaymentRecorded,
    Funded,
    FundingFailed,
    PayoutPaid,
    PayoutsHalted,
    PayoutsResumed,
    PayoutWaiting,
    Refunded,
)
from marketplace.payments.guards import gates, holds_after_change
from marketplace.payments.models import AccountChange, Payout, TaxForm
from marketplace.payments.money_in import card_payments
from marketplace.payments.money_out import payout_accounts
from marketplace.payments.tax.tax_events import TaxFormEnding, TaxFormSigned


def funded(fact: Funded) -> None:
    """Who pays for the brand; the creator hears of it when her deal becomes active."""
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payer_party_id, "payments.funded", "/brand/funding", roles=PAYERS, urgent=True, amount=amount)


def funding_failed(fact: FundingFailed) -> None:
    """Who pays for the brand, unless she saw it happen: a bank that says no days later."""
    if fact.watched:
        return
    amount = Money(fact.amount_minor, fact.currency)
    words: dict[str, Any] = {"amount": amount, "why": card_payments.why(fact.code)}
    tell.party(fact.payer_party_id, "payments.funding_failed", "/brand/funding", roles=PAYERS, urgent=True, **words)


def payout_waiting(fact: PayoutWaiting) -> None:
    """The payee: she must set up her payouts, or a gate is closed and says why."""
    amount, payout = Money(fact.amount_minor, fact.currency), db.session.get_one(Payout, fact.payout_id)
    if payout_accounts.status(fact.payee_party_id) == "ready":
        payee = db.session.get_one(Party, fact.payee_party_id)
        with force_locale(payee.language), web.for_reader_in(_zone_of(payee)):
            gate = gates.before(payout)
        if gate is not None:
            link = f"/earnings/payouts/{db.short(payout.id)}"
            words: dict[str, Any] = {"amount": amount, "says": gate.says, "next": gate.next}
            event = "payments.payout_held.asks" if gate.hers else "payments.payout_held"
            tell.party(fact.payee_party_id, event, link, urgent=True, **words)
        return
    tell.party(fact.payee_party_id, "payments.payout_waiting", "/payouts/set-up", urgent=True, amount=amount)


def _zone_of(party: Party) -> str:
    """The zone of whoever reads it: a creator's own, which her party may not have."""
    return next((one.user.zone for one in people.members(party.id)), party.zone)


def payout_paid(fact: PayoutPaid) -> None:
    """The payee; of commissions the affiliate half tells her itself, with the program's name."""
    if db.session.get(Program, fact.subject_id) is not None or not fact.amount_minor:
        return  # set off whole: that is told by itself
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payee_party_id, "payments.payout_paid", "/earnings", urgent=True, amount=amount)


def refunded(fact: Refunded) -> None:
    """Who paid."""
    amount = Money(fact.amount_minor, fact.currency)
    tell.party(fact.payer_party_id, "payments.refunded", "/brand/funding", roles=PAYERS, urgent=True, amount=amount)


def account_changed(fact: AccountChanged) -> None:
    """Her, at every address she had within 72 hours, with the link that disowns it."""
    row = db.session.get_one(AccountChange, fact.change_id)
    if row.undone_at is not None and row.owned_at is None:
        return
    link = holds_after_change.link(row)
    for membership in people.members(fact.party_id):
        user = membership.user
        tell.user(user, "payments.account_changed", "/payouts/set-up", party_id=fact.party_id, until="")
        for address in undo.addresses(user):
            until = (row.owned_at or row.seen_at) + holds_after_change.LASTS
            with force_locale(user.language), web.for_reader_in(user.zone):
                moment = web.moment(until)
            tell.mail(address, "payments.account_changed", link, language=user.language, until=moment)


def account_ready(fact: AccountReady) -> None:
    """The payee."""
    tell.party(fact.party_id, "payments.account_ready", "/earnings")


def what_was_asked_for_pay_is_done(fact: AccountReady | TaxFormSigned) -> None:
    """Nobody is asked any longer for set-up that is ready, or for a form that is signed."""
    if isinstance(fact, TaxFormSigned):
        service.done(fact.party_id, "payments.tax_form_ending")
    if payout_accounts.status(fact.party_id) == "ready":
        service.done(fact.party_id, "payments.payout_waiting", "payments.account_restricted")
    gate = gates.of_party(fact.party_id)
    if gate is None or not gate.hers:
        service.done(fact.party_id, "payments.payout_held.asks")


def tax_form_ending(fact: TaxFormEnding) -> None:
    """The payee, a month before."""
    until = db.session.get_one(TaxForm, fact.form_id).valid_until
    tell.party(fact.party_id, "payments.tax_form_ending", "/payouts/tax-form?new=1", urgent=True, until=until)


def direct_payment_recorded(fact: DirectPaymentRecorded) -> None:
    """The payee, at once: she is asked whether it arrived."""
    brand, amount = db.session.get_one(Party, fact.payer_party_id).name, Money(fact.amount_minor, fact.currency)
    words: dict[str, Any] = {"amount": amount, "brand": brand}
    words |= tell.asking(ARRIVAL, ("direct_payment", fact.direct_payment_id))
    tell.party(fact.payee_party_id, "payments.direct_payment_recorded", _direct(fact), urgent=True, **words)


def direct_payment_answered(fact: DirectPaymentAnswered) -> None:
    """The other side of who said it; both hear what silence did. At once only that money is missing."""
    payee, payer = (db.session.get_one(Party, id).name for id in (fact.payee_party_id, fact.payer_party_id))
    words: dict[str, Any] = {"amount": Money(fact.amount_minor, fact.currency), "creator": payee, "brand": payer}
    event, link = f"payments.direct_payment_{fact.word}", _direct(fact)
    if fact.word != "withdrawn":
        tell.party(fact.payer_party_id, event, link, roles=PAYERS, urgent=fact.word == "missing", **words)
    if fact.word in ("withdrawn", "counted"):
        tell.party(fact.payee_party_id, event, link, **words)


def _direct(fact: DirectPaymentRecorded | DirectPaymentAnswered) -> str:
    return f"/payments/direct/{db.short(fact.direct_payment_id)}"


def payouts_halted(fact: PayoutsHalted) -> None:
    """The portal's administrators, at once: nobody is paid until they act."""
    instance = people.instance()
    if instance is not None:
        tell.party(
            instance.operator_party_id, "payments.payouts_halted", "/staff/ledger", roles=("admin",), urgent=True,
            checks=fact.reason,
        )  # fmt: skip


def payouts_resumed(_fact: PayoutsResumed) -> None:
    """Nobody: the administrators who were asked to look need not any more."""
    instance = people.instance()
    if instance is not None:
        service.done(instance.operator_party_id, "payments.payouts_halted")


REACTIONS = {
    DirectPaymentRecorded: (direct_payment_recorded,),
    DirectPaymentAnswered: (direct_payment_answered,),
    Funded: (funded,),
    FundingFailed: (funding_failed,),
    PayoutWaiting: (payout_waiting,),
    PayoutPaid: (payout_paid,),
    Refunded: (refunded,),
    AccountReady: (account_ready, what_was_asked_for_pay_is_done),
    TaxFormSigned: (what_was_asked_for_pay_is_done,),
    PayoutsHalted: (payouts_halted,),
    PayoutsResumed: (payouts_resumed,),
    AccountChanged: (account_changed,),
    TaxFormEnding: (tax_form_ending,),
}
