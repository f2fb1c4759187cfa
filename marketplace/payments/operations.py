"""What we want from Stripe: a row before each call, the call outside any transaction, the outcome in the next.

States: intended → sent → done, refused or unknown. Unknown is asked again with the same idempotency
key, from the fourth time on after a look-up; once Stripe may have forgotten the key (23 hours), only the
look-up decides. The generation
in the key goes up only when it is certain that nothing happened. A worker killed between call and
record leaves `sent`, and the sweep asks again: the same key, so the same object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
import structlog

from marketplace import clock, db, jobs
from marketplace.authz import CLOCK
from marketplace.lifecycle import advance
from marketplace.payments import stripe
from marketplace.payments.books import audit
from marketplace.payments.models import StripeOperation
from marketplace.payments.states import OPERATION, OperationState

log = structlog.get_logger()
FORGETS_AFTER = timedelta(hours=23)  # Stripe keeps an idempotency key for 24 hours at least
LOOKS_FROM = 4  # attempts; a stored 500 answers the same for ever, though it may have happened
PAUSES = (1, 2, 5, 15, 60)  # minutes until an unanswered call is asked again
OPEN = (OperationState.INTENDED, OperationState.SENT, OperationState.UNKNOWN)


@dataclass(frozen=True)
class Kind:
    """Who is told: `done(row_id, object)` and `refused(row_id, code)`; whether a halt keeps it from being sent."""

    done: Callable[[UUID, dict[str, Any]], None]
    refused: Callable[[UUID, str | None], None]
    pays: bool = False


KINDS: dict[str, Kind] = {}


def intend(kind: str, row_id: UUID, params: dict[str, Any], *, at_once: bool = True) -> StripeOperation:
    """Write down a wish in the current transaction; a job asks Stripe after the commit (unless not `at_once`)."""
    operation = StripeOperation(
        id=db.new_id(), kind=kind, row_id=row_id, params=params, generation=1, state=OperationState.INTENDED,
        attempts=0, created_at=clock.now(), next_attempt_at=clock.now() + timedelta(minutes=1),
    )  # fmt: skip
    db.session.add(operation)
    db.session.flush()
    if at_once:
        jobs.enqueue(perform, operation.id)
    return operation


def of(kind: str, row_id: UUID) -> StripeOperation | None:
    """The operation a row wanted."""
    return db.session.scalar(
        sa.select(StripeOperation).where(StripeOperation.kind == kind, StripeOperation.row_id == row_id)
    )


def wipe(kind: str, row_id: UUID) -> None:
    """Forget what a done operation sent: a person's name and address were only needed for the call."""
    operation = of(kind, row_id)
    if operation is not None:
        operation.params = {}


def key(operation: StripeOperation) -> str:
    """The idempotency key: the same for as long as it may have happened."""
    environment = stripe.settings().environment
    return f"{environment}:{operation.kind}:{operation.row_id}:g{operation.generation}"


@jobs.job
def perform(operation_id: UUID) -> None:
    """Ask Stripe, unless it has answered, payouts are halted, or somebody is asking this very moment: two answers to
    one wish may differ, and a late no must not be taken for an answer to the next wish. Commits: only edges and jobs
    call it.
    """
    with db.held_beside_if_free("payments.operation", operation_id) as free:
        operation = _claim(operation_id) if free else None
        if operation is not None:
            _record(operation, db.outside(lambda: _ask(operation)))


def _claim(operation_id: UUID) -> StripeOperation | None:
    """Mark it sent; the caller commits that before the call."""
    operation = db.session.get(StripeOperation, operation_id, with_for_update=True, populate_existing=True)
    if operation is None or operation.state not in OPEN:
        return None
    if KINDS[operation.kind].pays and audit.standing_halt():
        return None
    now = clock.now()
    if operation.state != OperationState.SENT:
        advance(OPERATION, operation, "send", by=CLOCK)
    operation.first_sent_at = operation.first_sent_at or now
    pause = PAUSES[min(operation.attempts, len(PAUSES) - 1)]
    operation.attempts += 1
    operation.next_attempt_at = now + timedelta(minutes=pause)
    return operation


def _ask(operation: StripeOperation) -> stripe.Outcome | None:
    """The call itself, with no transaction open. None: a look-up was certain that it never happened."""
    mark = str(operation.id)
    forgotten = operation.first_sent_at is not None and clock.now() - operation.first_sent_at > FORGETS_AFTER
    if forgotten or operation.attempts >= LOOKS_FROM:
        found = stripe.find(operation.kind, operation.params, mark=mark)
        if found.kind != "refused":
            return found
        if forgotten:
            return None
    return stripe.make(operation.kind, operation.params, key=key(operation), mark=mark)


def _record(operation: StripeOperation, outcome: stripe.Outcome | None) -> None:
    db.lock(operation)
    if operation.state not in OPEN:
        if outcome and outcome.object and operation.object_id and outcome.object["id"] != operation.object_id:
            audit.halt(f"Stripe made {operation.object_id} and {outcome.object['id']} of one {operation.kind}")
        return
    if outcome is None:
        renew(operation)
    elif outcome.kind == "done" and outcome.object is not None:
        finish(operation, outcome.object)
    elif outcome.kind == "refused":
        _refuse(operation, outcome)
    else:
        operation.error_code, operation.error = outcome.code, outcome.message
        if operation.state == OperationState.SENT:
            advance(OPERATION, operation, "lose", by=CLOCK)
        log.warning("stripe_unknown", operation=str(operation.id), kind=operation.kind, code=outcome.code)


def finish(operation: StripeOperation, made: dict[str, Any]) -> None:
    """Stripe did it: note the object and tell whoever wanted it. Told twice (a webhook too) it does nothing."""
    db.lock(operation)
    if operation.state not in OPEN:
        return
    advance(OPERATION, operation, "finish", by=CLOCK)
    operation.object_id, operation.ended_at = made["id"], clock.now()
    operation.error_code = operation.error = None
    KINDS[operation.kind].done(operation.row_id, made)


def adopt(made: dict[str, Any], *kinds: str) -> StripeOperation | None:
    """Finish the call of one of these kinds that made an object, known from the object's own mark: its answer was lost.

    None where the object carries no such mark. A call that was refused meanwhile comes back as it is.
    """
    mark = (made.get("metadata") or {}).get("operation")
    operation = db.session.get(StripeOperation, UUID(mark)) if mark else None
    if operation is None or operation.kind not in kinds:
        return None
    finish(operation, made)
    return operation


def _refuse(operation: StripeOperation, outcome: stripe.Outcome) -> None:
    advance(OPERATION, operation, "refuse", by=CLOCK)
    operation.ended_at = clock.now()
    operation.error_code, operation.error = outcome.code, outcome.message
    log.warning("stripe_refused", operation=str(operation.id), kind=operation.kind, code=outcome.code)
    KINDS[operation.kind].refused(operation.row_id, outcome.code)


def withdraw(operation: StripeOperation) -> None:
    """Nobody wants it any more and it was never sent: it never will be."""
    db.lock(operation)
    if operation.state == OperationState.INTENDED:
        advance(OPERATION, operation, "refuse", by=CLOCK)
        operation.ended_at, operation.error_code = clock.now(), "withdrawn"


def renew(operation: StripeOperation, params: dict[str, Any] | None = None) -> None:
    """It is certain that nothing happened: ask again under a new key, with `params` if they changed."""
    advance(OPERATION, operation, "renew", by=CLOCK)
    operation.generation += 1
    operation.params = params or operation.params
    operation.first_sent_at = operation.ended_at = operation.error_code = operation.error = None
    operation.attempts, operation.next_attempt_at = 0, clock.now() + timedelta(minutes=1)
    jobs.enqueue(perform, operation.id)


def sweep() -> int:
    """Line up every operation past its time: after a crash, a lost answer or a halt. Returns how many."""
    due = db.session.scalars(
        sa.select(StripeOperation.id)
        .where(StripeOperation.state.in_(OPEN), StripeOperation.next_attempt_at <= clock.now())
        .order_by(StripeOperation.next_attempt_at)
        .limit(500)
    ).all()
    for operation_id in due:
        jobs.enqueue(perform, operation_id)
    return len(due)
