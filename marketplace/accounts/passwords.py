"""Passwords: Argon2id, and the same time for an address nobody knows."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

from marketplace.accounts.models import User

SHORTEST, LONGEST = 10, 200  # characters


@cache
def _hasher(cheap: bool) -> PasswordHasher:
    """The library's defaults (RFC 9106, low memory); tests sign up hundreds of people and use less."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if cheap else PasswordHasher()


@cache
def _nobody(cheap: bool) -> str:
    return _hasher(cheap).hash("the password of nobody")


def hash_of(password: str) -> str:
    """The Argon2id hash of a password, with its parameters and salt."""
    return _hasher(current_app.testing).hash(password)


def fits(user: User | None, password: str) -> bool:
    """Is this the user's password? For no user, or one without a password, it costs the same time."""
    cheap = current_app.testing
    known = user.password_hash if user is not None else None
    try:
        _hasher(cheap).verify(known or _nobody(cheap), password)
    except (VerificationError, InvalidHashError):
        return False
    return known is not None


def outdated(user: User) -> bool:
    """Should the hash be made anew, because the parameters have grown since?"""
    return user.password_hash is not None and _hasher(current_app.testing).check_needs_rehash(user.password_hash)


def common(password: str) -> bool:
    """Is it made of one repeated character, a keyboard row, or a word with digits everybody tries?"""
    plain = password.lower().strip()
    core = plain.rstrip("0123456789!.?@#$")
    return len(set(plain)) < 4 or core in COMMON or any(plain in row for row in ROWS)


COMMON = {
    "password", "passwort", "passw0rd", "letmein", "welcome", "qwerty", "qwertyuiop", "iloveyou", "admin",
    "administrator", "changeme", "football", "monkey", "dragon", "sunshine", "princess", "goodword",
}  # fmt: skip
ROWS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
