"""Setting what a payee owes off against what she is sent.

`receivable:<party>` holds what she was overpaid (a refund after release that her Stripe balance could
not cover). Each payout that sets off pays it first, lot by lot; what is set off stays on the
platform's balance, where the refund came from. Amounts on the transfer say it: `amount` is what is
sent, `netted` what was set off.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from marketplace.authz import CLOCK
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments.books import chart, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.events import SetOff
from marketplace.payments.models import Payout, Transfer
from marketplace.payments.states import TRANSFER


def owed(party_id: UUID, currency: str) -> Money:
    """What a party owes back now."""
    return ledger.balance(chart.receivable(party_id), currency)


def set_off(payout: Payout, transfers: Sequence[Transfer]) -> Money:
    """Take what the payee owes out of transfers that are about to leave. Returns how much that was."""
    if not owed(payout.payee_party_id, payout.currency):
        return Money.zero(payout.currency)
    ledger.open_account(chart.receivable(payout.payee_party_id), payout.currency)  # locks
    left = owed(payout.payee_party_id, payout.currency)
    total = Money.zero(payout.currency)
    for transfer in transfers:
        part = min(left, transfer.amount)
        if part:
            _take(payout, transfer, part)
            left, total = left - part, total + part
    if total:
        emit(SetOff(payout.id, payout.payee_party_id, payout.subject_id, total.minor, payout.currency), by=CLOCK)
    return total


def _take(payout: Payout, transfer: Transfer, part: Money) -> None:
    transfer.amount, transfer.netted = transfer.amount - part, transfer.netted + part
    ledger.post(
        Entry(
            key=f"netting:{transfer.id}:{transfer.netted_minor}",
            kind="netting",
            legs=[
                debit(chart.payable(payout.payee_party_id, payout.subject_id), part),
                credit(chart.receivable(payout.payee_party_id), part),
            ],
            reason="set off against what the payee owed",
            subject_id=payout.subject_id,
            evidence={"payout_id": str(payout.id), "transfer_id": str(transfer.id)},
        ),
        by=CLOCK,
    )
    if not transfer.amount:
        advance(TRANSFER, transfer, "net", by=CLOCK)
