"""A brand pays into protected payment, on Stripe's hosted page.

The payer pays the gross amount; Stripe's fee is the platform's cost. One charge makes one lot. The
money is protected as soon as the charge is on our balance, whoever tells us first: the person coming
back from the page, or a webhook. Both fetch the session and book the same journal under one key.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import balance, chart, ledger, operations, stripe
from marketplace.payments.events import Funded
from marketplace.payments.ledger import Entry, credit, debit
from marketplace.payments.models import Funding, Lot, LotDraw, StripeOperation
from marketplace.payments.states import FUNDING, FundingState, OperationState

UNPAID = (FundingState.BEGUN, FundingState.OPEN)


def begin(
    *, subject: UUID, payer: UUID, amount: Money, description: str, return_url: str, by: Actor, purpose: str = "deal"
) -> Funding:
    """Begin a payment of `amount` for a subject; a payment still open for the same amount is used again.

    `return_url` is a local address the person comes back to. Raises `Refused` when a deal is paid already.
    """
    ledger.open_account(chart.protected(subject), amount.currency)  # locks: two clicks make one payment
    if purpose == "deal" and amount <= protected(subject, amount.currency):
        raise Refused(_("This is paid already. The money is a protected payment."))
    found = db.session.scalar(
        sa.select(Funding).where(
            Funding.subject_id == subject, Funding.payer_party_id == payer, Funding.purpose == purpose,
            Funding.amount_minor == amount.minor, Funding.currency == amount.currency, Funding.state.in_(UNPAID),
        )
    )  # fmt: skip
    return found or _new(subject, payer, amount, description, return_url, purpose)


def top_up(*, subject: UUID, payer: UUID, amount: Money, description: str, return_url: str, by: Actor) -> Funding:
    """The same for a budget, which can be paid into again and again."""
    return begin(
        subject=subject, payer=payer, amount=amount, description=description, return_url=return_url, by=by,
        purpose="budget",
    )  # fmt: skip


def _new(subject: UUID, payer: UUID, amount: Money, description: str, return_url: str, purpose: str) -> Funding:
    if amount.minor <= 0:
        raise Refused(_("A payment needs an amount above zero."))
    funding = Funding(
        id=db.new_id(), subject_id=subject, payer_party_id=payer, purpose=purpose, amount_minor=amount.minor,
        currency=amount.currency, description=description[:200], return_url=return_url, state=FundingState.BEGUN,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(funding)
    db.session.flush()
    operations.intend("checkout_session", funding.id, _session_params(funding), at_once=False)
    return funding


def _session_params(funding: Funding) -> dict[str, Any]:
    """The hosted page. Automatic capture puts the charge's fee on it at once, so that one journal books both."""
    back = url_for("payments.returned", funding_id=funding.id, _external=True)
    mark = {"funding": str(funding.id)}
    line = {
        "quantity": 1,
        "price_data": {
            "currency": funding.currency.lower(),
            "unit_amount": funding.amount_minor,
            "product_data": {"name": funding.description},
        },
    }
    return {
        "mode": "payment",
        "line_items": [line],
        "success_url": back,
        "cancel_url": back,
        "client_reference_id": str(funding.id),
        "metadata": mark,
        "payment_intent_data": {"metadata": mark, "capture_method": "automatic"},
    }


def checkout_url(funding: Funding) -> str:
    """Where the payer pays. Commits and calls Stripe: only a view calls it, last.

    Raises `Refused` when Stripe does not answer; nothing is charged then and trying again is safe.
    """
    operation = operations.of("checkout_session", funding.id)
    if operation is not None and funding.state == FundingState.BEGUN:
        operations.perform(operation.id)
    if funding.state == FundingState.OPEN and funding.session_url:
        return funding.session_url
    if funding.state == FundingState.FUNDED:
        return url_for("payments.returned", funding_id=funding.id)
    refusal = Refused(_("Stripe did not answer. Nothing has been charged; please try again in a moment."))
    if operation is not None and operation.state == OperationState.REFUSED:
        refusal = Refused(_("Stripe did not accept this payment. Nothing has been charged; our staff can see why."))
    db.session.commit()  # the refusal's rollback must not forget what we know of the call
    raise refusal


def _session_made(funding_id: UUID, session: dict[str, Any]) -> None:
    funding = db.session.get_one(Funding, funding_id)
    if funding.state == FundingState.BEGUN:
        advance(FUNDING, funding, "open", by=CLOCK)
    funding.session_id, funding.session_url = session["id"], session["url"]


def _session_refused(funding_id: UUID, code: str | None) -> None:
    advance(FUNDING, db.session.get_one(Funding, funding_id), "fail", by=CLOCK)


operations.KINDS["checkout_session"] = operations.Kind(_session_made, _session_refused)


def refresh(funding: Funding) -> Funding:
    """Ask Stripe how the payment stands and book what came. Commits: only edges and jobs call it."""
    if funding.session_id and funding.state != FundingState.FUNDED:
        session_id = funding.session_id
        settle(funding, db.outside(lambda: stripe.checkout_session(session_id)))
    return funding


def settle(funding: Funding, session: dict[str, Any]) -> None:
    """Move the payment forward to what `session` (expanded by its charge) says; never back."""
    db.lock(funding)
    charge = (session.get("payment_intent") or {}).get("latest_charge") or {}
    if session["payment_status"] == "paid" and charge.get("balance_transaction"):
        _protect(funding, charge)
    elif session["status"] == "expired" and funding.state in UNPAID:
        advance(FUNDING, funding, "expire", by=CLOCK)
    elif session["status"] == "complete" and charge.get("status") == "failed" and funding.state in UNPAID:
        advance(FUNDING, funding, "fail", by=CLOCK)


def _protect(funding: Funding, charge: dict[str, Any]) -> None:
    """Book a charge as a lot of protected money. Once: the journal's key and the lot's charge are unique."""
    if funding.state == FundingState.FUNDED:
        return
    paid = Money(charge["amount"], charge["currency"].upper())
    if paid != funding.amount:
        raise RuntimeError(f"Charge {charge['id']} is {paid}, asked for was {funding.amount}.")
    transaction = charge["balance_transaction"]
    fee = Money(transaction["fee"], paid.currency)
    legs = [balance.side(transaction), credit(chart.protected(funding.subject_id), paid)]
    journal = ledger.post(
        Entry(
            key=f"charge:{charge['id']}",
            kind="charge",
            legs=[*legs, debit(chart.STRIPE_FEES, fee)] if fee else legs,
            reason=funding.description,
            subject_id=funding.subject_id,
            evidence={"funding_id": str(funding.id), "charge": charge["id"], "balance_transaction": transaction["id"]},
            occurred_at=stripe.moment(transaction["created"]),
        ),
        by=CLOCK,
    )
    balance.mirror(transaction, journal.id)
    lot = Lot(
        id=db.new_id(), funding_id=funding.id, subject_id=funding.subject_id, charge_id=charge["id"],
        amount_minor=paid.minor, fee_minor=fee.minor, currency=paid.currency, journal_id=journal.id,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(lot)
    fact = Funded(funding.id, funding.subject_id, funding.payer_party_id, paid.minor, paid.currency)
    advance(FUNDING, funding, "fund", by=CLOCK, fact=fact)
    funding.funded_at = clock.now()


def protected(subject: UUID, currency: str) -> Money:
    """What is protected for a subject now and neither released nor about to be refunded."""
    return ledger.available(chart.protected(subject), currency)


def draw(
    subject: UUID, amount: Money, *, payout_id: UUID | None = None, refund_id: UUID | None = None
) -> list[tuple[Lot, Money]]:
    """Take `amount` from the subject's lots, first in first out. The caller holds the protected account's lock.

    Raises `ledger.Overdraft` when the lots hold less; the caller's refusal undoes everything.
    """
    shares = plan(subject, amount)
    for lot, share in shares:
        take(lot, share, payout_id=payout_id, refund_id=refund_id)
    return shares


def plan(subject: UUID, amount: Money) -> list[tuple[Lot, Money]]:
    """Which lots `amount` would come from, oldest first."""
    left, shares = amount.minor, []
    for lot, remaining in remaining_lots(subject, amount.currency):
        share = min(left, remaining.minor)
        if share > 0:
            shares.append((lot, Money(share, amount.currency)))
            left -= share
    if left > 0:
        raise ledger.Overdraft(_("There is less protected money than this needs. Nothing was moved."))
    return shares


def remaining_lots(subject: UUID, currency: str) -> list[tuple[Lot, Money]]:
    """The subject's lots with what is left of each, oldest first."""
    drawn = sa.select(sa.func.coalesce(sa.func.sum(LotDraw.amount_minor), 0)).where(LotDraw.lot_id == Lot.id)
    rows = db.session.execute(
        sa.select(Lot, Lot.amount_minor - drawn.scalar_subquery())
        .where(Lot.subject_id == subject, Lot.currency == currency)
        .order_by(Lot.id)
    )
    return [(lot, Money(int(left), currency)) for lot, left in rows]


def take(lot: Lot, amount: Money, *, payout_id: UUID | None = None, refund_id: UUID | None = None) -> None:
    """Note a draw on a lot; a negative amount puts it back."""
    row = LotDraw(
        id=db.new_id(), lot_id=lot.id, payout_id=payout_id, refund_id=refund_id, amount_minor=amount.minor,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)


def by_session(session_id: str) -> Funding | None:
    """The payment whose hosted page this is, also when a webhook comes before our own record of the page."""
    return db.session.scalar(sa.select(Funding).where(Funding.session_id == session_id))


def adopt(session: dict[str, Any]) -> Funding | None:
    """Finish the call that made a session, known from the session's own mark: the answer to us was lost."""
    mark = (session.get("metadata") or {}).get("operation")
    operation = db.session.get(StripeOperation, UUID(mark)) if mark else None
    if operation is None or operation.kind != "checkout_session":
        return None
    operations.finish(operation, session)
    return db.session.get(Funding, operation.row_id)
