"""Who may see and move money."""

from __future__ import annotations

from marketplace.accounts.models import Party
from marketplace.accounts.policy import administers, funds, is_brand, is_creator, is_staff
from marketplace.authz import Actor
from marketplace.payments.models import Approval, CardSetup, DirectPayment, Funding, Payout, TaxForm

may_see_earnings = is_creator
may_set_up_payouts = is_creator
may_sign_tax_form = is_creator
may_see_funding = funds
may_see_ledger = is_staff


def may_see_payout(actor: Actor, payout: Payout) -> bool:
    """The payee, and staff."""
    return is_creator(actor) or is_staff(actor)


def may_see_tax_form(actor: Actor, form: TaxForm) -> bool:
    """Who signed it."""
    return is_creator(actor) and actor.party_id == form.party_id


def may_look_at_tax_form(actor: Actor, payee: Party) -> bool:
    """Staff who report to the tax office; support does not."""
    return actor.is_a("operator", "admin", "finance")


def may_see_direct(actor: Actor, payment: DirectPayment) -> bool:
    """Both sides, and staff; loading shows each only its own."""
    return is_creator(actor) or is_brand(actor) or is_staff(actor)


def may_answer_direct(actor: Actor, payment: DirectPayment) -> bool:
    """Who was paid."""
    return is_creator(actor) and actor.party_id == payment.payee_party_id


def may_withdraw_direct(actor: Actor, payment: DirectPayment) -> bool:
    """Who may pay for the brand that recorded it."""
    return funds(actor) and actor.party_id == payment.payer_party_id


def may_return(actor: Actor, funding: Funding) -> bool:
    """Anybody of the payer who may pay."""
    return funds(actor)


def may_look_into(actor: Actor, row: object) -> bool:
    """Staff, at one journal or one call to Stripe."""
    return is_staff(actor)


def may_finish_setup(actor: Actor, setup: CardSetup) -> bool:
    """Anybody of the payer who may pay."""
    return funds(actor)


def may_operate(actor: Actor, *rows: object) -> bool:
    """Staff who may set money in motion again."""
    return actor.is_a("operator", "admin", "finance")


def may_see_chargeback(actor: Actor, row: object) -> bool:
    """Staff."""
    return is_staff(actor)


def may_see_subject(actor: Actor, line: object) -> bool:
    """What one deal or budget cost: whoever of the payer may see its funding."""
    return funds(actor)


def may_see_approval(actor: Actor, row: Approval) -> bool:
    """Everybody of the party that decides; loading shows each only its own."""
    return actor.party_id == row.party_id


def may_decide_approval(actor: Actor, row: Approval) -> bool:
    """Who may decide about the party's money. That it is another person than who asked, the verb sees to."""
    return funds(actor) or may_operate(actor)


def may_set_limits(actor: Actor) -> bool:
    """Administrators."""
    return administers(actor)
