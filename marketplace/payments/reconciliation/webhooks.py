"""What Stripe tells us: verified, stored, answered 200, and only then looked into by a job.

The message is never believed for its content: the job fetches the object anew and moves our state
forward only, so messages may come twice, late, or in any order. Unknown types are stored and ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db, jobs
from marketplace.authz import CLOCK
from marketplace.config import is_live
from marketplace.lifecycle import advance
from marketplace.payments import stripe
from marketplace.payments.losses import chargebacks, recovery
from marketplace.payments.models import WebhookEvent
from marketplace.payments.money_in import card_payments, cards, funding, refunds
from marketplace.payments.money_out import bank_payouts, payout_accounts, payouts, sweep_fees
from marketplace.payments.states import WEBHOOK, WebhookState

log = structlog.get_logger()
PARK_AFTER = 8  # attempts; then a person looks


def receive(endpoint: str, body: bytes, signature: str) -> WebhookEvent | None:
    """Store a message; None when it is here already. Raises `stripe.Forged`."""
    return store(endpoint, stripe.opened(endpoint, body, signature))


def store(endpoint: str, message: dict[str, Any], *, fetched: bool = False) -> WebhookEvent | None:
    """Store a message that is Stripe's for certain, delivered or `fetched` by us; None when it is here already."""
    row = {
        "id": db.new_id(), "stripe_id": message["id"], "endpoint": endpoint, "type": message["type"],
        "account": message.get("account"), "object_id": _object_id(message), "live": bool(message.get("livemode")),
        "fetched": fetched, "state": WebhookState.RECEIVED, "attempts": 0, "received_at": clock.now(),
        "next_attempt_at": clock.now(),
    }  # fmt: skip
    statement = insert(WebhookEvent).values(row).on_conflict_do_nothing().returning(WebhookEvent.id)
    if db.session.scalar(statement) is None:
        return None
    jobs.enqueue(handle, row["id"])
    return db.session.get(WebhookEvent, row["id"])


def _object_id(message: dict[str, Any]) -> str | None:
    """What the message is about: a snapshot's object, or a thin one's related object."""
    data = message.get("data")
    snapshot = data.get("object") if isinstance(data, dict) else None
    thing = snapshot or message.get("related_object")
    found = thing.get("id") if isinstance(thing, dict) else None
    return found if stripe.is_text(found) else None


@jobs.job
def handle(webhook_id: UUID) -> None:
    """Look into a stored message. A failure is noted and tried later; after eight it is parked for a person."""
    event = db.session.get(WebhookEvent, webhook_id, with_for_update=True, populate_existing=True)
    if event is None or event.state != WebhookState.RECEIVED:
        return
    handler = _handler(event)
    if handler is None or event.live != is_live(stripe.settings().stripe_api_key) or not event.object_id:
        advance(WEBHOOK, event, "ignore", by=CLOCK)
        event.handled_at = clock.now()
        return
    event.attempts += 1
    event.next_attempt_at = clock.now() + timedelta(minutes=2**event.attempts)
    try:
        handler(event.object_id)
    except Exception as problem:
        db.session.rollback()
        _postpone(webhook_id, problem)
        return
    db.lock(event)
    if event.state == WebhookState.RECEIVED:
        advance(WEBHOOK, event, "handle", by=CLOCK)
        event.handled_at = clock.now()


def wanted(kind: str, *, of_account: bool = False) -> bool:
    """Whether anybody looks into messages of this type, of the platform or of a connected account."""
    return kind in ON_ACCOUNTS if of_account else kind in HANDLERS or kind.startswith(ACCOUNT_PARTS)


def _handler(event: WebhookEvent) -> Callable[[str], None] | None:
    """Who looks into it. What is told of a connected account is never taken for the platform's own."""
    if event.account is not None:
        told, account = ON_ACCOUNTS.get(event.type), event.account
        return (lambda object_id: told(account, object_id)) if told else None
    return HANDLERS.get(event.type) or (_account if event.type.startswith(ACCOUNT_PARTS) else None)


def _postpone(webhook_id: UUID, problem: Exception) -> None:
    event = db.session.get(WebhookEvent, webhook_id, with_for_update=True, populate_existing=True)
    log.error("webhook_failed", webhook=str(webhook_id), exc_info=problem)
    if event is None or event.state != WebhookState.RECEIVED:
        return
    event.last_error = f"{type(problem).__name__}: {problem}"[:2000]
    if event.attempts >= PARK_AFTER:
        advance(WEBHOOK, event, "park", by=CLOCK)


def _session(session_id: str) -> None:
    session = db.outside(lambda: stripe.checkout_session(session_id))
    if session["mode"] == "setup":
        return _setup(session_id)
    found = funding.by_session(session_id) or funding.adopt(session)
    if found is not None:
        funding.settle(found, session)


def _setup(session_id: str) -> None:
    session = db.outside(lambda: stripe.setup_session(session_id))
    found = cards.by_session(session_id) or cards.adopt(session)
    if found is not None:
        cards.settle(found, session)


def _method(method_id: str) -> None:
    cards.take_over(db.outside(lambda: stripe.payment_method(method_id)))


def _intent(intent_id: str) -> None:
    """Payments by card on file and by invoice; those on the page are told by their session."""
    intent = db.outside(lambda: stripe.payment_intent(intent_id))
    if (found := card_payments.adopt(intent)) is not None:
        funding.settle_intent(found, intent)


def _charge(charge_id: str) -> None:
    """A charge knows its payment by our mark; the payment's session knows the rest."""
    charge = db.outside(lambda: stripe.charge(charge_id))
    mark = (charge.get("metadata") or {}).get("funding")
    found = db.session.get(funding.Funding, UUID(mark)) if mark else None
    if found is not None:
        funding.refresh(found)


def _transfer(transfer_id: str) -> None:
    payouts.adopt(db.outside(lambda: stripe.transfer(transfer_id)))


def _refund(refund_id: str) -> None:
    made = db.outside(lambda: stripe.refund(refund_id))
    found = refunds.by_stripe_id(refund_id) or refunds.adopt(made)
    if found is not None:
        refunds.settle(found, made)


def _reversed(transfer_id: str) -> None:
    for one in db.outside(lambda: stripe.reversals(transfer_id)):
        recovery.adopt(one)


def _dispute(dispute_id: str) -> None:
    """A dispute may be told of before the charge it is about: then that first, else it is tried again later."""
    found = db.outside(lambda: stripe.dispute(dispute_id))
    if chargebacks.settle(found) is None:
        _charge(found["charge"])
        if chargebacks.settle(found) is None:
            raise LookupError(f"No lot has the charge {found['charge']}.")


def _payout(payout_id: str) -> None:
    made = db.outside(lambda: stripe.payout(payout_id))
    found = sweep_fees.by_stripe_id(payout_id) or sweep_fees.adopt(made)
    if found is not None:
        sweep_fees.settle(found, made)


def _account(account_id: str) -> None:
    found = db.outside(lambda: stripe.account(account_id))
    account = payout_accounts.by_stripe_id(account_id) or payout_accounts.adopt(found)
    if account is not None:
        payout_accounts.take_over(account, found)


ACCOUNT_PARTS = "v2.core.account["  # v2.core.account[requirements].updated and its like
PAYOUT_MESSAGES = ("payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled")
BANK_MESSAGES = tuple(f"account.external_account.{what}" for what in ("created", "updated", "deleted"))
# Of a connected account: told with the account's id and the object's.
ON_ACCOUNTS: dict[str, Callable[[str, str], None]] = {
    **dict.fromkeys(PAYOUT_MESSAGES, bank_payouts.look_at),
    **dict.fromkeys(BANK_MESSAGES, lambda account_id, _bank_id: _account(account_id)),
}
HANDLERS: dict[str, Callable[[str], None]] = {
    "checkout.session.completed": _session,
    "checkout.session.expired": _session,
    "checkout.session.async_payment_succeeded": _session,
    "checkout.session.async_payment_failed": _session,
    "payment_intent.succeeded": _intent,
    "payment_intent.payment_failed": _intent,
    "payment_intent.partially_funded": _intent,
    "payment_method.updated": _method,
    "payment_method.automatically_updated": _method,
    "payment_method.detached": _method,
    "charge.succeeded": _charge,
    "charge.updated": _charge,
    "transfer.created": _transfer,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "transfer.reversed": _reversed,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    **dict.fromkeys(PAYOUT_MESSAGES, _payout),
    "v2.core.account.created": _account,
    "v2.core.account.updated": _account,
    "v2.core.account.closed": _account,
}


def sweep() -> int:
    """Line up every message past its time. Returns how many."""
    due = db.session.scalars(
        sa.select(WebhookEvent.id)
        .where(
            WebhookEvent.state == WebhookState.RECEIVED,
            WebhookEvent.next_attempt_at <= clock.now() - timedelta(seconds=30),
        )
        .order_by(WebhookEvent.next_attempt_at)
        .limit(500)
    ).all()
    for webhook_id in due:
        jobs.enqueue(handle, webhook_id)
    return len(due)
