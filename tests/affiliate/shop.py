"""A shop for tests: builds and signs what it sends."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from marketplace import clock, db
from marketplace.affiliate import conversions, shops, tokens
from marketplace.affiliate.incoming import Incoming, LineIn
from marketplace.affiliate.models import Shop, TrackingLink
from tests.affiliate.world import World

_number = count(1)


def open_shop(here: World) -> Shop:
    """A shop of the world's program."""
    return shops.open_shop(here.program, "Web shop", by=here.brand.actor)


def order(*amounts: int, number: str | None = None, at: datetime | None = None, **more: Any) -> Incoming:
    """A paid order of these line amounts (minor units), placed now."""
    name = number or f"A-{next(_number)}"
    return Incoming(
        "paid", name, at or clock.now(), more.pop("currency", "USD"), "postback", f"paid {name}",
        lines=tuple(LineIn(amount) for amount in amounts), **more,
    )  # fmt: skip


def later(of: Incoming, kind: str, event: str = "", **more: Any) -> Incoming:
    """Something that happens to an order an hour after it was placed."""
    at = more.pop("at", of.occurred_at + timedelta(hours=1))
    return Incoming(kind, of.number, at, of.currency, "postback", event or f"{kind} {next(_number)}", **more)


def click(link: TrackingLink, at: datetime | None = None) -> str:
    """The token of a visit."""
    return tokens.sign(link.id, db.new_id(), at or clock.now())


def take(shop: Shop, *news: Incoming) -> list[str]:
    """Work news at once; the verdicts."""
    return [verdict.word for verdict in conversions.take(shop, news)]


def body(number: str = "A-1", amount: str = "100.00", **more: Any) -> bytes:
    """A postback's bytes."""
    whole = {
        "type": "order.paid",
        "order_id": number,
        "occurred_at": clock.now().isoformat(),
        "currency": "USD",
        "lines": [{"sku": "T1", "name": "Tea", "quantity": 2, "amount": amount}],
    }
    return json.dumps(whole | more).encode()
