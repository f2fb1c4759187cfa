"""Sending what is owed: one transfer for each lot a payout draws on, tied to that lot's charge.

A payout waits while its payee's account is not ready or a gate is closed (`gates.py`), or while the payer's bank holds a charge it draws on
(then only that charge's transfer waits), and sets off by itself. What the payee owes is set off first. On the way
out `payable` empties into `clearing:<transfer>`; when Stripe has done it, clearing empties into our
Stripe balance; when Stripe refuses, the first journal is reversed and the payout waits again.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db, jobs
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.payments import operations
from marketplace.payments.books import audit, balance, chart, freezes, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.events import PayoutPaid, PayoutStopped, PayoutWaiting
from marketplace.payments.guards import gates, withdrawals
from marketplace.payments.models import Journal, Lot, Payout, PayoutAccount, StripeOperation, Transfer
from marketplace.payments.money_out import netting, payout_accounts
from marketplace.payments.states import PAYOUT, TRANSFER, AccountState, OperationState, PayoutState, TransferState

NOT_READY = "insufficient_capabilities_for_transfer"


def start(payout: Payout) -> None:
    """Send a fresh payout if its payee's account is ready and no gate is closed; else say that it waits."""
    if payout_accounts.status(payout.payee_party_id) == AccountState.READY and gates.before(payout) is None:
        jobs.enqueue(send, payout.id)
    else:
        _say_that_it_waits(payout)


def _say_that_it_waits(payout: Payout) -> None:
    fact = PayoutWaiting(payout.id, payout.payee_party_id, payout.subject_id, payout.amount_minor, payout.currency)
    emit(fact, by=CLOCK)


@jobs.job
def send(payout_id: UUID) -> None:
    """Set a waiting payout's transfers off, if the account is ready and no halt stands."""
    payout = db.session.get(Payout, payout_id, with_for_update=True, populate_existing=True)
    if payout is None or payout.state != PayoutState.WAITING or audit.standing_halt():
        return
    account = payout_accounts.of(payout.payee_party_id)
    if account is None:
        return
    db.lock(account)  # of two payouts to one payee, the second counts the first
    if account.state != AccountState.READY or gates.before(payout):
        return
    _send(payout, account)


def send_all(party_id: UUID | None = None) -> int:
    """Line up every waiting payout whose payee's account is ready (of one party), if no gate is closed. Returns how many."""
    query = (
        sa.select(Payout)
        .join(PayoutAccount, PayoutAccount.party_id == Payout.payee_party_id)
        .where(Payout.state == PayoutState.WAITING, PayoutAccount.state == AccountState.READY)
        .order_by(Payout.id)
    )
    waiting = db.session.scalars(query.where(Payout.payee_party_id == party_id) if party_id else query).all()
    closed = {payee for payee in {one.payee_party_id for one in waiting} if gates.of_party(payee)}
    looked_at = withdrawals.standing([one.id for one in waiting])
    free = [one.id for one in waiting if one.payee_party_id not in closed and one.id not in looked_at][:500]
    for payout_id in free:
        jobs.enqueue(send, payout_id)
    return len(free)


def retry(payout: Payout, *, by: Actor) -> Payout:
    """Staff try a stopped payout again, under a new key: Stripe had refused, so nothing happened before.

    Raises `Refused` while the payee's account is not ready: a waiting payout sets off by itself once it is.
    """
    account = payout_accounts.of(payout.payee_party_id)
    if account is None or account.state != AccountState.READY:
        raise Refused(_("The payout account is not ready. Try again once it is; what only waits sets off by itself."))
    if gate := gates.before(payout):
        raise Refused(gate.says)
    advance(PAYOUT, payout, "send", by=by)
    _send_transfers(payout, account, _ready(payout))
    look_over(payout)
    return payout


def _send(payout: Payout, account: PayoutAccount) -> None:
    ready = _ready(payout)
    if not ready:
        return
    if withdrawals.review(payout):
        _say_that_it_waits(payout)
        return
    advance(PAYOUT, payout, "send", by=CLOCK)
    payout.sent_at = clock.now()
    _send_transfers(payout, account, ready)
    look_over(payout)


def _ready(payout: Payout) -> list[Transfer]:
    """What can leave now: not sent yet, and not of a charge that the payer's bank holds."""
    query = sa.select(Transfer).where(
        Transfer.payout_id == payout.id,
        Transfer.state == TransferState.READY,
        Transfer.lot_id.not_in(freezes.lots_at_the_bank()),
    )
    return list(db.session.scalars(query.order_by(Transfer.id)))


def _send_transfers(payout: Payout, account: PayoutAccount, ready: list[Transfer]) -> None:
    netting.set_off(payout, ready)
    for transfer in ready:
        if transfer.state != TransferState.READY:
            continue
        operation = operations.of("transfer", transfer.id)
        params = _params(transfer, payout, account)
        if operation is None:
            operation = operations.intend("transfer", transfer.id, params)
        else:
            operations.renew(operation, params)
        advance(TRANSFER, transfer, "send", by=CLOCK)
        ledger.post(
            Entry(
                key=_sending_key(operation),
                kind="sending",
                legs=[
                    debit(chart.payable(payout.payee_party_id, payout.subject_id), transfer.amount),
                    credit(chart.clearing(transfer.id), transfer.amount),
                ],
                reason="on its way to the payee's Stripe account",
                subject_id=payout.subject_id,
                evidence={"payout_id": str(payout.id), "transfer_id": str(transfer.id)},
            ),
            by=CLOCK,
        )


def _sending_key(operation: StripeOperation) -> str:
    return f"sending:{operation.row_id}:g{operation.generation}"


def _params(transfer: Transfer, payout: Payout, account: PayoutAccount) -> dict[str, Any]:
    return {
        "amount": transfer.amount_minor,
        "currency": transfer.currency.lower(),
        "destination": account.stripe_id,
        "source_transaction": db.session.get_one(Lot, transfer.lot_id).charge_id,
        "metadata": {"transfer": str(transfer.id), "payout": str(payout.id)},
        "expand": ["balance_transaction"],
    }


def _done(transfer_id: UUID, made: dict[str, Any]) -> None:
    """Stripe has moved it: clearing settles against our Stripe balance; the last one makes the payout paid."""
    transfer = db.session.get_one(Transfer, transfer_id)
    payout = db.lock(db.session.get_one(Payout, transfer.payout_id))
    advance(TRANSFER, transfer, "finish", by=CLOCK)
    transfer.stripe_id, transfer.done_at = made["id"], clock.now()
    transaction = made["balance_transaction"]
    journal = ledger.post(
        Entry(
            key=f"transfer:{made['id']}",
            kind="transfer",
            legs=[debit(chart.clearing(transfer.id), transfer.amount), balance.side(transaction)],
            reason="transferred to the payee's Stripe account",
            subject_id=payout.subject_id,
            evidence={
                "payout_id": str(payout.id),
                "transfer_id": str(transfer.id),
                "transfer": made["id"],
                "balance_transaction": transaction["id"],
            },
        ),
        by=CLOCK,
    )
    balance.mirror(transaction, journal.id)
    look_over(payout)


def look_over(payout: Payout) -> None:
    """Move a payout to what its transfers say: paid, taken back whole, or waiting again for those that could not leave."""
    db.session.flush()
    rows = db.session.execute(sa.select(Transfer.state, Transfer.amount_minor).where(Transfer.payout_id == payout.id))
    sent = [(TransferState(state), minor) for state, minor in rows]
    states = {state for state, _minor in sent}
    if TransferState.SENDING in states or payout.state in (PayoutState.PAID, PayoutState.WITHDRAWN):
        return
    if TransferState.READY in states:
        _move(payout, "wait")
    elif states == {TransferState.WITHDRAWN}:
        advance(PAYOUT, payout, "withdraw", by=CLOCK)
        withdrawals.drop(payout)
    else:
        arrived = sum(minor for state, minor in sent if state == TransferState.DONE)
        fact = PayoutPaid(payout.id, payout.payee_party_id, payout.subject_id, arrived, payout.currency)
        advance(PAYOUT, payout, "pay", by=CLOCK, fact=fact)
        payout.paid_at = clock.now()


def stop(payout: Payout) -> None:
    """Waiting does not mend it: staff look at it, and the payee is told."""
    if payout.state not in (PayoutState.WAITING, PayoutState.SENDING):
        return
    fact = PayoutStopped(payout.id, payout.payee_party_id, payout.subject_id, payout.amount_minor, payout.currency)
    advance(PAYOUT, payout, "stick", by=CLOCK, fact=fact)


def _refused(transfer_id: UUID, code: str | None) -> None:
    """Stripe said no: the money is owed again. A payout waits for its account, or for staff."""
    transfer = db.session.get_one(Transfer, transfer_id)
    payout = db.lock(db.session.get_one(Payout, transfer.payout_id))
    operation = operations.of("transfer", transfer_id)
    advance(TRANSFER, transfer, "return", by=CLOCK)
    if operation is not None:
        sending = db.session.scalars(sa.select(Journal).where(Journal.key == _sending_key(operation))).one()
        ledger.reverse(sending, reason=f"Stripe refused: {code}", by=CLOCK)
    if code != NOT_READY:
        stop(payout)
        return
    _move(payout, "wait")
    account = payout_accounts.of(payout.payee_party_id)
    if account is not None and account.state == AccountState.READY:
        jobs.enqueue(look_at_account, account.id)


def _move(payout: Payout, move: str) -> None:
    """Put a payout back unless another of its transfers already did."""
    if payout.state == PayoutState.SENDING:
        advance(PAYOUT, payout, move, by=CLOCK)


@jobs.job
def look_at_account(account_id: UUID) -> None:
    """Stripe refused a payee we thought ready: see what has changed."""
    payout_accounts.refresh(db.session.get_one(PayoutAccount, account_id))


operations.KINDS["transfer"] = operations.Kind(_done, _refused, pays=True)


def adopt(made: dict[str, Any]) -> Transfer | None:
    """Finish the call that made a transfer, known from the transfer's own mark: the answer to us was lost."""
    operation = operations.adopt(made, "transfer")
    if operation is None or operation.state == OperationState.REFUSED:
        return None
    return db.session.get(Transfer, operation.row_id)
