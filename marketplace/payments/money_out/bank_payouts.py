"""From a payee's Stripe balance to her bank: Stripe does it by itself; we show how far it is, and tell her when it fails.

A payout that failed comes back to her Stripe balance. Stripe pays again by itself once she has named a bank
account that works; nothing is lost and nothing is sent twice. Which of our transfers a payout took along is
kept, so that each payment can say that it is in her bank.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.authz import CLOCK
from marketplace.lifecycle import advance
from marketplace.payments import stripe
from marketplace.payments.events import BankPayoutArrived, BankPayoutFailed
from marketplace.payments.models import BankPayout, PayoutAccount, Transfer
from marketplace.payments.money_out import payout_accounts
from marketplace.payments.states import BANK_PAYOUT, BankPayoutState

MOVES = {"paid": "arrive", "failed": "fail", "canceled": "cancel"}
Carried = tuple[list[str], list[str]]  # ids at Stripe of transfers, and of failed payouts that it carries again
NOTHING: Carried = ([], [])
UNNAMED = "unknown"
FAILURES = {
    "no_account": _("Your bank could not find the account. Check its number."),
    "account_closed": _("The bank account is closed. Name another one."),
    "invalid_account_number": _("The account number is not valid. Check it."),
    "insufficient_funds": _("Stripe could not cover the payout. It is tried again by itself."),
    "debit_not_authorized": _("Your bank does not take payouts on this account. Ask it, or name another one."),
    "invalid_currency": _("Your bank does not take this currency on the account. Name another one."),
    "bank_account_restricted": _("Your bank restricts the account. Ask it, or name another one."),
    UNNAMED: _("Your bank sent the money back. Check your bank details."),
}


def look_at(account_id: str, payout_id: str) -> None:
    """Take over what Stripe says of a payout on a connected account. Commits: only jobs call it."""
    account = payout_accounts.by_stripe_id(account_id)
    if account is None:
        return
    made = db.outside(lambda: stripe.payout(payout_id, account_id))
    taken = db.outside(lambda: stripe.carried(payout_id, account_id)) if made.get("automatic") else NOTHING
    settle(account, made, taken)


def settle(account: PayoutAccount, made: dict[str, Any], taken: Carried = NOTHING) -> BankPayout:
    """Move our row forward to what Stripe's payout says; note which transfers it took along, and of which failed ones."""
    db.lock(account)
    row = _row(account, made)
    move = MOVES.get(made["status"])
    if move and BANK_PAYOUT.allows(row.state, move):
        _move(account, row, move, made.get("failure_code") or UNNAMED)
    _note(row, taken)
    return row


def _row(account: PayoutAccount, made: dict[str, Any]) -> BankPayout:
    fresh = {
        "id": db.new_id(), "stripe_id": made["id"], "party_id": account.party_id, "amount_minor": made["amount"],
        "currency": made["currency"].upper(), "state": BankPayoutState.ON_ITS_WAY,
        "arrives_on": stripe.moment(made["arrival_date"]).date(), "created_at": stripe.moment(made["created"]),
    }  # fmt: skip
    db.session.execute(insert(BankPayout).values(fresh).on_conflict_do_nothing())
    return db.session.scalars(sa.select(BankPayout).where(BankPayout.stripe_id == made["id"]).with_for_update()).one()


def _move(account: PayoutAccount, row: BankPayout, move: str, failure: str) -> None:
    row.ended_at = clock.now()
    if move == "fail":
        row.failure = account.bank_problem = failure
        fact = BankPayoutFailed(row.id, row.party_id, row.amount_minor, row.currency, failure)
        advance(BANK_PAYOUT, row, move, by=CLOCK, fact=fact)
    elif move == "arrive" and account.bank_problem and _later_than_failed(row):
        account.bank_problem = None
        arrived = BankPayoutArrived(row.id, row.party_id, row.amount_minor, row.currency)
        advance(BANK_PAYOUT, row, move, by=CLOCK, fact=arrived)
    else:
        advance(BANK_PAYOUT, row, move, by=CLOCK)


def _later_than_failed(row: BankPayout) -> bool:
    """Is this payout newer than every one that failed? Old news of an arrival mends nothing."""
    newer = sa.select(BankPayout.id).where(
        BankPayout.party_id == row.party_id,
        BankPayout.state == BankPayoutState.FAILED,
        BankPayout.created_at >= row.created_at,
    )
    return db.session.scalar(newer.limit(1)) is None


def _note(row: BankPayout, taken: Carried) -> None:
    """The latest payout that carries a transfer is the one that counts: after a failure the next takes it along again."""
    transfers, failed = taken
    if not transfers and not failed:
        return
    again = sa.select(BankPayout.id).where(BankPayout.stripe_id.in_(failed), BankPayout.party_id == row.party_id)
    mine = sa.or_(Transfer.stripe_id.in_(transfers), Transfer.bank_payout_id.in_(again))
    for transfer in db.session.scalars(sa.select(Transfer).where(mine).order_by(Transfer.id).with_for_update()).all():
        before = db.session.get(BankPayout, transfer.bank_payout_id) if transfer.bank_payout_id else None
        if before is None or before.created_at <= row.created_at:
            transfer.bank_payout_id = row.id


def of_party(party_id: Any, limit: int = 20) -> list[BankPayout]:
    """A party's payouts to her bank, newest first."""
    query = sa.select(BankPayout).where(BankPayout.party_id == party_id).order_by(BankPayout.created_at.desc())
    return list(db.session.scalars(query.limit(limit)))


def why(failure: str | None) -> Any:
    """Why a payout failed and what to do, in a sentence."""
    return FAILURES.get(failure or UNNAMED, FAILURES[UNNAMED])
