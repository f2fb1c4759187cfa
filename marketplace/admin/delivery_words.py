"""Work that gave up, as the operator reads it: what had happened, and what is not done about it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from marketplace.events import Event, EventDelivery
from marketplace.notifications.models import Mail

# By the name of the fact: every one that somebody reacts to.
HAPPENED = {
    "accounts.code_asked": _("Somebody asked for a six-digit code"),
    "accounts.email_changed": _("An e-mail address was changed"),
    "accounts.invited": _("Somebody was invited into a team"),
    "accounts.joined": _("Somebody joined a team"),
    "accounts.legal_text_published": _("A new version of your terms or privacy notice was published"),
    "accounts.legal_text_told": _("A new version of your terms or privacy notice was published"),
    "accounts.password_changed": _("A password was changed"),
    "affiliate.budget_short": _("A program’s budget does not cover what is due"),
    "affiliate.commission_paid": _("Commissions were paid"),
    "affiliate.enrolled": _("A creator joined an affiliate program"),
    "affiliate.enrolment_ended": _("A creator is no longer in an affiliate program"),
    "affiliate.enrolment_paused": _("An affiliate’s links were paused"),
    "affiliate.invited": _("Somebody was invited into an affiliate program"),
    "affiliate.join_requested": _("A creator asked to join an affiliate program"),
    "affiliate.statement_closed": _("An affiliate’s statement was closed"),
    "affiliate.terms_announced": _("A program announced new rates"),
    "brands.rename_asked": _("A brand asked for another name"),
    "brands.rename_refused": _("A brand’s new name was refused"),
    "brands.renamed": _("A brand changed its name"),
    "brands.verified": _("A brand was verified"),
    "briefs.closed": _("A brief was closed"),
    "briefs.creator_invited": _("A creator was invited to a brief"),
    "briefs.revised": _("A brief got new terms"),
    "collaborations.accepted": _("Two sides agreed on terms"),
    "collaborations.applied": _("A creator applied"),
    "collaborations.countered": _("A creator proposed other terms"),
    "collaborations.deal_active": _("Work on a deal may start"),
    "collaborations.deal_cancelled": _("A deal ended early"),
    "collaborations.deal_completed": _("A deal was completed"),
    "collaborations.declined": _("An application was declined"),
    "collaborations.expired": _("An application expired"),
    "collaborations.funding_due": _("A deal waits for the brand’s payment"),
    "collaborations.new_terms_accepted": _("A creator accepted a brief’s new terms"),
    "collaborations.offered": _("A brand made an offer"),
    "collaborations.old_terms_kept": _("A creator kept a brief’s earlier terms"),
    "collaborations.pay_due": _("A brand has to pay a creator directly"),
    "collaborations.shortlisted": _("A creator was put on a shortlist"),
    "collaborations.withdrawn": _("A creator took an application back"),
    "content.changes_requested": _("A brand asked for changes to a draft"),
    "content.confirmed": _("A post was confirmed"),
    "content.draft_approved": _("A draft was approved"),
    "content.draft_sent_back": _("A draft came back: its disclosure was not enough"),
    "content.draft_submitted": _("A draft was sent for review"),
    "content.post_refused": _("A brand said that a link does not show the post"),
    "content.published": _("A piece was published"),
    "contracts.drawn_up": _("A contract was drawn up"),
    "contracts.signed": _("A contract was signed"),
    "contracts.voided": _("A contract ended unsigned"),
    "creators.holiday_announced": _("A creator announced a holiday"),
    "deadlines.near": _("Less than a day of a clock was left"),
    "deadlines.passed": _("The time of a clock was up"),
    "messaging.sent": _("A message was written"),
    "payments.account_changed": _("A creator’s bank account at Stripe was changed"),
    "payments.account_ready": _("A creator’s payout account became ready"),
    "payments.account_restricted": _("Stripe paused payments to a creator"),
    "payments.approval_asked": _("Somebody asked a colleague to approve money"),
    "payments.approval_given": _("A colleague approved money"),
    "payments.approval_lapsed": _("Nobody approved money in time"),
    "payments.approval_refused": _("A colleague refused to approve money"),
    "payments.bank_payout_arrived": _("Money reached a creator’s bank at the second try"),
    "payments.bank_payout_failed": _("A creator’s bank sent money back"),
    "payments.became_owed": _("A creator owes what was taken back"),
    "payments.card_removed": _("A brand removed its last card"),
    "payments.chargeback_lost": _("A chargeback was lost"),
    "payments.chargeback_opened": _("A chargeback was opened"),
    "payments.chargeback_won": _("A chargeback was won"),
    "payments.differences_stood": _("Stripe and our books differed for too long"),
    "payments.direct_payment_answered": _("A payment made directly was answered"),
    "payments.direct_payment_recorded": _("A brand recorded a payment made directly"),
    "payments.freeze_began": _("A protected payment was frozen"),
    "payments.freeze_lifted": _("A protected payment moves again"),
    "payments.funded": _("A payment arrived and is protected"),
    "payments.funding_failed": _("A payment did not go through"),
    "payments.funding_pending": _("A bank was asked for a payment"),
    "payments.hold_due": _("A payment was held for so long that you must rule on it"),
    "payments.hold_expired": _("A payment may not be held any longer"),
    "payments.hold_warned": _("A payment was held for long"),
    "payments.limit_set": _("A limit for money was changed"),
    "payments.payout_let_through": _("A large payout was looked at and sent on"),
    "payments.payout_paid": _("A payout was paid"),
    "payments.payout_reviewed": _("A large payout waits for a look"),
    "payments.payout_stopped": _("A payout stopped"),
    "payments.payout_waiting": _("A payout waits for its creator"),
    "payments.payouts_halted": _("Payouts were halted"),
    "payments.payouts_resumed": _("Payouts run again"),
    "payments.protected_lost": _("A bank gave a protected payment back for good"),
    "payments.refund_came_back": _("A refund came back"),
    "payments.refund_paid_otherwise": _("A refund that came back was paid another way"),
    "payments.refunded": _("A payment was refunded"),
    "payments.set_off": _("A payout paid what its creator owed"),
    "payments.sweep_failed": _("Your bank sent earned fees back"),
    "payments.taken_back": _("Released pay was taken back"),
    "payments.tax_form_ending": _("A tax form ends within a month"),
    "payments.tax_form_signed": _("A tax form was signed"),
}

# By the reaction's name; those of `notifications` tell people, and are one sentence.
UNDONE = {
    "affiliate.reactions.ask": _("The affiliates’ clocks for accepting the rates do not run."),
    "affiliate.reactions.enrol": _("The creator is not in the program the deal names."),
    "affiliate.reactions.lapse": _("If it was for new rates, the affiliate was not paused."),
    "affiliate.reactions.note_paid": _("If it was for commissions, their statement does not show it."),
    "affiliate.reactions.release": _("If it was for a program’s budget, commissions that waited for it were not paid."),
    "affiliate.reactions.settle_directly": _("If it was for commissions, their statement does not show it."),
    "briefs.reactions.pause_unbacked": _("Its briefs still take applications, though nothing pays for them."),
    "collaborations.reactions.ask_again": _("If it was for a direct payment, the brand was not asked again."),
    "collaborations.reactions.end_held_too_long": _("The money was not split by the contract’s ladder."),
    "collaborations.reactions.end_of_application": _("What of the brief’s budget nobody needs any more stays in it."),
    "collaborations.reactions.end_of_brief": _("What of its budget nobody needs has not gone back to the brand."),
    "collaborations.reactions.end_of_waiting": _("What it leaves of the brief’s budget pays no other deal yet."),
    "collaborations.reactions.end_unfunded": _("If it was for a payment, the deal was not ended."),
    "collaborations.reactions.end_unpaid": _("The deal it paid for was not ended."),
    "collaborations.reactions.expire": _("If it was for an application, that was not ended."),
    "collaborations.reactions.fill_budget": _("If it was for a brief’s budget, deals that waited for it still wait."),
    "collaborations.reactions.freeze": _("The deal’s clocks still run."),
    "collaborations.reactions.fund": _("If it was for a deal, its work has not started."),
    "collaborations.reactions.go_on_waiting": _("The brand’s clock for paying stands still."),
    "collaborations.reactions.settle_directly": _("If it was for a deal, that does not show it."),
    "collaborations.reactions.unfreeze": _("The deal’s clocks stand still."),
    "collaborations.reactions.wait_for_bank": _("The brand’s clock for paying runs on while the bank decides."),
    "content.reactions.approve_by_silence": _("If it was for a review, the draft was not approved."),
    "content.reactions.confirm_by_silence": _("If it was for a post, that was not confirmed."),
    "content.reactions.drop": _("Its pieces still wait for drafts."),
    "content.reactions.plan": _("The deal has no pieces to work on."),
    "content.reactions.settle_waiting": _("Approved work that waited for it was not settled."),
    "contracts.reactions.draw_up": _("There is no contract to sign."),
    "contracts.reactions.end_unsigned": _("If it was for a signature, the deal was not ended."),
    "contracts.reactions.print_signed": _("No signed copy of the contract was kept."),
    "contracts.reactions.void": _("Its contract and its exclusivity still count."),
    "payments.reactions.ask_staff_again": _("If it was for a large payout, you were not asked again."),
    "payments.reactions.count_by_silence": _("If it was for a direct payment, that does not count as arrived."),
    "payments.reactions.give_back_to_the_first": _("If it was for an approval, that is not back with whoever asked."),
    "payments.reactions.send_let_through": _("The payout has not set off."),
    "payments.reactions.send_what_waited": _("Payouts that waited for it have not set off."),
    "rights.reactions.end": _("Its rights still count as granted."),
    "rights.reactions.grant": _("The rights it grants are not written down."),
    "rights.reactions.open_windows": _("The time of its rights has not begun."),
}
NOT_TOLD = _("Those it concerns were not told, or are still asked.")


def happened(row: Event) -> Any:
    """What the fact says, in words."""
    return HAPPENED.get(row.name, row.name)


def undone(row: EventDelivery) -> Any:
    """What is not done because this gave up."""
    return UNDONE.get(row.reaction, NOT_TOLD)


def mail_problem(row: Mail) -> Any:
    """Why a message was given up."""
    if (row.last_error or "").startswith("SMTPRecipientsRefused"):
        return _("The mail server refused this address.")
    return _("The mail server did not take it.")
