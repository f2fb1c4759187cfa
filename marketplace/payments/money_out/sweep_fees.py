"""Moving earned platform fees from the platform's Stripe balance to its bank, without touching anybody's money.

What may leave is the smaller of two: what is the platform's (fees and what it put in by hand, less Stripe's fees,
losses, what was advanced to payees, and what left before), and what is available at Stripe beyond everything that is
owed to others.
Charges that are still pending cover nothing here, so a sweep never leans on money that has not settled.
One sweep at a time and currency. A payout that fails at the bank is booked back.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money, smallest_charge_step
from marketplace.payments import operations, stripe
from marketplace.payments.books import audit, balance, chart, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.events import SweepFailed
from marketplace.payments.models import Sweep
from marketplace.payments.states import SWEEP, SweepState

OWED = ("protected", "payable", "refund_due", "clearing", "fee_unearned")
EARNED = ("fee_revenue", "own_funds")
SPENT = (
    "stripe_fees", "chargeback_losses", "chargeback_withheld", "write_off", "receivable", "bank", "bank_transit",
)  # fmt: skip
LEAST = 2_500  # minor units that are worth a payout of the schedule's own
UNDER_WAY = (SweepState.SENDING, SweepState.IN_TRANSIT)


def balances(currency: str) -> dict[str, int]:
    """Every kind of account's balance in a currency, in minor units on its normal side."""
    rows = db.session.execute(
        sa.text(
            "SELECT a.kind, sum(CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END)::bigint"
            " FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id"
            " WHERE a.currency = :currency GROUP BY a.kind"
        ),
        {"currency": currency},
    )
    return {kind: int(minor) for kind, minor in rows}


def sweepable(currency: str) -> Money:
    """What may leave for the platform's bank now; zero or more."""
    held = balances(currency)

    def total(kinds: tuple[str, ...]) -> int:
        return sum(held.get(kind, 0) for kind in kinds)

    spare = held.get("stripe_available", 0) - total(OWED)
    most = max(0, min(_own(held), spare))
    return Money(most - most % smallest_charge_step(currency), currency)


def own(currency: str) -> Money:
    """What of the money at Stripe is the platform's own: less than nothing where it owes more than lies there."""
    return Money(_own(balances(currency)), currency)


def _own(held: dict[str, int]) -> int:
    return sum(held.get(kind, 0) for kind in EARNED) - sum(held.get(kind, 0) for kind in SPENT)


def under_way(currency: str) -> Sweep | None:
    """The sweep that has not ended, if any."""
    return db.session.scalar(sa.select(Sweep).where(Sweep.currency == currency, Sweep.state.in_(UNDER_WAY)))


def sweep(currency: str, *, by: Actor) -> Sweep:
    """Send what may leave to the platform's bank. Raises `Refused` when nothing may, one is under way, or a halt stands."""
    db.hold("payments.sweep")
    if audit.standing_halt():
        raise Refused(_("Payouts are halted. Nothing leaves until the halt is lifted."))
    if under_way(currency):
        raise Refused(_("Fees are on their way to the bank already. One payout at a time."))
    amount = sweepable(currency)
    if not amount:
        raise Refused(_("Nothing may leave now: what is available at Stripe is owed to others, or not earned yet."))
    row = Sweep(
        id=db.new_id(), amount_minor=amount.minor, currency=currency, state=SweepState.SENDING, created_at=clock.now()
    )
    db.session.add(row)
    db.session.flush()
    params = {
        "amount": amount.minor,
        "currency": currency.lower(),
        "metadata": {"sweep": str(row.id)},
        "expand": ["balance_transaction"],
    }
    operations.intend("platform_payout", row.id, params)
    return row


def sweep_due(currency: str) -> Sweep | None:
    """The schedule's own sweep: only when it is worth it and nothing stands in the way."""
    balance.settle()
    if audit.standing_halt() or under_way(currency) or sweepable(currency).minor < LEAST:
        return None
    return sweep(currency, by=CLOCK)


def _made(sweep_id: UUID, made: dict[str, Any]) -> None:
    row = db.session.get_one(Sweep, sweep_id)
    row.stripe_id, row.arrives_on = made["id"], stripe.moment(made["arrival_date"]).date()
    transaction = made["balance_transaction"]
    legs = [debit(chart.BANK_TRANSIT, row.amount), balance.side(transaction)]
    journal = _post(row, "sweep", legs, "earned fees set off for the platform's bank", transaction)
    balance.mirror(transaction, journal)
    advance(SWEEP, row, "leave", by=CLOCK)


def _refused(sweep_id: UUID, code: str | None) -> None:
    row = db.session.get_one(Sweep, sweep_id)
    advance(SWEEP, row, "refuse", by=CLOCK)
    row.failure, row.ended_at = code, clock.now()


operations.KINDS["platform_payout"] = operations.Kind(_made, _refused, pays=True)


def settle(row: Sweep, made: dict[str, Any]) -> Sweep:
    """Move a sweep forward to what Stripe's payout says: in the bank, or back on our balance."""
    db.lock(row)
    if made["status"] == "paid" and row.state == SweepState.IN_TRANSIT:
        legs = [debit(chart.BANK, row.amount), credit(chart.BANK_TRANSIT, row.amount)]
        _post(row, "sweep_arrived", legs, "in the platform's bank")
        advance(SWEEP, row, "arrive", by=CLOCK)
        row.ended_at = clock.now()
    elif made["status"] in ("failed", "canceled") and SWEEP.allows(row.state, "fail"):
        _back(row, made)
    return row


def _back(row: Sweep, made: dict[str, Any]) -> None:
    """The bank sent it back, perhaps after it had arrived."""
    transaction = made.get("failure_balance_transaction")
    if not transaction:
        return  # the movement is told next
    source = chart.BANK if row.state == SweepState.PAID else chart.BANK_TRANSIT
    legs = [balance.side(transaction), credit(source, row.amount)]
    journal = _post(row, "sweep_back", legs, "the platform's bank sent it back", transaction)
    balance.mirror(transaction, journal)
    advance(SWEEP, row, "fail", by=CLOCK, fact=SweepFailed(row.id, row.amount_minor, row.currency))
    row.failure, row.ended_at = made.get("failure_code") or "canceled", clock.now()


def _post(row: Sweep, kind: str, legs: list[Any], reason: str, transaction: dict[str, Any] | None = None) -> UUID:
    told = {"balance_transaction": transaction["id"]} if transaction else {}
    entry = Entry(
        key=f"{kind}:{row.id}", kind=kind, legs=legs, reason=reason, evidence={"sweep_id": str(row.id), **told}
    )
    return ledger.post(entry, by=CLOCK).id


def by_stripe_id(stripe_id: str) -> Sweep | None:
    """The sweep with this payout's id at Stripe."""
    return db.session.scalar(sa.select(Sweep).where(Sweep.stripe_id == stripe_id))


def adopt(made: dict[str, Any]) -> Sweep | None:
    """Finish the call that made a payout, known from the payout's own mark: the answer to us was lost."""
    operation = operations.adopt(made, "platform_payout")
    return db.session.get(Sweep, operation.row_id) if operation else None


def latest(currency: str) -> list[Sweep]:
    """The last sweeps, newest first."""
    return list(
        db.session.scalars(sa.select(Sweep).where(Sweep.currency == currency).order_by(Sweep.id.desc()).limit(20))
    )
