"""Keys and signed click tokens. Each purpose has its own key, derived from SECRET_KEY.

A token is link id (16 bytes), click id (16), milliseconds since 1970 (8) and a keyed BLAKE2s over
them (16), in URL-safe base 64: an order that carries it can be attributed before its click's row is
there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.fernet import Fernet
from flask import current_app

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BODY, _MAC = 40, 16  # bytes


@dataclass(frozen=True)
class ClickToken:
    """What a genuine token says: which link, which click, when."""

    link_id: UUID
    click_id: UUID
    at: datetime


def _key(purpose: str) -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hashlib.blake2b(secret, digest_size=32, person=purpose.encode()[:16]).digest()


def sign(link_id: UUID, click_id: UUID, at: datetime) -> str:
    """A token for a click."""
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    body = link_id.bytes + click_id.bytes + milliseconds.to_bytes(8, "big")
    return base64.urlsafe_b64encode(body + _mac(body)).decode().rstrip("=")


def read(token: str) -> ClickToken | None:
    """What a token says, or None when it is not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mac = raw[:_BODY], raw[_BODY:]
    if len(raw) != _BODY + _MAC or not hmac.compare_digest(mac, _mac(body)):
        return None
    milliseconds = int.from_bytes(body[32:], "big")
    at = _EPOCH + timedelta(milliseconds=milliseconds)
    return ClickToken(UUID(bytes=body[:16]), UUID(bytes=body[16:32]), at)


def _mac(body: bytes) -> bytes:
    return hashlib.blake2s(body, digest_size=_MAC, key=_key("affiliate.click")).digest()


def browser_digest(cookie: str) -> bytes:
    """The keyed digest of the consented first-party cookie, as a click's row keeps it."""
    return hashlib.blake2s(cookie.encode(), digest_size=16, key=_key("affiliate.brwsr")).digest()


def customer_digest(shop_id: UUID, customer: str) -> str:
    """A shop's customer number, so that one customer's orders can be told apart and no more."""
    words = f"{shop_id}:{customer}".encode()
    return hashlib.blake2s(words, digest_size=16, key=_key("affiliate.cust")).hexdigest()


def email_digest(email: str) -> str:
    """The SHA-256 a shop sends in place of an address: of its trimmed lower-case form."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("affiliate.secret")))


def lock_away(secret: str) -> bytes:
    """A shop's signing secret, encrypted."""
    return _box().encrypt(secret.encode())


def take_out(box: bytes) -> str:
    """The signing secret again. Raises InvalidToken when SECRET_KEY has changed."""
    return _box().decrypt(box).decode()
