"""Chargebacks at the card: the payer's bank takes a payment back, we answer, the bank decides.

Opened: the bank has the amount and Stripe a fee for the case (`chargeback_withheld`, `stripe_fees`); what of
the charge is still protected is held, transfers of its lot wait, and the deal it paid for is frozen. Won:
all of it moves again. Lost: what was held is gone for the payer's own subject; what had been released
already is the platform's loss (`chargeback_losses`), which staff may recover from the payee where the
contract says so (`recovery.take_back`); a transfer that had not left stops for staff.

What Stripe tells comes in any order and more than once: `settle` takes the dispute as it is now and only
moves forward, one journal per movement on our balance.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from marketplace import clock, db, deadlines, jobs
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import operations, stripe
from marketplace.payments.books import balance, chart, freezes, ledger
from marketplace.payments.books.ledger import Entry, Leg, credit, debit
from marketplace.payments.events import ChargebackLost, ChargebackOpened, ChargebackWon, ProtectedLost
from marketplace.payments.models import Chargeback, Funding, Journal, Lot, Payout, Transfer
from marketplace.payments.money_in import lot_holds, lots
from marketplace.payments.money_out import payouts
from marketplace.payments.states import CHARGEBACK, ChargebackState, PayoutState, TransferState

LONGEST = 20_000  # characters that Stripe takes as one text
WON = ("won", "warning_closed", "prevented")
LOST = ("lost",)
INQUIRY = "warning"  # how the states of an inquiry begin; nothing is taken yet
REASONS = {
    "fraudulent": lazy_gettext("The card holder says that somebody else made this payment."),
    "product_not_received": lazy_gettext("The card holder says that what was paid for was never delivered."),
    "product_unacceptable": lazy_gettext("The card holder says that what came is not what was agreed."),
    "duplicate": lazy_gettext("The card holder says that the card was charged twice."),
    "credit_not_processed": lazy_gettext("The card holder says that a refund is due."),
    "unrecognized": lazy_gettext("The card holder does not recognise the payment."),
}
ANSWER = deadlines.kind(
    "payments.answer_chargeback",
    days=7,
    asks="Answer the chargeback",
    silence="the bank decides without our side, nearly always for the card holder.",
)


def settle(found: dict[str, Any]) -> Chargeback | None:
    """Move a chargeback forward to what Stripe's dispute says. None when its charge is not one of ours (yet)."""
    lot = db.session.scalar(sa.select(Lot).where(Lot.charge_id == found["charge"]))
    if lot is None:
        return None
    ledger.open_account(chart.protected(lot.subject_id), lot.currency)  # locks: two messages at once make one row
    row = by_stripe_id(found["id"])
    row = db.lock(row) if row is not None else _begin(lot, found)
    if row.state == ChargebackState.ASKED and not found["status"].startswith(INQUIRY):
        _take(row, lot, found)
    for transaction in found.get("balance_transactions") or []:
        _book(row, transaction)
    _decide(row, found["status"])
    return row


def _decide(row: Chargeback, status: str) -> None:
    undecided = row.state in (ChargebackState.ASKED, *freezes.UNDECIDED)
    if undecided and status in WON:
        _win(row)
    elif row.state in freezes.UNDECIDED and status in LOST:
        _lose(row)
    elif row.state == ChargebackState.OPEN and status == "under_review":
        advance(CHARGEBACK, row, "answer", by=CLOCK, room_id=row.subject_id)
        deadlines.meet(ANSWER, ("chargeback", row.id), by=CLOCK)


def by_stripe_id(stripe_id: str) -> Chargeback | None:
    """The chargeback with this dispute's id at Stripe."""
    return db.session.scalar(sa.select(Chargeback).where(Chargeback.stripe_id == stripe_id))


def _begin(lot: Lot, found: dict[str, Any]) -> Chargeback:
    payer = db.session.get_one(Funding, lot.funding_id).payer_party_id
    row = Chargeback(
        id=db.new_id(), stripe_id=found["id"], lot_id=lot.id, subject_id=lot.subject_id, payer_party_id=payer,
        amount_minor=found["amount"], currency=found["currency"].upper(), reason=found["reason"],
        state=ChargebackState.ASKED, withheld_minor=0, reinstated_minor=0, fee_minor=0, lost_minor=0,
        answer_by=_due(found), opened_at=stripe.moment(found["created"]),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _start_clock(row)
    return row


def _due(found: dict[str, Any]) -> datetime | None:
    due = (found.get("evidence_details") or {}).get("due_by")
    return stripe.moment(due) if due else None


def _take(row: Chargeback, lot: Lot, found: dict[str, Any]) -> None:
    """The bank takes the money (at once, or after asking): everything of the charge that is still here stands still."""
    fact = ChargebackOpened(row.id, row.subject_id, row.payer_party_id, row.amount_minor, row.currency)
    advance(CHARGEBACK, row, "take", by=CLOCK, fact=fact)
    row.answer_by, row.amount_minor = _due(found), found["amount"]
    db.session.flush()
    subjects = {lot.subject_id, *(subject for subject, _left in lots.holders(lot))}
    subjects.update(lot_holds.cover(lot.id, by=CLOCK))
    if db.session.get_one(Funding, lot.funding_id).purpose == "budget":
        subjects.remove(lot.subject_id)  # its other charges pay on
    for subject in sorted(subjects):
        freezes.begin(subject, why="chargeback", ref=row.id, by=CLOCK)
    _start_clock(row)


def _start_clock(row: Chargeback) -> None:
    """The staff's clock ends when Stripe's does."""
    settings = people.instance()
    if settings is None or row.answer_by is None:
        return
    operator = db.session.get_one(Party, settings.operator_party_id)
    subject = ("chargeback", row.id)
    running = deadlines.live(ANSWER, subject) or deadlines.start(
        ANSWER, owner=operator.id, subject=subject, zone=operator.zone, by=CLOCK
    )
    running.due_at = row.answer_by


def _book(row: Chargeback, transaction: dict[str, Any]) -> None:
    """One movement on our balance: the bank took the money, or gave it back. Once, whoever tells it."""
    amount, fee = (Money(transaction[name], row.currency) for name in ("amount", "fee"))
    key = f"chargeback:{transaction['id']}"
    legs: list[Leg] = [balance.side(transaction)] if transaction["net"] else []
    target = chart.CHARGEBACK_LOSSES if row.state == ChargebackState.LOST else chart.CHARGEBACK_WITHHELD
    if amount:
        legs.append(credit(target, amount) if amount.minor > 0 else debit(target, -amount))
    if fee:
        legs.append(debit(chart.STRIPE_FEES, fee) if fee.minor > 0 else credit(chart.STRIPE_FEES, -fee))
    if db.session.scalar(sa.select(Journal.id).where(Journal.key == key)) is not None:
        return
    journal = ledger.post(
        Entry(
            key=key,
            kind="chargeback_returned" if amount.minor > 0 else "chargeback",
            legs=legs,
            reason="the payer's bank took the payment back" if amount.minor < 0 else "the payer's bank gave it back",
            subject_id=row.subject_id,
            evidence={"chargeback_id": str(row.id), "dispute": row.stripe_id, "balance_transaction": transaction["id"]},
            occurred_at=stripe.moment(transaction["created"]),
        ),
        by=CLOCK,
    )
    balance.mirror(transaction, journal.id)
    row.fee_minor += fee.minor
    if amount.minor < 0:
        row.withheld_minor -= amount.minor
    else:
        row.reinstated_minor += amount.minor
    db.session.flush()


def _win(row: Chargeback) -> None:
    fact = ChargebackWon(row.id, row.subject_id, row.payer_party_id, row.amount_minor, row.currency)
    advance(CHARGEBACK, row, "win", by=CLOCK, fact=fact)
    _close(row)
    lot_holds.free(row)
    freezes.lift(row.id, by=CLOCK)
    for payout in _waiting(row):
        jobs.enqueue(payouts.send, payout.id)


def _lose(row: Chargeback) -> None:
    """What was held pays for it; the rest is the platform's loss. Nothing is taken from a payee without a ruling."""
    lot_holds.cover(row.lot_id, by=CLOCK)
    lost = lot_holds.lose(row, by=CLOCK)
    row.lost = sum((part for _subject, part in lost), Money.zero(row.currency))
    _bear(row, row.withheld - Money(row.reinstated_minor, row.currency) - row.lost)
    fact = ChargebackLost(row.id, row.subject_id, row.payer_party_id, row.amount_minor, row.lost_minor, row.currency)
    advance(CHARGEBACK, row, "lose", by=CLOCK, fact=fact)
    _close(row)
    for subject, part in lost:
        emit(ProtectedLost(row.id, subject, row.payer_party_id, part.minor, part.currency), by=CLOCK)
    for payout in _waiting(row):
        payouts.stop(payout)
    freezes.lift(row.id, by=CLOCK)


def _bear(row: Chargeback, rest: Money) -> None:
    """What had been released already is the platform's loss."""
    if not rest:
        return
    legs = [debit(chart.CHARGEBACK_LOSSES, rest), credit(chart.CHARGEBACK_WITHHELD, rest)]
    if rest.minor < 0:  # more was held than the bank took: a refund and the chargeback took different parts
        legs = [debit(chart.CHARGEBACK_WITHHELD, -rest), credit(chart.CHARGEBACK_LOSSES, -rest)]
    entry = Entry(
        key=f"chargeback-lost:{row.id}",
        kind="chargeback_lost",
        legs=legs,
        reason="lost at the card, after it was released",
        subject_id=row.subject_id,
        evidence={"chargeback_id": str(row.id)},
    )
    ledger.post(entry, by=CLOCK)


def _close(row: Chargeback) -> None:
    row.closed_at = clock.now()
    deadlines.cancel(ANSWER, ("chargeback", row.id), by=CLOCK)


def _waiting(row: Chargeback) -> list[Payout]:
    """Payouts with a transfer of this lot that has not left."""
    ids = sa.select(Transfer.payout_id).where(Transfer.lot_id == row.lot_id, Transfer.state == TransferState.READY)
    query = sa.select(Payout).where(Payout.id.in_(ids), Payout.state == PayoutState.WAITING).order_by(Payout.id)
    return list(db.session.scalars(query.with_for_update()))


def answer(row: Chargeback, text: str, *, by: Actor) -> Chargeback:
    """Send our side to the bank, once and for all. Raises `Refused` when it is decided or the time is over."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        sentence = _("Write what we hold, in at most %(n)s characters.", n=LONGEST)
        raise Refused(sentence, status=422, field="text")
    db.lock(row)
    if row.state == ChargebackState.ASKED:
        raise Refused(_("The bank only asks. Talk to the payer, or answer in Stripe’s dashboard; nothing was taken."))
    if row.state != ChargebackState.OPEN or row.evidence_sent_at is not None:
        raise Refused(_("This chargeback has been answered already, or the bank has decided."))
    if row.answer_by is not None and row.answer_by <= clock.now():
        raise Refused(_("The bank’s time for answers is over."))
    row.evidence, row.evidence_sent_at, row.evidence_by_user_id = text, clock.now(), by.user_id
    params = {"dispute": row.stripe_id, "evidence": {"uncategorized_text": text}, "submit": True}
    operation = operations.of("dispute_evidence", row.id)
    if operation is None:
        operations.intend("dispute_evidence", row.id, params)
    else:
        operations.renew(operation, params)
    return row


def _sent(chargeback_id: UUID, found: dict[str, Any]) -> None:
    settle(found)


def _not_taken(chargeback_id: UUID, code: str | None) -> None:
    """Stripe did not take the answer: it can be sent again while there is time."""
    db.session.get_one(Chargeback, chargeback_id).evidence_sent_at = None


operations.KINDS["dispute_evidence"] = operations.Kind(_sent, _not_taken)


def words_of(row: Chargeback) -> Any:
    """What the card holder says, in a sentence."""
    return REASONS.get(row.reason, lazy_gettext("The card holder disputes this payment."))
