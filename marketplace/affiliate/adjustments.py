"""What happens to an order afterwards: refunds, edits, cancellations, disputes.

Each new event is stored and, where it changes what is left of the base, followed by one line:
new total − old total. A dispute opened holds the commission instead. Events are folded as a set, so
arriving twice, late or out of order ends at the same balance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate import bulk, commissions
from marketplace.affiliate.commissions import Happening
from marketplace.affiliate.incoming import Incoming
from marketplace.affiliate.sales_models import (
    Conversion,
    Line,
    LineHold,
    LineHoldEnd,
    Order,
    OrderEvent,
    OrderLine,
)

KIND_OF_LINE = {
    "partly_refunded": "refund",
    "refunded": "refund",
    "cancelled": "refund",
    "edited": "edit",
    "dispute_lost": "chargeback",
    "dispute_won": "reinstatement",
    "refund_failed": "reinstatement",
}


def event_row(id: UUID, order_id: UUID, item: Incoming, posted_at: datetime) -> dict[str, Any]:
    """An order event as its table holds it."""
    partly = item.kind == "refunded" and (item.amount is not None or item.parts or item.shipping)
    parts = {str(position): amount for position, amount in item.parts.items()}
    if item.kind == "edited":
        based = commissions.bases(item.lines, tax=item.tax, discount=item.discount)
        parts = {str(position): line.base for position, line in enumerate(based)}
    return {
        "id": id,
        "order_id": order_id,
        "kind": "partly_refunded" if partly else item.kind,
        "occurred_at": item.occurred_at,
        "posted_at": posted_at,
        "amount_minor": item.amount if item.amount is not None else sum(item.parts.values()),
        "shipping_minor": item.shipping,
        "parts": parts,
        "reference": item.reference,
        "source_event_id": f"{item.source}:{item.source_event_id}",
    }


def post(news: Sequence[tuple[Order, Incoming]], posted_at: datetime) -> list[bool]:
    """Store events of known orders and post what they change. Returns which were there already."""
    if not news:
        return []
    histories = _histories({order.id for order, _ in news})
    repeated, fresh = [], []
    for order, item in news:
        history = histories[order.id]
        row = event_row(db.new_id(), order.id, item, posted_at)
        again = row["source_event_id"] in history.seen
        repeated.append(again)
        if not again:
            history.seen.add(row["source_event_id"])
            fresh.append((history, row))
    if fresh:
        bulk.copy_in(OrderEvent, [row for _, row in fresh])
        bulk.copy_in(Line, [line for history, row in fresh for line in history.change(row)])
        for history, row in fresh:
            _hold(history, row)
    return repeated


def gone(order_id: UUID) -> tuple[int, int]:
    """An order's base by its latest edit, and how much of it is refunded or lost so far."""
    history = _histories({order_id})[order_id]
    return commissions.gone(history.bases, history.happened)


class _History:
    """An order, what happened to it so far, and the lines that came of it."""

    def __init__(self, bases: list[int], events: list[OrderEvent], lines: list[Line]) -> None:
        self.bases = bases
        self.seen = {event.source_event_id for event in events}
        self.happened = [_happening(vars(event)) for event in events]
        self.parents = [line for line in lines if line.kind == "commission" and line.reason == "credited"]
        self.earned: dict[UUID, int] = defaultdict(int)
        for line in lines:
            self.earned[line.enrolment_id] += line.amount_minor

    def change(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """Take one more event in; the line it makes for each credited affiliate, if any."""
        before = commissions.remaining(self.bases, self.happened)
        self.happened.append(_happening(row))
        after = commissions.remaining(self.bases, self.happened)
        if row["kind"] not in KIND_OF_LINE or before == after:
            return []
        return [self._line(parent, row, before, after) for parent in self.parents]

    def _line(self, parent: Line, row: dict[str, Any], before: list[int], after: list[int]) -> dict[str, Any]:
        rule = parent.components["rule"]
        was = commissions.earn(rule, self.bases, before, parent.currency)
        now = commissions.earn(rule, self.bases, after, parent.currency)
        amount = sum(now) - self.earned[parent.enrolment_id]
        self.earned[parent.enrolment_id] += amount
        return {
            "enrolment_id": parent.enrolment_id,
            "id": db.new_id(),
            "program_id": parent.program_id,
            "conversion_id": parent.conversion_id,
            "order_event_id": row["id"],
            "kind": KIND_OF_LINE[row["kind"]],
            "parent_id": parent.id,
            "reason": "credited",
            "rule": parent.rule,
            "rate_bps": parent.rate_bps,
            "base_minor": sum(after) - sum(before),
            "components": {
                "lines": [
                    {"base_before": b, "base": a, "commission_before": w, "commission": n}
                    for b, a, w, n in zip(before, after, was, now, strict=True)
                ],
                "shipping": row["shipping_minor"],
                "rule": rule,
            },
            "amount_minor": amount,
            "currency": parent.currency,
            "program_terms_id": parent.program_terms_id,
            "enrolment_terms_id": parent.enrolment_terms_id,
            "occurred_at": row["occurred_at"],
            "posted_at": row["posted_at"],
            "releases_at": max(parent.releases_at, row["posted_at"]),
        }


def _happening(row: dict[str, Any]) -> Happening:
    parts = {int(position): amount for position, amount in row["parts"].items()}
    whole = row["kind"] == "refund_failed" and not row["amount_minor"] and not parts
    amount = None if whole else row["amount_minor"]
    return Happening(row["kind"], row["occurred_at"], amount, parts, row["reference"])


def _histories(order_ids: set[UUID]) -> dict[UUID, _History]:
    bases: dict[UUID, list[int]] = defaultdict(list)
    order_lines = sa.select(OrderLine).where(OrderLine.order_id.in_(order_ids))
    for row in db.session.scalars(order_lines.order_by(OrderLine.order_id, OrderLine.position)):
        bases[row.order_id].append(row.base_minor)
    happened: dict[UUID, list[OrderEvent]] = defaultdict(list)
    for event in db.session.scalars(sa.select(OrderEvent).where(OrderEvent.order_id.in_(order_ids))):
        happened[event.order_id].append(event)
    lines: dict[UUID, list[Line]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(Conversion.order_id, Line)
        .join(Line, Line.conversion_id == Conversion.id)
        .where(Conversion.order_id.in_(order_ids))
    )
    for order_id, line in rows:
        lines[order_id].append(line)
    return {id: _History(bases[id], happened[id], lines[id]) for id in order_ids}


def _hold(history: _History, row: dict[str, Any]) -> None:
    """A dispute opened holds the commission; won or lost ends the hold."""
    if row["kind"] not in ("disputed", "dispute_won", "dispute_lost"):
        return
    for parent in history.parents:
        hold = db.session.scalar(
            sa.select(LineHold).where(
                LineHold.enrolment_id == parent.enrolment_id,
                LineHold.line_id == parent.id,
                LineHold.reference == row["reference"],
            )
        )
        if row["kind"] == "disputed" and hold is None and not _over(history, row["reference"]):
            db.session.add(
                LineHold(
                    enrolment_id=parent.enrolment_id,
                    line_id=parent.id,
                    reason="dispute",
                    reference=row["reference"],
                    opened_at=row["posted_at"],
                )
            )
        elif row["kind"] != "disputed" and hold and db.session.get(LineHoldEnd, hold.id) is None:
            db.session.add(LineHoldEnd(hold_id=hold.id, outcome=row["kind"], ended_at=row["posted_at"]))
    db.session.flush()


def _over(history: _History, reference: str) -> bool:
    return any(h.reference == reference and h.kind in ("dispute_won", "dispute_lost") for h in history.happened)
