"""What a program hears of its shops: whether it can hear of orders at all, and what came and was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate.models import InboundConflict, InboundEvent, Program, Shop, ShopKey
from marketplace.affiliate.sales_models import Order


@dataclass(frozen=True)
class NotTaken:
    """News of an order that counts for nothing so far: when it came, of which order, why (`wording.NOT_TAKEN`)."""

    number: str
    received_at: datetime
    verdict: str | None
    detail: str


def connected(program: Program) -> bool:
    """Whether orders can reach it: a key is live, or some came already, in a file for example."""
    live = sa.select(ShopKey.id).join(Shop, Shop.id == ShopKey.shop_id)
    live = live.where(Shop.program_id == program.id, ShopKey.revoked_at.is_(None))
    came = sa.select(Order.id).where(Order.program_id == program.id)
    return bool(db.session.scalar(sa.select(sa.or_(live.exists(), came.exists()))))


def not_taken(program: Program, limit: int = 20) -> tuple[list[NotTaken], int]:
    """The newest news of orders that could not be counted, and how many there are in all."""
    number = InboundEvent.order_number
    mine = sa.and_(Shop.id == InboundEvent.shop_id, Shop.program_id == program.id)
    events = (
        sa.select(number, InboundEvent.received_at, InboundEvent.verdict, InboundEvent.detail, InboundEvent.id)
        .join(Shop, mine)
        .where(InboundEvent.verdict.in_(("refused", "waiting", "duplicate_order")))
    )
    other = InboundConflict
    conflicts = (
        sa.select(number, other.received_at, sa.literal("conflict"), sa.literal(""), other.id)
        .join(InboundEvent, InboundEvent.id == other.inbound_event_id)
        .join(Shop, mine)
    )
    found = sa.union_all(events, conflicts).subquery()
    newest = sa.select(*list(found.c)[:4]).order_by(found.c.id.desc()).limit(limit)  # ids are in the order of time
    rows = [NotTaken(*row) for row in db.session.execute(newest)]
    if len(rows) < limit:
        return rows, len(rows)
    return rows, db.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0
