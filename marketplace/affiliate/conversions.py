"""From news of orders to commission lines, in batches.

`take()` is the one door for orders, whatever brought them. A new order becomes an order, its event,
a conversion, a decision and one line for every affiliate touched, refused ones too. Later news
becomes an event and the change it makes (`adjustments`). Everything is read and written set by set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db
from marketplace.affiliate import adjustments, attribution, bulk, commissions, posting, tokens
from marketplace.affiliate.incoming import Incoming
from marketplace.affiliate.models import Program, Shop
from marketplace.affiliate.sales_models import (
    AttributionDecision,
    Conversion,
    Line,
    Order,
    OrderEvent,
    OrderLine,
)
from marketplace.affiliate.touches import Book


@dataclass(frozen=True)
class Verdict:
    """What became of a piece of news: accepted, known, duplicate_order, waiting or refused."""

    word: str
    detail: str = ""


@dataclass
class _Rows:
    """What a batch is about to write, table by table."""

    orders: list[dict[str, Any]] = field(default_factory=list)
    order_lines: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    conversions: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def write(self) -> None:
        tables = (
            (Order, self.orders), (OrderLine, self.order_lines), (OrderEvent, self.events),
            (Conversion, self.conversions), (AttributionDecision, self.decisions), (Line, self.lines),
        )  # fmt: skip
        for model, rows in tables:
            bulk.copy_in(model, rows)


def take(shop: Shop, news: Sequence[Incoming]) -> list[Verdict]:
    """Work a batch of a shop's news, in the caller's transaction. Returns a verdict for each."""
    posting.hold_shop(shop.id)
    posted_at = posting.begin(shop.program_id)
    program = db.session.get_one(Program, shop.program_id)
    known = orders_by_number(shop.id, {item.number for item in news})
    verdicts: dict[int, Verdict] = {}
    fresh: dict[str, Incoming] = {}
    for index, item in enumerate(news):
        if sentence := refusal(item, program):
            verdicts[index] = Verdict("refused", sentence)
        elif item.kind == "paid":
            verdicts[index] = _first_or_not(item, known, fresh)
    _write_new(shop, program, list(fresh.values()), posted_at)
    known |= orders_by_number(shop.id, set(fresh))
    later = [(index, item) for index, item in enumerate(news) if index not in verdicts]
    verdicts |= {index: Verdict("waiting") for index, item in later if item.number not in known}
    rest = [(index, item) for index, item in later if item.number in known]
    repeated = adjustments.post([(known[item.number], item) for _, item in rest], posted_at)
    for (index, _), again in zip(rest, repeated, strict=True):
        verdicts[index] = Verdict("known" if again else "accepted")
    return [verdicts[index] for index in range(len(news))]


def orders_by_number(shop_id: UUID, numbers: set[str]) -> dict[str, Order]:
    """A shop's orders by the shop's own numbers."""
    if not numbers:
        return {}
    rows = db.session.scalars(sa.select(Order).where(Order.shop_id == shop_id, Order.number.in_(numbers)))
    return {row.number: row for row in rows}


def refusal(item: Incoming, program: Program) -> str:
    """The sentence that refuses news before anything is looked up, or nothing."""
    if item.currency == program.currency:
        return ""
    sentence = gettext("This program settles in %(own)s; the order is in %(other)s.")
    return sentence % {"own": program.currency, "other": item.currency}


def _first_or_not(item: Incoming, known: dict[str, Order], fresh: dict[str, Incoming]) -> Verdict:
    """A new order, one we have word for word, or a second one under the same number."""
    if item.number in known:
        return Verdict("known" if known[item.number].digest == item.digest() else "duplicate_order")
    if item.number in fresh:
        return Verdict("known" if fresh[item.number].digest() == item.digest() else "duplicate_order")
    fresh[item.number] = item
    return Verdict("accepted")


def _write_new(shop: Shop, program: Program, orders: list[Incoming], posted_at: datetime) -> None:
    if not orders:
        return
    book = Book(program, orders)
    rows = _Rows()
    for item in orders:
        _add(rows, book, shop, item, posted_at)
    rows.write()


def _add(rows: _Rows, book: Book, shop: Shop, item: Incoming, posted_at: datetime) -> None:
    """One new order with everything that follows from it."""
    order_id, conversion_id, event_id = db.new_id(), db.new_id(), db.new_id()
    based = commissions.bases(item.lines, tax=item.tax, discount=item.discount)
    terms = book.terms_at(item.occurred_at)
    decision = attribution.decide(
        book.touches(item), item.occurred_at, window_seconds=terms.window_seconds, code_policy=terms.code_policy
    )
    rows.orders.append(_order(order_id, shop, item, sum(line.base for line in based), posted_at))
    rows.order_lines += _order_lines(order_id, item, based)
    rows.events.append(adjustments.event_row(event_id, order_id, item, posted_at))
    conversion = {"id": conversion_id, "program_id": shop.program_id, "kind": "order", "order_id": order_id}
    rows.conversions.append(conversion | {"occurred_at": item.occurred_at})
    rows.decisions.append(_decision(conversion_id, terms.id, decision, posted_at))
    common = {
        "program_id": shop.program_id,
        "conversion_id": conversion_id,
        "order_event_id": event_id,
        "kind": "commission",
        "currency": item.currency,
        "program_terms_id": terms.id,
        "occurred_at": item.occurred_at,
        "posted_at": posted_at,
    }
    for enrolment, reason in decision.reasons.items():
        rows.lines.append(common | _line(book, item, UUID(enrolment), reason, decision, based))


def _decision(
    conversion_id: UUID, terms_id: UUID, decision: attribution.Decision, posted_at: datetime
) -> dict[str, Any]:
    return {
        "conversion_id": conversion_id,
        "program_terms_id": terms_id,
        "touches": [touch.stored() | {"judged": why} for touch, why in decision.judged],
        "shares": [{"enrolment": decision.winner, "weight": 1}] if decision.winner else [],
        "rule": decision.rule,
        "decided_at": posted_at,
    }


def _order_lines(order_id: UUID, item: Incoming, based: list[commissions.Based]) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order_id,
            "position": position,
            "sku": line.sku,
            "name": line.name,
            "quantity": line.quantity,
            "amount_minor": base.amount,
            "discount_minor": base.discount,
            "tax_minor": base.tax,
            "base_minor": base.base,
        }
        for position, (line, base) in enumerate(zip(item.lines, based, strict=True))
    ]


def _order(id: UUID, shop: Shop, item: Incoming, base: int, posted_at: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "shop_id": shop.id,
        "program_id": shop.program_id,
        "number": item.number,
        "placed_at": item.occurred_at,
        "posted_at": posted_at,
        "currency": item.currency,
        "tax_minor": item.tax + sum(line.tax for line in item.lines),
        "shipping_minor": item.shipping,
        "discount_minor": item.discount + sum(line.discount for line in item.lines),
        "base_minor": base,
        "customer": tokens.customer_digest(shop.id, item.customer) if item.customer else None,
        "source": item.source,
        "digest": item.digest(),
    }


def _line(
    book: Book,
    item: Incoming,
    enrolment_id: UUID,
    reason: str,
    decision: attribution.Decision,
    based: list[commissions.Based],
) -> dict[str, Any]:
    """The commission line of one affiliate: rated when credited, zero with its reason when not."""
    bound = book.bound_at(enrolment_id, item.occurred_at)
    original = [line.base for line in based]
    code_used = decision.rule in ("code", "code_wins", "link_and_code")
    rule = commissions.match(bound.rules, sum(original), code_used=code_used) if reason == "credited" else None
    earned = commissions.earn(rule, original, original, book.program.currency)
    placed = item.occurred_at.astimezone(ZoneInfo(book.program.zone)).date()
    held_to = clock.end_of_day(placed + timedelta(days=bound.hold_days), book.program.zone)
    return {
        "enrolment_id": enrolment_id,
        "id": db.new_id(),
        "reason": reason,
        "rule": rule["name"] if rule else "",
        "rate_bps": rule.get("percent_bps") if rule else None,
        "base_minor": sum(original),
        "components": {
            "lines": [vars(line) | {"commission": part} for line, part in zip(based, earned, strict=True)],
            "shipping": item.shipping,
            "rule": rule,
            "chosen": decision.rule,
            "sub_ids": decision.sub_ids if reason == "credited" else {},
        },
        "amount_minor": sum(earned),
        "enrolment_terms_id": bound.id,
        "releases_at": held_to,
    }
