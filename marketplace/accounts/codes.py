"""Six-digit codes by mail: they prove an address in the tab where it was typed.

A code lives 15 minutes and bears five tries. Its digits are kept nowhere: they are derived from the
row's random id and the portal's secret, so that whoever reads the table learns nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts import throttle
from marketplace.accounts.events import CodeAsked
from marketplace.accounts.models import EmailCode, User
from marketplace.authz import current_actor
from marketplace.errors import Refused

LASTS = timedelta(minutes=15)
TRIES = 5


def ask(email: str, purpose: str, payload: dict[str, Any] | None = None) -> EmailCode:
    """Have a code sent to an address, for `sign_up`, `reset` or `change_email`.

    Whether a mail with a code really goes out, or one that says that the address has an account,
    is decided behind the page, which therefore reveals nothing. Raises Refused (429) when too many
    were asked for.
    """
    throttle.count(f"code_{purpose}", email)
    row = EmailCode(
        id=db.new_id(),
        email=email.strip().lower(),
        purpose=purpose,
        payload=payload or {},
        created_at=clock.now(),
        expires_at=clock.now() + LASTS,
    )
    db.session.add(row)
    db.session.flush()
    events.emit(CodeAsked(row.id), by=current_actor())
    return row


def ask_again(row: EmailCode) -> EmailCode:
    """A new code for the same purpose, with what was typed; the old one is void."""
    row.used_at = row.used_at or clock.now()
    return ask(row.email, row.purpose, row.payload)


def digits(row: EmailCode) -> str:
    """The six digits of a code, for the mail."""
    key = current_app.config["SECRET_KEY"].encode()
    mac = hmac.new(key, b"email code " + row.id.bytes, hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8]) % 1_000_000:06d}"


def pending(code_id: UUID | None, purpose: str) -> EmailCode | None:
    """The code a browser is asked for, or None when it has asked for none."""
    row = db.session.get(EmailCode, code_id) if code_id else None
    return row if row is not None and row.purpose == purpose and row.used_at is None else None


def belongs_to(row: EmailCode, user: User) -> bool:
    """Was this code asked for by this signed-in user?"""
    return row.payload.get("user") == str(user.id)


def check(row: EmailCode, typed: str) -> None:
    """Use a code up. Raises Refused in words when it is wrong, too old or tried too often.

    A wrong try is counted, so the caller must keep the transaction (`web.keep`).
    """
    db.lock(row)
    if row.used_at is not None or row.tries >= TRIES:
        raise Refused(gettext("This code was tried too often. Ask for a new one."), 422, "code")
    if row.expires_at <= clock.now():
        raise Refused(gettext("This code is older than 15 minutes. Ask for a new one."), 422, "code")
    if not hmac.compare_digest(digits(row), re.sub(r"\D", "", typed)):
        row.tries += 1
        raise Refused(gettext("This is not the code we sent. Please look again."), 422, "code")
    row.used_at = clock.now()
