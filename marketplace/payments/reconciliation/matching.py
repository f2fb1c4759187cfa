"""Every transfer, refund and payout at Stripe against what we asked for, and back.

The outbox is our side: an object is ours when an operation has its id, or its metadata the operation's
mark. Movements tell most of this too, but not where money went, nor what has not moved yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.money import Money
from marketplace.payments import stripe
from marketplace.payments.models import Recovery, Refund, StrayBooking, StripeOperation
from marketplace.payments.reconciliation.differences import Found
from marketplace.payments.reconciliation.movements import cause_of_call
from marketplace.payments.states import OperationState, RefundState

FAILED = ("failed", "canceled")


@dataclass(frozen=True)
class Noun:
    """A kind of object: the call that makes ours, and what one that is not ours is."""

    operation: str
    stray: str


NOUNS = {
    "transfers": Noun("transfer", "stray_transfer"),
    "refunds": Noun("refund", "stray_refund"),
    "payouts": Noun("platform_payout", "stray_payout"),
    "reversals": Noun("transfer_reversal", "came_back"),
}
LISTS = ("transfers", "refunds", "payouts")  # reversals come with their transfers
Listed = dict[str, list[dict[str, Any]]]


def read(since: datetime) -> Listed:
    """Everything Stripe has since then. Calls Stripe: no transaction may be open."""
    listed = {noun: list(getattr(stripe, noun)(since)) for noun in LISTS}
    return listed | {"reversals": [back for one in listed["transfers"] for back in one["reversals"]["data"]]}


def differences(listed: Listed) -> list[Found]:
    """What Stripe has and we did not ask for, or asked for differently. What staff booked by hand is explained."""
    found = []
    by_hand = set(db.session.scalars(sa.select(StrayBooking.source)))
    for noun, objects in listed.items():
        operations = _operations(noun, objects)
        for one in objects:
            if one["id"] in by_hand:
                continue
            found += _compare(noun, one, operations.get(one["id"]) or operations.get(_mark(one)))
    return found + _failed_refunds(listed["refunds"])


def missing(listed: Listed, since: datetime) -> list[tuple[str, StripeOperation]]:
    """What our books say Stripe did since then, and its list does not show; each with the name of its list."""
    found = []
    for noun in LISTS:
        rows = db.session.scalars(
            sa.select(StripeOperation)
            .where(
                StripeOperation.kind == NOUNS[noun].operation,
                StripeOperation.state == OperationState.DONE,
                StripeOperation.created_at >= since,
                StripeOperation.object_id.not_in([one["id"] for one in listed[noun]]),
            )
            .order_by(StripeOperation.id)
        )
        found += [(noun, row) for row in rows]
    return found


def as_missing(noun: str, operation: StripeOperation) -> Found:
    """A call that was answered, whose object Stripe does not have."""
    asked = _asked(operation)
    return Found(
        operation.object_id or "", NOUNS[noun].operation, "missing", -asked if asked else Money.zero("USD"),
        operation.created_at, in_books=asked, operation_id=operation.id,
    )  # fmt: skip


def _compare(noun: str, one: dict[str, Any], operation: StripeOperation | None) -> list[Found]:
    cause, asked = "", None
    if operation is None:
        cause = NOUNS[noun].stray
    elif operation.state != OperationState.DONE:
        cause = cause_of_call(operation)
    else:
        asked = _asked(operation)
        if asked is not None and asked.minor != one["amount"]:
            cause = "amount"
        elif one.get("destination") != operation.params.get("destination", one.get("destination")):
            cause = "destination"
    return [_found(noun, one, cause, asked, operation)] if cause else []


def _found(noun: str, one: dict[str, Any], cause: str, asked: Money | None, operation: StripeOperation | None) -> Found:
    there = Money(one["amount"], one["currency"].upper())
    return Found(
        one["id"], NOUNS[noun].operation, cause, there - asked if asked else there, stripe.moment(one["created"]),
        at_stripe=there, in_books=asked, operation_id=operation.id if operation else None,
    )  # fmt: skip


def _failed_refunds(refunds: list[dict[str, Any]]) -> list[Found]:
    """Refunds that our books have as done and Stripe as failed: a bank sent the money back."""
    failed = {one["id"]: one for one in refunds if one["status"] in FAILED}
    rows = db.session.scalars(
        sa.select(Refund).where(Refund.stripe_id.in_(failed), Refund.state == RefundState.DONE).order_by(Refund.id)
    )
    return [
        Found(
            row.stripe_id or "", "refund", "refund_failed", row.amount,
            stripe.moment(failed[row.stripe_id or ""]["created"]), in_books=row.amount,
        )
        for row in rows
    ]  # fmt: skip


def _operations(noun: str, objects: list[dict[str, Any]]) -> dict[str, StripeOperation]:
    """Our calls for these objects, by Stripe's id and by our mark."""
    marks = [UUID(mark) for mark in map(_mark, objects) if mark]
    rows = db.session.scalars(
        sa.select(StripeOperation).where(
            StripeOperation.kind == NOUNS[noun].operation,
            sa.or_(StripeOperation.object_id.in_([one["id"] for one in objects]), StripeOperation.id.in_(marks)),
        )
    )
    return {name: row for row in rows for name in (row.object_id, str(row.id)) if name}


def _mark(one: dict[str, Any]) -> str:
    text = (one.get("metadata") or {}).get("operation") or ""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _asked(operation: StripeOperation) -> Money | None:
    """What we asked for; None where the call leaves the amount or the currency to Stripe."""
    amount, currency = operation.params.get("amount"), operation.params.get("currency")
    if amount is None:
        return None
    return Money(int(amount), (currency or _currency(operation)).upper())


def _currency(operation: StripeOperation) -> str:
    """Refunds and reversals name none: it is the charge's or the transfer's, as our row has it."""
    if operation.kind == "transfer_reversal":
        return db.session.get_one(Recovery, operation.row_id).currency
    return db.session.get_one(Refund, operation.row_id).currency
