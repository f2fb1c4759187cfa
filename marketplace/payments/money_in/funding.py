"""A brand pays into protected payment: on Stripe's hosted page, with its card on file, or by invoice and bank transfer.

The payer pays the gross amount; Stripe's fee is the platform's cost. One charge makes one lot. The
money is protected as soon as the charge is on our balance, whoever tells us first: the person coming
back from the page, or a webhook. Both fetch the session or intent and book the same journal under one
key. A bank debit is pending for days: nothing is protected until it has succeeded.

A deal or a brief has one open attempt at a time: before another begins, an open page is closed and an
intent that waits for the bank is cancelled at Stripe, so that nobody pays twice.
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
from marketplace.forms import last_digit
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments import operations, stripe
from marketplace.payments.books import balance, chart, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.events import Funded, FundingFailed, FundingPending
from marketplace.payments.models import Funding, Lot, PaymentMethod
from marketplace.payments.money_in import cards
from marketplace.payments.states import FUNDING, FundingState, OperationState

WAYS = ("page", "card", "invoice", "automatic")  # automatic: the card on file, with nobody there
TRANSFERS = {"USD": "us_bank_transfer"}  # Stripe's kinds of bank transfer by currency
UNPAID = (FundingState.BEGUN, FundingState.OPEN)
AT_THE_BANK = "A bank transfer for this is on its way already. Work starts when it has arrived."


def begin(
    *, subject: UUID, payer: UUID, amount: Money, description: str, return_url: str, by: Actor, purpose: str = "deal",
    way: str = "page",
) -> Funding:  # fmt: skip
    """Begin a payment of `amount` for a subject, by `page`, `card` on file or `invoice`; one still open is used again.

    `return_url` is a local address the person comes back to; the view carries the payment out
    (`paying.go`). Raises `Refused` when a deal is paid already, a bank has been asked for the money and
    has not answered, or there is no card to charge.
    """
    ledger.open_account(chart.protected(subject), amount.currency)  # locks: two clicks make one payment
    if purpose == "deal" and amount <= protected(subject, amount.currency):
        raise Refused(_("This is paid already. The money is a protected payment."))
    if purpose != "budget" and pending(subject):
        raise Refused(_(AT_THE_BANK))
    if amount.minor <= 0:
        raise Refused(_("A payment needs an amount above zero."))
    if not amount.payable:
        raise Refused(last_digit(amount.currency), status=422, field="amount")
    card = _chargeable(payer) if way in ("card", "automatic") else None
    _check_way(way, amount)
    found = db.session.scalar(
        sa.select(Funding).where(
            Funding.subject_id == subject, Funding.payer_party_id == payer, Funding.purpose == purpose,
            Funding.amount_minor == amount.minor, Funding.currency == amount.currency, Funding.state.in_(UNPAID),
            Funding.way == way, Funding.method_id == (card.id if card else None),
        )
    )  # fmt: skip
    return found or _new(subject, payer, amount, description, return_url, purpose, way, card)


def top_up(
    *, subject: UUID, payer: UUID, amount: Money, description: str, return_url: str, by: Actor, way: str = "page"
) -> Funding:  # fmt: skip
    """The same for a budget, which can be paid into again and again."""
    return begin(
        subject=subject, payer=payer, amount=amount, description=description, return_url=return_url, by=by,
        purpose="budget", way=way,
    )  # fmt: skip


def _new(
    subject: UUID, payer: UUID, amount: Money, description: str, return_url: str, purpose: str, way: str,
    card: PaymentMethod | None,
) -> Funding:  # fmt: skip
    funding = Funding(
        id=db.new_id(), subject_id=subject, payer_party_id=payer, purpose=purpose, amount_minor=amount.minor,
        currency=amount.currency, description=description[:200], return_url=return_url, state=FundingState.BEGUN,
        created_at=clock.now(), way=way, method_id=card.id if card else None,
    )  # fmt: skip
    db.session.add(funding)
    db.session.flush()
    if way == "page":
        operations.intend("checkout_session", funding.id, _session_params(funding), at_once=False)
    return funding


def under_way(subject: UUID) -> bool:
    """Is a payment for the subject being made by itself, or has a bank been asked for one?"""
    by_itself = sa.and_(Funding.way == "automatic", Funding.state.in_(UNPAID))
    query = sa.select(Funding.id).where(Funding.subject_id == subject)
    waits = query.where(sa.or_(by_itself, Funding.state == FundingState.PENDING)).limit(1)
    return db.session.scalar(waits) is not None


def _chargeable(payer: UUID) -> PaymentMethod:
    card = cards.usable(payer)
    if card is None:
        raise Refused(_("There is no card on file that can be charged. Save one, or pay on Stripe’s page."))
    return card


def _check_way(way: str, amount: Money) -> None:
    if way not in WAYS:
        raise Refused(_("Choose how you want to pay."), status=422)
    if way == "invoice" and amount.currency not in TRANSFERS:
        raise Refused(_("Paying an invoice by bank transfer is possible in US dollars only. Pay on Stripe’s page."))


def pending(subject: UUID) -> Funding | None:
    """A payment for the subject that a bank has been asked for."""
    query = sa.select(Funding).where(Funding.subject_id == subject, Funding.state == FundingState.PENDING)
    return db.session.scalar(query.limit(1))


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
    ways = ["card", "us_bank_account"] if funding.currency == "USD" else ["card"]
    return {
        "mode": "payment",
        "payment_method_types": ways,
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
    make_way(funding)
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


def make_way(funding: Funding) -> None:
    """Close every other open attempt to pay for the same deal or brief. Commits and calls Stripe: only an edge calls it.

    Raises `Refused` when one of them has just been paid, or nobody knows yet whether it was.
    """
    if funding.purpose == "budget":
        return
    others = db.session.scalars(
        sa.select(Funding).where(
            Funding.subject_id == funding.subject_id, Funding.state.in_(UNPAID), Funding.id != funding.id
        )
    ).all()
    for other in others:
        _close(other)
        if other.state not in (FundingState.EXPIRED, FundingState.FAILED):
            db.session.commit()  # the refusal's rollback must not forget what we have learned
            raise Refused(_(_NOT_CLOSED.get(FundingState(other.state), UNDECIDED)))


KIND_OF = {
    "page": "checkout_session", "card": "card_payment", "automatic": "card_payment", "invoice": "transfer_payment",
}  # fmt: skip
UNDECIDED = (
    "We do not know yet what became of the payment you began before. Please look again in a minute; nothing is "
    "charged twice."
)
_NOT_CLOSED = {
    FundingState.FUNDED: "This is paid already. The money is a protected payment.",
    FundingState.PENDING: AT_THE_BANK,
}


def _close(other: Funding) -> None:
    """End an attempt nobody has paid on: its page expires, its intent is cancelled; never sent, it never will be."""
    asked = operations.of(KIND_OF[other.way], other.id)
    if asked is not None and asked.state == OperationState.INTENDED:
        operations.withdraw(asked)
        advance(FUNDING, other, "expire", by=CLOCK)
    elif other.intent_id or other.session_id:
        closing = "intent_cancellation" if other.intent_id else "session_expiry"
        params = {"intent": other.intent_id} if other.intent_id else {"session": other.session_id}
        operation = operations.of(closing, other.id) or operations.intend(closing, other.id, params, at_once=False)
        operations.perform(operation.id)
        refresh(other)


def _closed(funding_id: UUID, made: dict[str, Any]) -> None:
    funding = db.session.get_one(Funding, funding_id)
    if funding.state in UNPAID:
        advance(FUNDING, funding, "expire", by=CLOCK)


def _not_closed(funding_id: UUID, code: str | None) -> None:
    """It is paid, or closed already: whoever asked looks at it next."""


operations.KINDS["session_expiry"] = operations.Kind(_closed, _not_closed)
operations.KINDS["intent_cancellation"] = operations.Kind(_closed, _not_closed)


def _session_made(funding_id: UUID, session: dict[str, Any]) -> None:
    funding = db.session.get_one(Funding, funding_id)
    if funding.state == FundingState.BEGUN:
        advance(FUNDING, funding, "open", by=CLOCK)
    funding.session_id, funding.session_url = session["id"], session["url"]


def _session_refused(funding_id: UUID, code: str | None) -> None:
    fail(db.session.get_one(Funding, funding_id), code, watched=True)


operations.KINDS["checkout_session"] = operations.Kind(_session_made, _session_refused)


def refresh(funding: Funding) -> Funding:
    """Ask Stripe how the payment stands and book what came. Commits: only edges and jobs call it."""
    session_id, intent_id = funding.session_id, funding.intent_id
    if funding.state == FundingState.FUNDED:
        return funding
    if session_id:
        settle(funding, db.outside(lambda: stripe.checkout_session(session_id)))
    elif intent_id:
        settle_intent(funding, db.outside(lambda: stripe.payment_intent(intent_id)))
    return funding


def settle(funding: Funding, session: dict[str, Any]) -> None:
    """Move the payment forward to what `session` (expanded by its charge) says; never back."""
    db.lock(funding)
    charge = (session.get("payment_intent") or {}).get("latest_charge") or {}
    if session["payment_status"] == "paid" and charge.get("balance_transaction"):
        _protect(funding, charge)
    elif session["status"] == "expired" and funding.state in UNPAID:
        advance(FUNDING, funding, "expire", by=CLOCK)
    elif session["status"] == "complete":
        _settle_debit(funding, charge)


def _settle_debit(funding: Funding, charge: dict[str, Any]) -> None:
    """A page completed without money: the bank has been asked, or has said no days later."""
    if charge.get("status") == "pending" and funding.state in UNPAID:
        amount = funding.amount
        fact = FundingPending(funding.id, funding.subject_id, funding.payer_party_id, amount.minor, amount.currency)
        advance(FUNDING, funding, "pend", by=CLOCK, fact=fact)
    elif charge.get("status") == "failed" and funding.state in (*UNPAID, FundingState.PENDING):
        fail(funding, charge.get("failure_code"), watched=False)


def settle_intent(funding: Funding, intent: dict[str, Any]) -> None:
    """The same for a payment by card, from its intent (expanded by its charge)."""
    db.lock(funding)
    charge = intent.get("latest_charge") or {}
    if intent["status"] == "succeeded" and charge.get("balance_transaction"):
        _protect(funding, charge)
    elif funding.state not in UNPAID:
        return
    elif intent["status"] == "requires_action":
        _wait_for_payer(funding, intent.get("next_action") or {})
        if funding.state == FundingState.BEGUN:
            advance(FUNDING, funding, "open", by=CLOCK)
    elif intent["status"] in ("requires_payment_method", "canceled"):
        problem = intent.get("last_payment_error") or {}
        fail(funding, problem.get("decline_code") or problem.get("code") or intent["status"], watched=watched(funding))


def watched(funding: Funding) -> bool:
    """Is the payer there when it fails?"""
    return funding.way != "automatic"


def _wait_for_payer(funding: Funding, action: dict[str, Any]) -> None:
    """Her bank's page, or where to send a bank transfer and how much of it is still missing."""
    if told := action.get("display_bank_transfer_instructions"):
        funding.session_url, funding.transfer_to = told["hosted_instructions_url"], told
    else:
        funding.session_url = (action.get("redirect_to_url") or {}).get("url")


def fail(funding: Funding, code: str | None, *, watched: bool) -> None:
    """The payment came to nothing. `watched`: the payer is looking at the page that says so."""
    amount, code = funding.amount, code or "unknown"
    fact = FundingFailed(
        funding.id, funding.subject_id, funding.payer_party_id, amount.minor, amount.currency, code, watched
    )
    advance(FUNDING, funding, "fail", by=CLOCK, fact=fact)
    funding.failure = code


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


def by_session(session_id: str) -> Funding | None:
    """The payment whose hosted page this is, also when a webhook comes before our own record of the page."""
    return db.session.scalar(sa.select(Funding).where(Funding.session_id == session_id))


def adopt(session: dict[str, Any]) -> Funding | None:
    """Finish the call that made a session, known from the session's own mark: the answer to us was lost."""
    operation = operations.adopt(session, "checkout_session")
    return db.session.get(Funding, operation.row_id) if operation else None
