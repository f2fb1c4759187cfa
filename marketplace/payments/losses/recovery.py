"""Taking released money back, by a ruling: from the payee's Stripe balance, lot by lot, then on to the payer.

What has not left yet is taken out of the payout. What has is asked back from Stripe by a transfer
reversal; when the payee's balance there is short, she owes it (`receivable:<party>`) and later earnings
pay it (`netting.py`), so that the payer never waits for her. The platform gives its fee back in
proportion. With purpose refund the money is protected again for a moment and goes back on the charge it
came from; on a charge that was lost at the card (purpose chargeback) it covers what the platform lost.

`amount` of a row is the payee's part, `fee` the platform's; all rows of a transfer together never exceed
what it carried, so refund and chargeback on one charge never take the same money twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.forms import last_digit
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import operations
from marketplace.payments.books import balance, chart, freezes, ledger
from marketplace.payments.books.ledger import Entry, Leg, credit, debit
from marketplace.payments.events import BecameOwed, TakenBack
from marketplace.payments.models import Chargeback, Lot, LotDraw, Payout, Recovery, Transfer
from marketplace.payments.money_in import lot_holds, refunds
from marketplace.payments.money_out import payouts
from marketplace.payments.states import RECOVERY, TRANSFER, ChargebackState, RecoveryState, TransferState

SHORT = "balance_insufficient"
GROSS = Recovery.amount_minor + Recovery.fee_minor


@dataclass(frozen=True)
class Left:
    """What of a payout's share from one lot can still be taken back: `gross` with the platform's fee in it.

    `whole` is the gross that was released, `taken` what of it was taken before. `purpose` says where it goes: on
    a charge that was lost at the card it covers the platform's loss, and no more than that.
    """

    transfer: Transfer
    lot: Lot
    whole: Money
    taken: Money
    gross: Money
    purpose: str

    def part(self, gross: Money) -> Money:
        """The payee's part of the next `gross` taken: rounded over all that is taken, so that nothing drifts."""
        share = self.transfer.amount + self.transfer.netted + self.transfer.withdrawn
        return _portion(share, self.taken + gross, self.whole) - _portion(share, self.taken, self.whole)


def _portion(share: Money, gross: Money, whole: Money) -> Money:
    return share.part(Fraction(gross.minor, whole.minor))


def left_of(payout: Payout) -> list[Left]:
    """What can still be taken back of a payout, oldest lot first."""
    rows = db.session.execute(
        sa.select(Transfer, Lot).join(Lot, Lot.id == Transfer.lot_id).where(Transfer.payout_id == payout.id)
    ).all()
    found = [_left(payout, transfer, lot) for transfer, lot in sorted(rows, key=lambda row: row.Lot.id)]
    return [one for one in found if one.gross]


def _left(payout: Payout, transfer: Transfer, lot: Lot) -> Left:
    drawn = _sum(
        LotDraw.amount_minor, LotDraw.payout_id == payout.id, LotDraw.lot_id == lot.id, LotDraw.amount_minor > 0
    )
    taken = _sum(GROSS, Recovery.transfer_id == transfer.id, Recovery.state != RecoveryState.REFUSED)
    left, purpose = drawn - taken, "refund"
    lost = (Chargeback.lot_id == lot.id, Chargeback.state == ChargebackState.LOST)
    if db.session.scalar(sa.select(Chargeback.id).where(*lost).limit(1)) is not None:
        borne = _sum(Chargeback.withheld_minor - Chargeback.reinstated_minor - Chargeback.lost_minor, *lost)
        back = (Recovery.lot_id == lot.id, Recovery.purpose == "chargeback", Recovery.state != RecoveryState.REFUSED)
        left, purpose = min(left, max(0, borne - _sum(GROSS, *back))), "chargeback"
    whole, before, rest = (Money(minor, payout.currency) for minor in (drawn, taken, left))
    return Left(transfer, lot, whole, before, rest, purpose)


def _sum(column: Any, *where: Any) -> int:
    return int(db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(column), 0)).where(*where)) or 0)


def most(payout: Payout) -> Money:
    """The most that can still be taken back of a payout, the platform's fee included."""
    return sum((one.gross for one in left_of(payout)), Money.zero(payout.currency))


def take_back(payout: Payout, amount: Money, *, reason: str, key: str, by: Actor) -> list[Recovery]:
    """Take `amount` (fee included) of a payout back, oldest lot first. `reason` is read by both sides.

    The same `key` again returns the first rows. Raises `Refused` when less is left, when a transfer is on its way at
    this moment, or when the payer's bank holds the charge.
    """
    db.lock(payout)
    known = list(db.session.scalars(sa.select(Recovery).where(Recovery.request_key == key).order_by(Recovery.id)))
    if known:
        return known
    shares = refuse_unless_possible(payout, amount, reason)
    with db.session.begin_nested():
        rows = [_begin(payout, one, share, reason.strip(), key, by) for one, share in shares]
        payouts.look_over(payout)
    taken = sum((row.amount for row in rows), Money.zero(payout.currency))
    fact = TakenBack(payout.id, payout.payee_party_id, payout.subject_id, taken.minor, payout.currency, reason.strip())
    emit(fact, by=by)
    return rows


def refuse_unless_possible(payout: Payout, amount: Money, reason: str) -> list[tuple[Left, Money]]:
    """What `take_back` would take from which lot. Raises `Refused` where it would."""
    if not reason.strip():
        raise Refused(_("Say why. Both sides will read it."), status=422, field="reason")
    shares = _shares(left_of(payout), amount)
    _refuse_at_the_bank([one.lot for one, _share in shares])
    return shares


def by_hand(
    transfer: Transfer, part: Money, reversal: str, transaction: dict[str, Any], *, reason: str, by: Actor
) -> Recovery:  # fmt: skip
    """Note that `part` of a transfer was reversed at Stripe and not here, as if it had been ruled so: the platform gives
    its fee for it, and the payer gets both. Raises `Refused` when less is left of the transfer.
    """
    payout = db.lock(db.session.get_one(Payout, transfer.payout_id))
    left = next((one for one in left_of(payout) if one.transfer.id == transfer.id), None)
    gross = _gross_of(left, part) if left else None
    if left is None or gross is None:
        raise Refused(_("Less than that is left of this transfer in our books. Look at its payout first."))
    row = _row(payout, left, gross, reason, f"by-hand:{reversal}")
    row.stripe_id, row.how = reversal, "reversal"
    _book(
        row, [balance.side(transaction)], "finish", by, {"reversal": reversal, "balance_transaction": transaction["id"]}
    )
    emit(TakenBack(payout.id, payout.payee_party_id, payout.subject_id, part.minor, payout.currency, reason), by=by)
    return row


def _gross_of(left: Left, part: Money) -> Money | None:
    """The gross whose payee's part this is; the part grows with the gross, by one minor unit at most."""
    low, high = 0, left.gross.minor
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if left.part(Money(middle, part.currency)) < part else (low, middle)
    gross = Money(low, part.currency)
    return gross if left.part(gross) == part else None


def _shares(lots: Sequence[Left], amount: Money) -> list[tuple[Left, Money]]:
    most = sum((one.gross for one in lots), Money.zero(amount.currency))
    if amount.minor <= 0 or amount > most:
        sentence = _("At most %(most)s of this can still be taken back.", most=most.format())
        raise Refused(sentence, status=422, field="amount")
    if not amount.payable:
        raise Refused(last_digit(amount.currency), status=422, field="amount")
    left, shares = amount, []
    for one in lots:
        share = min(left, one.gross)
        if share:
            shares.append((one, share))
            left = left - share
    if any(one.transfer.state == TransferState.SENDING for one, _share in shares):
        raise Refused(_("Stripe is sending this money at this moment. Try again in a minute."))
    return shares


def _refuse_at_the_bank(lots: Sequence[Lot]) -> None:
    held = set(db.session.scalars(freezes.lots_at_the_bank()))
    if any(lot.id in held for lot in lots):
        raise Refused(_("The payer’s bank has taken this payment back already. Nothing can be refunded on it now."))


def _row(payout: Payout, left: Left, gross: Money, reason: str, key: str) -> Recovery:
    part = left.part(gross)
    row = Recovery(
        id=db.new_id(), request_key=key, payout_id=payout.id, transfer_id=left.transfer.id, lot_id=left.lot.id,
        subject_id=payout.subject_id, payee_party_id=payout.payee_party_id, amount_minor=part.minor,
        fee_minor=(gross - part).minor, currency=gross.currency, reason=reason, purpose=left.purpose,
        state=RecoveryState.SENDING, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def _begin(payout: Payout, left: Left, gross: Money, reason: str, key: str, by: Actor) -> Recovery:
    row = _row(payout, left, gross, reason, key)
    part, transfer = row.amount, left.transfer
    if transfer.state == TransferState.READY or not part:
        _take_unsent(row, transfer, by)
    elif part <= _reversible(transfer, row):
        operations.intend("transfer_reversal", row.id, _params(row, transfer))
    else:
        _owe(row, by)
    return row


def _reversible(transfer: Transfer, row: Recovery) -> Money:
    """What Stripe still has of a transfer at the payee's: what was set off or withdrawn never got there."""
    back = _sum(
        Recovery.amount_minor,
        Recovery.transfer_id == transfer.id,
        Recovery.id != row.id,
        sa.or_(Recovery.state == RecoveryState.SENDING, Recovery.how == "reversal"),
    )
    sent = transfer.amount if transfer.state == TransferState.DONE else Money.zero(transfer.currency)
    return sent - Money(back, transfer.currency)


def _params(row: Recovery, transfer: Transfer) -> dict[str, Any]:
    return {
        "transfer": transfer.stripe_id,
        "amount": row.amount_minor,
        "metadata": {"recovery": str(row.id)},
        "expand": ["balance_transaction"],
    }


def _take_unsent(row: Recovery, transfer: Transfer, by: Actor) -> None:
    """It has not left: out of the transfer, out of what is owed to her."""
    transfer.amount, transfer.withdrawn = transfer.amount - row.amount, transfer.withdrawn + row.amount
    if not transfer.amount and transfer.state == TransferState.READY:
        advance(TRANSFER, transfer, "withdraw", by=by)
    row.how = "unsent"
    legs = [debit(chart.payable(row.payee_party_id, row.subject_id), row.amount)] if row.amount else []
    _book(row, legs, "finish", by)


def _owe(row: Recovery, by: Actor) -> None:
    """Her balance at Stripe does not cover it: the platform advances it, later earnings pay it."""
    row.how = "receivable"
    _book(row, [debit(chart.receivable(row.payee_party_id), row.amount)], "owe", by)
    fact = BecameOwed(row.id, row.payee_party_id, row.subject_id, row.amount_minor, row.currency)
    emit(fact, by=by)


def _book(row: Recovery, legs: list[Leg], move: str, by: Actor, told: dict[str, str] | None = None) -> UUID:
    """One journal: what comes back with the fee's part, to protected money or against the loss; then on to the payer."""
    legs = [*legs, debit(chart.FEE_REVENUE, row.fee)] if row.fee else legs
    refund = row.purpose == "refund"
    target = chart.protected(row.subject_id) if refund else chart.CHARGEBACK_LOSSES
    evidence = {"payout_id": str(row.payout_id), "recovery_id": str(row.id), **(told or {})}
    journal = ledger.post(
        Entry(
            key=f"recovery:{row.id}",
            kind="recovery",
            legs=[*legs, credit(target, row.gross)],
            reason=row.reason,
            subject_id=row.subject_id,
            evidence=evidence,
        ),
        by=by,
    )
    advance(RECOVERY, row, move, by=by, room_id=row.subject_id)
    row.done_at = clock.now()
    if refund:
        _give_to_the_payer(row, by)
    return journal.id


def _give_to_the_payer(row: Recovery, by: Actor) -> None:
    """Back into its lot, and from there back on its charge; unless the payer's bank took the charge meanwhile."""
    lot = db.session.get_one(Lot, row.lot_id)
    draw = LotDraw(
        id=db.new_id(), lot_id=lot.id, payout_id=row.payout_id, amount_minor=-row.gross.minor, created_at=clock.now()
    )
    db.session.add(draw)
    db.session.flush()
    if lot_holds.chargeback_of(lot.id) is not None:
        lot_holds.cover(lot.id, by=by)
        return
    refunds.of_lot(lot, row.subject_id, row.gross, reason=row.reason, key=f"recovery:{row.id}", by=by)


def _made(recovery_id: UUID, made: dict[str, Any]) -> None:
    row = db.session.get_one(Recovery, recovery_id)
    transaction = made["balance_transaction"]
    row.stripe_id, row.how = made["id"], "reversal"
    told = {"reversal": made["id"], "balance_transaction": transaction["id"]}
    balance.mirror(transaction, _book(row, [balance.side(transaction)], "finish", CLOCK, told))


def _refused(recovery_id: UUID, code: str | None) -> None:
    """Short of money at Stripe, she owes it. Any other refusal is for staff: nothing was taken."""
    row = db.session.get_one(Recovery, recovery_id)
    if code == SHORT:
        _owe(row, CLOCK)
    else:
        advance(RECOVERY, row, "refuse", by=CLOCK, room_id=row.subject_id)
        row.done_at = clock.now()


operations.KINDS["transfer_reversal"] = operations.Kind(_made, _refused)


def adopt(made: dict[str, Any]) -> Recovery | None:
    """Finish the call that made a reversal, known from the reversal's own mark: the answer to us was lost."""
    operation = operations.adopt(made, "transfer_reversal")
    return db.session.get(Recovery, operation.row_id) if operation else None


def of_payout(payout_id: UUID) -> list[Recovery]:
    """What was taken back of a payout, in the order asked for."""
    return list(db.session.scalars(sa.select(Recovery).where(Recovery.payout_id == payout_id).order_by(Recovery.id)))
