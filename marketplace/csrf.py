"""The CSRF token in another dress for every answer, so that a compressed page gives nothing away (BREACH).

Flask-WTF signs the session's own token; the signature changes by the second, what is signed does not. Here the
whole is hidden under a pad that is drawn anew for each request and travels with it.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from typing import Any

from flask import g
from flask_wtf.csrf import _FlaskFormCSRF, generate_csrf, validate_csrf


def token() -> str:
    """The token of this request, masked; the same in all its forms."""
    if "masked_csrf" not in g:
        plain = generate_csrf().encode()
        pad = secrets.token_bytes(len(plain))
        g.masked_csrf = urlsafe_b64encode(pad + _xor(plain, pad)).decode()
    masked: str = g.masked_csrf
    return masked


def plain(sent: str) -> str:
    """What Flask-WTF made; anything that is not masked is left for it to judge."""
    try:
        raw = urlsafe_b64decode(sent.encode())
        pad, hidden = raw[: len(raw) // 2], raw[len(raw) // 2 :]
        return _xor(hidden, pad).decode() if "." not in sent else sent
    except (Error, ValueError):
        return sent


def check(sent: str) -> None:
    """Raises `wtforms.ValidationError` unless it is this session's token."""
    validate_csrf(plain(sent))


class Masked(_FlaskFormCSRF):
    """Flask-WTF's protection of forms with the token masked."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        """What the hidden field shows."""
        return token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        """Take the mask off; the rest is Flask-WTF's."""
        field.data = plain(field.data or "")
        super().validate_csrf_token(form, field)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=False))
