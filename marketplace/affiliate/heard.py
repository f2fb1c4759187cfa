"""What a program hears of its shops: whether it can hear of orders at all, and what came and was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate.models import InboundEvent, Program, Shop, ShopKey
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
    found = (
        sa.select(InboundEvent.order_number, InboundEvent.received_at, InboundEvent.verdict, InboundEvent.detail)
        .join(Shop, Shop.id == InboundEvent.shop_id)
        .where(Shop.program_id == program.id, InboundEvent.verdict.in_(("refused", "waiting", "duplicate_order")))
    )
    rows = [NotTaken(*row) for row in db.session.execute(found.order_by(InboundEvent.id.desc()).limit(limit))]
    if len(rows) < limit:
        return rows, len(rows)
    return rows, db.session.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
