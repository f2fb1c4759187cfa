"""Journals, payouts and refunds as a person reads them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from marketplace.money import Money
from marketplace.payments.models import (
    BankPayout,
    Chargeback,
    DirectPayment,
    Funding,
    Journal,
    Payout,
    Recovery,
    Refund,
)
from marketplace.payments.states import (
    BankPayoutState,
    ChargebackState,
    FundingState,
    PayoutState,
    RecoveryState,
    RefundState,
)

_ = lazy_gettext

DIRECT = _("Paid directly by the brand, not a protected payment")
METHODS = {
    "bank_transfer": _("Bank transfer"),
    "payment_service": _("Payment service, such as PayPal"),
    "card": _("Card"),
    "cheque": _("Cheque"),
    "cash": _("Cash"),
    "other": _("Another way"),
}
DIRECT_STATES = {
    None: (_("Not confirmed yet"), "wait", "hourglass"),
    "arrived": (_("Arrived"), "good", "check"),
    "counted": (_("Counts as arrived"), "good", "check"),
    "missing": (_("Has not arrived"), "bad", "alert-circle"),
    "withdrawn": (_("Taken back"), "plain", "arrow-back-up"),
}
PAYOUT = {
    PayoutState.WAITING: (_("Waits; open it to see why"), "wait", "hourglass"),
    PayoutState.SENDING: (_("On its way"), "plain", "send"),
    PayoutState.STUCK: (_("Stopped; our staff look at it"), "bad", "alert-circle"),
    PayoutState.PAID: (_("Paid"), "good", "circle-check"),
    PayoutState.WITHDRAWN: (_("Taken back before it was sent"), "warn", "arrow-back-up"),
}
REFUND = {
    RefundState.SENDING: (_("On its way back"), "wait", "arrow-back-up"),
    RefundState.DONE: (_("Refunded"), "good", "circle-check"),
    RefundState.REFUSED: (_("Not possible; still protected"), "bad", "alert-circle"),
    RefundState.CAME_BACK: (_("Your bank sent it back; we still owe it to you"), "bad", "alert-circle"),
    RefundState.AGAIN: (_("Your bank sent it back; refunded once more"), "plain", "refresh"),
    RefundState.PAID: (_("Your bank sent it back; paid another way"), "good", "circle-check"),
}
RECOVERY = {
    RecoveryState.SENDING: (_("Asked back from Stripe"), "wait", "hourglass"),
    RecoveryState.DONE: (_("Taken back"), "plain", "arrow-back-up"),
    RecoveryState.OWED: (_("Open; next earnings pay it"), "warn", "clock"),
    RecoveryState.REFUSED: (_("Stripe said no; nothing was taken"), "bad", "alert-circle"),
}
CHARGEBACK = {
    ChargebackState.ASKED: (_("The bank asks; nothing was taken"), "wait", "info-circle"),
    ChargebackState.OPEN: (_("Taken back; our answer is due"), "bad", "alert-circle"),
    ChargebackState.ANSWERED: (_("Answered; the bank decides"), "wait", "hourglass"),
    ChargebackState.WON: (_("Won; protected again"), "good", "circle-check"),
    ChargebackState.LOST: (_("Lost; the card holder has it"), "warn", "circle-x"),
}
AT_BANK = {
    BankPayoutState.ON_ITS_WAY: (_("On its way to your bank"), "plain", "send"),
    BankPayoutState.PAID: (_("In your bank"), "good", "circle-check"),
    BankPayoutState.FAILED: (_("Your bank sent it back"), "bad", "alert-circle"),
    BankPayoutState.CANCELED: (_("Called back before it left"), "plain", "arrow-back-up"),
}
FUNDING = {
    FundingState.BEGUN: (_("Not paid yet"), "wait", "hourglass"),
    FundingState.OPEN: (_("Not paid yet"), "wait", "hourglass"),
    FundingState.PENDING: (_("Your bank has been asked; it takes about four working days"), "wait", "clock"),
    FundingState.FUNDED: (_("Protected payment"), "good", "shield-check"),
    FundingState.EXPIRED: (_("Closed unpaid"), "plain", "x"),
    FundingState.FAILED: (_("Failed; nothing was charged"), "bad", "alert-circle"),
}
REASON = {
    "approved work": _("The work was approved and published"),
    "silence": _("The review time passed without an answer, which counts as approval"),
    "cancellation": _("The deal was cancelled; this part was yours"),
    "commission statement": _("Commission from a monthly statement"),
}
JOURNAL = {
    "charge": (_("The brand’s payment arrived"), "shield-check", "good"),
    "release": (_("Released to you"), "lock-open", "good"),
    "sending": (_("Sent to Stripe"), "send", "plain"),
    "transfer": (_("In your Stripe account"), "wallet", "good"),
    "reversal": (_("Stripe could not take it; it is yours and waits here"), "arrow-back-up", "warn"),
    "refund": (_("Refunded"), "arrow-back-up", "plain"),
    "netting": (_("Set off against what you owed"), "scale", "plain"),
    "recovery": (_("Taken back by a ruling"), "gavel", "warn"),
}
# A journal in a sentence; the names are kinds of account, their amounts are put in.
MOVEMENT = {
    "charge": _("%(protected)s is protected from now on."),
    "release": _(
        "%(protected)s of protected payment: %(payable)s now belongs to you, %(fee_revenue)s is the platform’s fee."
    ),
    "sending": _("%(payable)s of what is owed to you has been handed to Stripe."),
    "transfer": _("%(clearing)s left the platform’s balance at Stripe and is in your Stripe account."),
    "reversal": _("%(payable)s is owed to you as before."),
    "refund": _("%(protected)s of protected payment went back to the payer."),
    "netting": _("%(payable)s of what is owed to you paid what had been taken back from you before."),
    "recovery": _("%(hers)s of yours and %(fee_revenue)s of the platform’s fee go back. The reason: %(reason)s"),
}
COMMISSION = "commission statement"
OF_BUDGET = _("%(payable)s of the program’s budget now belongs to you; nothing of it is a fee.")
STAFF_OF_BUDGET = _("%(payable)s of the program’s budget now belongs to the affiliate; nothing of it is a fee.")
# The same for staff, where it says "you" to the payee.
STAFF_JOURNAL = {
    "release": _("Released to the creator"),
    "transfer": _("In the creator’s Stripe account"),
    "reversal": _("Stripe could not take it; it is the creator’s and waits here"),
    "netting": _("Set off against what the creator owed"),
}
STAFF_MOVEMENT = {
    "release": _(
        "%(protected)s of protected payment: %(payable)s now belongs to the creator, %(fee_revenue)s is the platform’s fee."
    ),
    "sending": _("%(payable)s of what is owed to the creator has been handed to Stripe."),
    "transfer": _("%(clearing)s left the platform’s balance at Stripe and is in the creator’s Stripe account."),
    "reversal": _("%(payable)s is owed to the creator as before."),
    "netting": _("%(payable)s of what is owed to the creator paid what had been taken back before."),
    "recovery": _(
        "%(hers)s of the creator’s and %(fee_revenue)s of the platform’s fee go back. The reason: %(reason)s"
    ),
}
HALTED = {
    "title": _("Payouts are halted"),
    "text": _(
        "A check of the books found something wrong. Nothing leaves for Stripe until an administrator has looked."
    ),
    "action": _("See the ledger"),
}


HERS = ("payable", "receivable", "stripe_pending", "stripe_available")  # where a recovery takes the payee's part from


def state_of(payout: Payout) -> tuple[Any, str, str]:
    """Word, tone and icon of a payout's state."""
    return PAYOUT[PayoutState(payout.state)]


def state_of_direct(payment: DirectPayment) -> tuple[Any, str, str]:
    """Word, tone and icon of a payment made outside; its answers must be loaded."""
    return DIRECT_STATES[payment.answers[-1].word if payment.answers else None]


def state_of_refund(refund: Refund) -> tuple[Any, str, str]:
    """Word, tone and icon of a refund's state."""
    return REFUND[RefundState(refund.state)]


def state_of_recovery(row: Recovery) -> tuple[Any, str, str]:
    """Word, tone and icon of a recovery's state."""
    return RECOVERY[RecoveryState(row.state)]


def state_of_chargeback(row: Chargeback) -> tuple[Any, str, str]:
    """Word, tone and icon of a chargeback's state."""
    return CHARGEBACK[ChargebackState(row.state)]


def state_at_bank(row: BankPayout) -> tuple[Any, str, str]:
    """Word, tone and icon of a bank payout's state."""
    return AT_BANK[BankPayoutState(row.state)]


def state_of_funding(funding: Funding) -> tuple[Any, str, str]:
    """Word, tone and icon of a payment's state."""
    return FUNDING[FundingState(funding.state)]


def timeline(journals: list[Journal], reason: str = "", *, mine: bool = True) -> list[dict[str, Any]]:
    """What happened to the money of a payout made for `reason`, oldest first; `mine` when its payee reads it."""
    items = []
    for journal in journals:
        title, icon, tone = JOURNAL[journal.kind]
        if not mine:
            title = STAFF_JOURNAL.get(journal.kind, title)
        body = movement(journal, reason, mine=mine)
        items.append({"at": journal.occurred_at, "title": title, "icon": icon, "tone": tone, "body": body})
    return items


def movement(journal: Journal, reason: str = "", *, mine: bool = True) -> str:
    """A journal in one sentence, with the amounts of its postings; `reason` is its payout's."""
    currency = journal.postings[0].currency
    amounts = {kind: Money.zero(currency) for kind in ("protected", "payable", "fee_revenue", "clearing")}
    for posting in journal.postings:
        amounts[posting.account.kind] = posting.amount
    amounts["hers"] = next((amounts[kind] for kind in HERS if amounts.get(kind)), Money.zero(currency))
    words = {kind: amount.format() for kind, amount in amounts.items()}
    sentence = MOVEMENT[journal.kind] if mine else STAFF_MOVEMENT.get(journal.kind, MOVEMENT[journal.kind])
    if (journal.kind, reason) == ("release", COMMISSION) and not amounts["fee_revenue"]:
        sentence = OF_BUDGET if mine else STAFF_OF_BUDGET
    return str(sentence) % (words | {"reason": journal.reason})
