"""The one-time key of set-up in production: whoever may run a command here may become the first administrator.

A production portal is reachable before it is set up, and the first to send that form owns it. So the
form asks for a key that `flask setup-key` prints, to whoever can read this machine's terminal. Only a
digest of it is kept; a new key replaces the old one, and set-up uses it up. Development asks for none.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import current_app, request
from flask_babel import gettext

from marketplace import clock, db
from marketplace.accounts import queries, throttle
from marketplace.accounts.models import SetUpKey
from marketplace.errors import Refused

LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # none that is mistaken for another
GROUPS, SIZE = 5, 5  # 25 letters of 30: 122 bits, so a plain digest is enough


def needed() -> bool:
    """Does set-up ask for a key here?"""
    production: bool = current_app.config["SETTINGS"].environment == "production"
    return production


def make() -> str:
    """A new key, the only valid one from now on. Raises Refused once the portal is set up."""
    if queries.instance() is not None:
        raise Refused(gettext("This portal has been set up already."))
    key = "-".join("".join(secrets.choice(LETTERS) for _ in range(SIZE)) for _ in range(GROUPS))
    db.session.merge(SetUpKey(id=1, digest=_digest(key), made_at=clock.now()))
    db.session.flush()
    return key


def use_up(typed: str) -> None:
    """Check the typed key and let it never fit again. Raises Refused: 429 after too many tries, 422 for a wrong one."""
    throttle.count("set_up", request.remote_addr or "unknown")
    held = db.session.get(SetUpKey, 1, with_for_update=True)
    if held is None:
        sentence = gettext("No key has been made yet. Run flask setup-key on the server and type what it prints.")
        raise Refused(sentence, status=422, field="key")
    if not hmac.compare_digest(held.digest, _digest(typed)):
        sentence = gettext("This is not the key. Run flask setup-key on the server for a new one.")
        raise Refused(sentence, status=422, field="key")
    db.session.delete(held)
    db.session.flush()


def _digest(key: str) -> bytes:
    """Of its letters alone: dashes, spaces and capitals do not matter."""
    return hashlib.sha256("".join(c for c in key.lower() if c.isalnum()).encode()).digest()
