"""Releasing protected money: it becomes the payee's, less the platform's fee, for a reason with evidence.

`amount` is what leaves the protected money, `fee` the part of it the platform keeps; the payee gets
the difference. The ledger moves at once; the transfers follow by themselves (`payouts.py`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.books import chart, freezes, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.events import Released
from marketplace.payments.guards import approvals
from marketplace.payments.models import Payout, Transfer
from marketplace.payments.money_in import lots
from marketplace.payments.money_out import payouts
from marketplace.payments.states import PayoutState, TransferState

# What each reason must be proven by: the keys its evidence has (invariant B6). A statement's `month`, `2026-11`, may stand beside.
EVIDENCE = {
    "approved work": ("contract_id", "deliverable_ids"),
    "silence": ("contract_id", "deliverable_ids", "deadline_id"),
    "cancellation": ("contract_id", "rung"),
    "commission statement": ("statement_id",),
}
# Where people decided that money leaves: above the limit two of them (B13). Else a clock, the contract's ladder or
# the lines of a closed period decided.
BY_PEOPLE = "approved work"


def release(
    *, subject: UUID, payee: UUID, amount: Money, fee: Money, reason: str, evidence: dict[str, Any], key: str,
    by: Actor, though_frozen: bool = False,
) -> Payout:  # fmt: skip
    """Give `amount` of the subject's protected money to `payee`, less `fee`. The same `key` again returns the first.

    `though_frozen`: of what no bank holds, because it may not be held longer. Raises `ledger.Overdraft` when less is
    protected; `freezes.Frozen` while the subject stands still; ValueError for a reason without its evidence, or above the
    limit without a second approver; `ledger.KeyReused` when the key stood for another release.
    """
    _prove(reason, evidence)
    net = amount - fee
    if net.minor <= 0 or fee.minor < 0:
        raise ValueError("A release leaves something for the payee, and its fee is not negative.")
    if not (net.payable and fee.payable):
        raise ValueError(f"Stripe would refuse a part of {amount} less {fee}: with three decimals it takes tens only.")
    ledger.open_account(chart.protected(subject), amount.currency)
    if known := db.session.scalar(sa.select(Payout).where(Payout.key == key)):
        if (known.subject_id, known.payee_party_id, known.amount, known.fee) != (subject, payee, net, fee):
            raise ledger.KeyReused(f"The release {key} exists with other content.")
        return known
    if not though_frozen:
        freezes.refuse_if_frozen(subject)
    if reason == BY_PEOPLE or (reason == "silence" and by.kind != "clock"):
        approvals.refuse_unless_agreed(key, amount)
    with db.session.begin_nested():
        payout = _book(subject, payee, net, fee, reason, evidence, key, by)
    emit(Released(payout.id, payee, subject, net.minor, fee.minor, net.currency), by=by)
    approvals.overtake(key, by=by)
    payouts.start(payout)
    return payout


def release_batch(
    *, subject: UUID, payee: UUID, amount: Money, reason: str, evidence: dict[str, Any], key: str, by: Actor,
    fee: Money | None = None,
) -> Payout:  # fmt: skip
    """The same from a budget, for a statement whose lines are already added up; no fee unless one is given."""
    return release(
        subject=subject, payee=payee, amount=amount, fee=fee or Money.zero(amount.currency), reason=reason,
        evidence=evidence, key=key, by=by,
    )  # fmt: skip


def _prove(reason: str, evidence: dict[str, Any]) -> None:
    if reason not in EVIDENCE:
        raise ValueError(f"Nothing is released for {reason!r}.")
    lacking = [name for name in EVIDENCE[reason] if not evidence.get(name)]
    if lacking:
        raise ValueError(f"A release for {reason} needs {', '.join(lacking)}.")


def _book(
    subject: UUID, payee: UUID, net: Money, fee: Money, reason: str, evidence: dict[str, Any], key: str, by: Actor
) -> Payout:
    """The journal, the payout, and a transfer for each lot drawn on."""
    payout_id, gross = db.new_id(), net + fee
    legs = [debit(chart.protected(subject), gross), credit(chart.payable(payee, subject), net)]
    entry = Entry(
        key=f"release:{key}",
        kind="release",
        legs=[*legs, credit(chart.FEE_REVENUE, fee)] if fee else legs,
        reason=reason,
        subject_id=subject,
        evidence={**_plain(evidence), "payout_id": str(payout_id)},
    )
    payout = Payout(
        id=payout_id, key=key, subject_id=subject, payee_party_id=payee, amount_minor=net.minor,
        fee_minor=fee.minor, currency=net.currency, reason=reason, evidence=_plain(evidence),
        state=PayoutState.WAITING, journal_id=ledger.post(entry, by=by).id, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(payout)
    db.session.flush()
    shares = lots.draw(subject, gross, payout_id=payout.id)
    for (lot, _gross), share in zip(shares, net.split([part.minor for _lot, part in shares]), strict=True):
        if share:
            row = Transfer(
                id=db.new_id(), payout_id=payout.id, lot_id=lot.id, amount_minor=share.minor,
                currency=share.currency, state=TransferState.READY,
            )  # fmt: skip
            db.session.add(row)
    db.session.flush()
    return payout


def _plain(evidence: dict[str, Any]) -> dict[str, Any]:
    """Ids as text, for JSON."""
    return {
        name: [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
        for name, value in evidence.items()
    }
