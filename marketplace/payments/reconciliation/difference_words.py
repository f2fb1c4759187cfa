"""What probably caused a difference, and what to do, as staff read it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

_ = lazy_gettext

# Cause: what it probably is, and who does what next.
CAUSES: dict[str, tuple[Any, Any]] = {
    "unheard": (
        _("A payment of ours whose message has not reached us, or has not been worked on"),
        _("Stripe’s list of messages is read every ten minutes and the payment booked then. If it stays, look at the "
          "messages we could not work on, on the ledger’s page."),
    ),
    "outstanding": (
        _("Our own call: Stripe did it, and its answer has not reached us"),
        _("We ask again by ourselves every few minutes and book it with the answer."),
    ),
    "refused": (
        _("Our own call, which Stripe told us it had refused, and did all the same"),
        _("The money is owed here as well as sent there. Halt payouts, and ask Stripe’s support with this id."),
    ),
    "stray_payment": (
        _("A payment made at Stripe and not through this portal: a payment link, an invoice, the dashboard"),
        _("Find out who paid for what. If it was for a deal, refund it in Stripe’s dashboard and let the brand pay here. Book it "
          "as the platform’s own money, and the refund too."),
    ),
    "stray_transfer": (
        _("A transfer made by hand in Stripe’s dashboard, or by another program with our key"),
        _("Ask who made it. If nobody did, change the key. Book it, and what comes back if you reverse it in Stripe’s dashboard."),
    ),
    "stray_refund": (
        _("A refund made in Stripe’s dashboard"),
        _("The brand has the money back, and here it is still protected and could be released. Settle which is true "
          "before the deal goes on: book it out of what is protected, or let the platform bear it."),
    ),
    "stray_payout": (
        _("Money left for the platform’s bank by itself or by hand"),
        _("Set payouts to manual in Stripe’s settings: protected money must not leave. Pay back into the balance what was not "
          "the platform’s own, and book both."),
    ),
    "came_back": (
        _("A transfer was taken back at Stripe, not by this portal"),
        _("The creator has been sent less than our books say. Ask who reversed it, and why. Was it a mistake, send the same "
          "amount to the creator again in Stripe’s dashboard and compare; then book it."),
    ),
    "refund_failed": (
        _("The brand’s bank sent a refund back to Stripe"),
        _("It is booked back by itself within the hour and owed to the brand; the page Money lists it with its next step. What was "
          "refunded by hand is booked by hand."),
    ),
    "payout_failed": (
        _("The platform’s bank sent a payout back to Stripe"),
        _("Look at the bank account in Stripe’s settings."),
    ),
    "bank": (
        _("A bank took a card payment back, or gave it back"),
        _("The dispute’s message books it. If it stays, look at disputes in Stripe’s dashboard, and book it if it is none."),
    ),
    "fee": (
        _("A fee that Stripe took from the balance by itself"),
        _("It is the platform’s cost. Book it with the month’s invoice from Stripe."),
    ),
    "topup": (
        _("The platform paid into its own balance at Stripe"),
        _("Nobody’s money but the platform’s. Book it as such."),
    ),
    "unknown": (
        _("A movement of a kind this portal does not know"),
        _("Look it up by its id in Stripe’s dashboard, and book it as what it is."),
    ),
    "vanished": (
        _("Our books have a movement that Stripe does not"),
        _("Was the key changed to another Stripe account, or the database restored elsewhere? Send nothing until it is clear."),
    ),
    "missing": (
        _("Stripe told us it was done, and now does not have it"),
        _("Was the key changed to another Stripe account? Send nothing until it is clear."),
    ),
    "changed": (
        _("Stripe lists another amount than it first told us"),
        _("Ask Stripe’s support with this id; a movement’s amount should never change."),
    ),
    "amount": (
        _("Stripe and our books have different amounts for the same thing"),
        _("Compare both sides, and correct our books by a reversing journal if they are wrong."),
    ),
    "destination": (
        _("The transfer went to another account than the one we named"),
        _("Reverse it in Stripe’s dashboard and find out who changed it."),
    ),
    "no_movement": (
        _("A journal moved our balance at Stripe, and nothing moved there"),
        _("Find out who booked it and reverse it. The checks of the ledger name it too."),
    ),
    "balance": (
        _("The two balances differ by more than the differences listed explain"),
        _("Compare from the beginning: flask stripe reconcile --days 3650."),
    ),
    "split": (
        _("Both sides hold the same, divided differently between pending and available"),
        _("Stripe may hold money back longer than it first said. Look at the balance’s page in Stripe’s dashboard."),
    ),
}  # fmt: skip
TYPES: dict[str, Any] = {
    "balance": _("Balance"),
    "charge": _("Payment"),
    "payment": _("Payment"),
    "transfer": _("Transfer"),
    "refund": _("Refund"),
    "payment_refund": _("Refund"),
    "payout": _("Payout to the bank"),
    "platform_payout": _("Payout to the bank"),
    "payout_failure": _("Payout sent back"),
    "transfer_refund": _("Transfer taken back"),
    "transfer_reversal": _("Transfer taken back"),
    "refund_failure": _("Refund sent back"),
    "adjustment": _("Adjustment"),
    "stripe_fee": _("Fee"),
    "topup": _("Top-up"),
}


def kind(type: str) -> Any:
    """What a movement or object is called; Stripe's own word where we have none."""
    return TYPES.get(type, type.replace("_", " ").capitalize())
