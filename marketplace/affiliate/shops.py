"""A brand's shops, their API keys, and what they send: stored first, worked later.

A postback proves itself by its key's HMAC-SHA256 over the raw body. The same idempotency key with
the same bytes gets the stored answer again; with other bytes a conflict, kept as evidence.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.affiliate import conversions, posting, tokens
from marketplace.affiliate.incoming import Incoming, read_json
from marketplace.affiliate.models import InboundConflict, InboundEvent, Program, Shop, ShopKey
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.events import record

BATCH = 500  # pieces of news worked in one transaction


def open_shop(program: Program, name: str, *, by: Actor) -> Shop:
    """A shop whose orders count in a program."""
    row = Shop(id=db.new_id(), program_id=program.id, name=name, created_at=clock.now())
    db.session.add(row)
    db.session.flush()
    record("affiliate.shop_opened", by=by, subject=("shop", row.id), data={"program_id": str(program.id)})
    return row


def issue_key(shop: Shop, *, by: Actor, once: str = "") -> tuple[ShopKey, str]:
    """A new API key and its signing secret, which is shown once and kept encrypted.

    `once` is the form's own word: sent a second time it gets the same key again.
    """
    key_id = db.id_from("shop_key", shop.id, once) if once else db.new_id()
    db.lock(shop)
    if made := db.session.get(ShopKey, key_id):
        return made, secret_of(made)
    secret = "gs_" + secrets.token_urlsafe(32)
    row = ShopKey(
        id=key_id,
        shop_id=shop.id,
        key="gk_" + secrets.token_urlsafe(16),
        secret_encrypted=tokens.lock_away(secret),
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    record("affiliate.key_issued", by=by, subject=("shop_key", row.id), data={"shop_id": str(shop.id)})
    return row, secret


def secret_of(row: ShopKey) -> str:
    """A key's signing secret. Only for whoever has just made the key."""
    return tokens.take_out(row.secret_encrypted)


def revoke_key(row: ShopKey, *, by: Actor) -> ShopKey:
    """The key opens nothing from now on."""
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        record("affiliate.key_revoked", by=by, subject=("shop_key", row.id), data={})
    return row


def signature(secret: str, body: bytes) -> str:
    """The value of the X-Signature header for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def authenticate(key: str, given: str, body: bytes) -> Shop | None:
    """The shop whose key signed these bytes, or None."""
    row = db.session.scalar(sa.select(ShopKey).where(ShopKey.key == key, ShopKey.revoked_at.is_(None)))
    if row is None:
        return None
    good = hmac.compare_digest(signature(secret_of(row), body).encode(), given.encode())
    return db.session.get_one(Shop, row.shop_id) if good else None


def refuse(shop: Shop, event_id: str, news: Incoming, body: bytes) -> str:
    """The sentence that refuses a signed event at once, or nothing. What is refused is kept for the brand to see, under
    a source of its own: the key stays free for the same order put right.
    """
    sentence = conversions.refusal(news, db.session.get_one(Program, shop.program_id))
    if sentence:
        mark = f"{event_id} {hashlib.sha256(body).hexdigest()}"
        _store(shop, "refused", mark, news, body, verdict="refused", detail=sentence, processed_at=clock.now())
    return sentence


def receive(shop: Shop, event_id: str, news: Incoming, body: bytes) -> InboundEvent | None:
    """Store a signed event durably, or find it. None: this key came before with another payload."""
    digest = hashlib.sha256(body).hexdigest()
    _store(shop, "postback", event_id, news, body, detail="")
    row = db.session.scalars(
        sa.select(InboundEvent).where(
            InboundEvent.shop_id == shop.id,
            InboundEvent.source == "postback",
            InboundEvent.source_event_id == event_id,
        )
    ).one()
    if row.digest == digest:
        return row
    db.session.add(InboundConflict(inbound_event_id=row.id, digest=digest, received_at=clock.now()))
    db.session.flush()
    return None


def _store(shop: Shop, source: str, event_id: str, news: Incoming, body: bytes, **verdict: Any) -> None:
    row_id = db.new_id()
    stored = insert(InboundEvent).values(
        id=row_id,
        shop_id=shop.id,
        source=source,
        source_event_id=event_id,
        order_number=news.number,
        digest=hashlib.sha256(body).hexdigest(),
        payload=body,
        response={"event": db.short(row_id), "order_id": news.number, "status": verdict.get("verdict", "stored")},
        received_at=clock.now(),
        **verdict,
    )
    db.session.execute(stored.on_conflict_do_nothing())


def work(shop_id: UUID, *, limit: int = BATCH, again: Callable[[UUID], None] | None = None) -> int:
    """Work a batch of what a shop sent. Returns how many; calls `again(shop_id)` when more is there."""
    posting.hold_shop(shop_id)
    shop = db.session.get_one(Shop, shop_id)
    rows = list(
        db.session.scalars(
            sa.select(InboundEvent)
            .where(InboundEvent.shop_id == shop_id, InboundEvent.verdict.is_(None))
            .order_by(InboundEvent.id)
            .limit(limit)
        )
    )
    if not rows:
        return 0
    news = [read_json(json.loads(row.payload), source=row.source, source_event_id=row.source_event_id) for row in rows]
    for row, verdict in zip(rows, conversions.take(shop, news), strict=True):
        row.verdict, row.detail, row.processed_at = verdict.word, verdict.detail, clock.now()
    db.session.flush()
    woken = wake(shop_id, {row.order_number for row in rows if row.verdict == "accepted"})
    if again and (woken or len(rows) == limit):
        again(shop_id)
    return len(rows)


def wake(shop_id: UUID, numbers: set[str]) -> int:
    """Line up again what waited for these orders. Returns how many."""
    if not numbers:
        return 0
    waiting = (
        sa.update(InboundEvent)
        .where(
            InboundEvent.shop_id == shop_id,
            InboundEvent.verdict == "waiting",
            InboundEvent.order_number.in_(numbers),
        )
        .values(verdict=None)
        .returning(InboundEvent.id)
    )
    return len(db.session.execute(waiting).all())


def idle_shops() -> list[UUID]:
    """Shops with news nobody has worked yet: Redis is a hint, this table the record."""
    return list(db.session.scalars(sa.select(InboundEvent.shop_id).where(InboundEvent.verdict.is_(None)).distinct()))


def refuse_key(event_id: str) -> None:
    """Raises Refused (400) for an idempotency key that is missing or too long."""
    if not event_id.strip() or len(event_id) > 200 or not event_id.isprintable():
        raise Refused("Send an Idempotency-Key header of at most 200 characters.", status=400)
