"""Faults on demand: what can go wrong between the application and Stripe, per method and path, a given number of times.

Kinds for calls: ``timeout_before`` and ``timeout_after`` the effect (the connection hangs for `seconds`, then closes),
``drop`` (effect, then the connection closes at once) and ``drop_before``, ``error_500`` (no effect) and
``error_500_after`` (effect), both stored under the idempotency key as Stripe does, ``409``, ``429``, ``html_502``.
Kinds for webhooks, matched by event type: ``duplicate`` (`seconds` is not used; delivered once more), ``reorder`` (the
next events arrive in reverse), ``delay`` (by `seconds`), ``drop``, ``forge`` (wrong signature), ``stale`` (old timestamp).
"""

import socket
import sqlite3
from contextlib import suppress
from fnmatch import fnmatchcase

from flask import Response

from devstripe.errors import ApiError
from devstripe.store import Store

CALL_KINDS = {
    "timeout_before",
    "timeout_after",
    "drop",
    "drop_before",
    "error_500",
    "error_500_after",
    "409",
    "429",
    "html_502",
}
WEBHOOK_KINDS = {"duplicate", "reorder", "delay", "drop", "forge", "stale"}
BEFORE = {"timeout_before", "drop_before", "409", "429", "html_502"}
HANG_SECONDS = 35.0
BAD_GATEWAY = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><center><h1>502 Bad Gateway</h1></center></body>\n</html>\n"
REFUSALS = {
    "409": ApiError(
        409,
        "invalid_request_error",
        "This object cannot be accessed right now because another API request or Stripe"
        " process is currently accessing it.",
        code="lock_timeout",
    ),
    "429": ApiError(429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit"),
}
SERVER_ERROR = ApiError(500, "api_error", "An error occurred internally with Stripe's servers.")


def add(store: Store, place: str, kind: str, method: str, pattern: str, count: int, seconds: float) -> None:
    """Queue a fault. `place` is ``call`` or ``webhook``. Raises ValueError for a kind that place does not have."""
    if kind not in (CALL_KINDS if place == "call" else WEBHOOK_KINDS):
        raise ValueError(f"there is no {place} fault called {kind}")
    store.run(
        "INSERT INTO faults (place, kind, method, pattern, remaining, seconds) VALUES (?, ?, ?, ?, ?, ?)",
        place,
        kind,
        method.upper(),
        pattern,
        count,
        seconds,
    )


def take(store: Store, place: str, method: str, name: str) -> sqlite3.Row | None:
    """The oldest fault that fits, used once."""
    for fault in store.rows("SELECT * FROM faults WHERE place = ? AND remaining > 0 ORDER BY id", place):
        if fault["method"] in ("*", method) and fnmatchcase(name, fault["pattern"]):
            store.run("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", fault["id"])
            return fault
    return None


def break_off(store: Store, environ: dict, seconds: float) -> Response:
    """Let the client wait, then close its connection without an answer. A stopping server does not wait."""
    if seconds:
        store.closing.wait(seconds)
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):  # the client may be faster
            connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def spoil(store: Store, fault: sqlite3.Row, environ: dict) -> Response | ApiError | None:
    """What a fault makes of the answer: a page, a refusal, silence, or nothing for faults that come another way."""
    if fault["kind"] in REFUSALS:
        return REFUSALS[fault["kind"]]
    if fault["kind"] == "html_502":
        return Response(BAD_GATEWAY, status=502, mimetype="text/html")
    if fault["kind"].startswith("timeout"):
        return break_off(store, environ, fault["seconds"])
    if fault["kind"].startswith("drop"):
        return break_off(store, environ, 0)
    return None
