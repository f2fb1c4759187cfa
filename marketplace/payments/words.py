"""Journals, payouts and refunds as a person reads them."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

from marketplace.payments.models import Journal, Payout, Posting, Refund
from marketplace.payments.states import PayoutState, RefundState

_ = lazy_gettext

PAYOUT = {
    PayoutState.WAITING: (_("Waits for your payout account"), "wait", "hourglass"),
    PayoutState.SENDING: (_("On its way"), "plain", "send"),
    PayoutState.STUCK: (_("Stopped; our staff look at it"), "bad", "alert-circle"),
    PayoutState.PAID: (_("Paid"), "good", "circle-check"),
}
REFUND = {
    RefundState.SENDING: (_("On its way back"), "wait", "arrow-back-up"),
    RefundState.DONE: (_("Refunded"), "good", "circle-check"),
    RefundState.REFUSED: (_("Not possible; still protected"), "bad", "alert-circle"),
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
}
ACCOUNT = {
    "stripe_pending": _("the platform’s balance at Stripe"),
    "stripe_available": _("the platform’s balance at Stripe"),
    "protected": _("protected payment"),
    "payable": _("what is owed to you"),
    "clearing": _("on its way"),
    "fee_revenue": _("the platform’s fee"),
    "stripe_fees": _("Stripe’s fee, paid by the platform"),
}


def state_of(payout: Payout) -> tuple[Any, str, str]:
    """Word, tone and icon of a payout's state."""
    return PAYOUT[PayoutState(payout.state)]


def state_of_refund(refund: Refund) -> tuple[Any, str, str]:
    """Word, tone and icon of a refund's state."""
    return REFUND[RefundState(refund.state)]


def timeline(journals: list[Journal]) -> list[dict[str, Any]]:
    """What happened to the money, oldest first, each step opening into its postings."""
    items = []
    for journal in journals:
        title, icon, tone = JOURNAL[journal.kind]
        items.append({"at": journal.occurred_at, "title": title, "icon": icon, "tone": tone, "body": movement(journal)})
    return items


def movement(journal: Journal) -> str:
    """A journal in one sentence: out of what, into what."""
    out = [_leg(p) for p in journal.postings if _leaves(p)]
    into = [_leg(p) for p in journal.postings if not _leaves(p)]
    if not out:  # money from outside: the payer's own card
        return gettext("Into %(into)s.", into="; ".join(into))
    return gettext(
        "Out of %(out)s; into %(into)s.", out="; ".join(out), into="; ".join(into) or gettext("your account")
    )


def _leaves(posting: Posting) -> bool:
    return posting.side != posting.account.normal


def _leg(posting: Posting) -> str:
    name = str(ACCOUNT.get(posting.account.kind, posting.account.kind))
    return f"{name} {posting.amount.format()}"
