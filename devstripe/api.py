"""From an HTTP request to a noun's verb and back: key, account, parameters, faults, idempotency, one transaction.

A verb is registered with `route("POST", "/v1/transfers")`, takes a `Call` and the ids of its path, and returns the object.
"""

import hashlib
import json
import re
import sys
import traceback
from base64 import b64decode
from collections.abc import Callable

from flask import Flask, Response, current_app, request

from devstripe import clock, faults
from devstripe.call import PLATFORM, Call
from devstripe.errors import ApiError, invalid, unauthorized
from devstripe.params import check, decode
from devstripe.present import expand, present
from devstripe.store import Store

ROUTES: list[tuple[str, str, Callable]] = []
KEPT_REQUESTS = 5000
FIRST_KEYS_LAST = clock.DAY
SECOND_KEYS_LAST = 30 * clock.DAY


def route(method: str, path: str) -> Callable:
    """Register a verb for a method and a path as Stripe writes it, e.g. ``/v1/charges/{charge}``."""

    def register(function: Callable) -> Callable:
        ROUTES.append((method, path, function))
        return function

    return register


def attach(app: Flask) -> None:
    """Give the app every registered route."""
    for method, path, verb in ROUTES:
        rule = re.sub(r"\{(\w+)\}", r"<\1>", path)
        app.add_url_rule(rule, f"{method} {path}", serving(f"{method} {path}", verb), methods=[method])


def serving(operation: str, verb: Callable) -> Callable:
    """The Flask view of a verb."""

    def view(**ids: str) -> Response:
        store: Store = current_app.config["STORE"]
        with store.transaction():
            call = Call(
                store,
                request_id=store.new_id("req"),
                base_url=request.host_url.rstrip("/"),
                idempotency_key=request.headers.get("Idempotency-Key"),
            )
            fault = faults.take(store, "call", request.method, request.path)
        try:
            authenticate(request.headers.get("Authorization", ""))
            if fault and fault["kind"] in faults.BEFORE:
                return spoiled(call, fault)
            status, body, replayed = perform(call, operation, verb, ids, fault["kind"] if fault else "")
        except ApiError as error:
            status, body, replayed = error.status, json.dumps(error.answer()), False
        record(call, status, fault, replayed)
        if fault and fault["kind"] in ("timeout_after", "drop"):
            return faults.spoil(store, fault, request.environ)
        return respond(call, status, body, replayed)

    return view


def authenticate(header: str) -> None:
    """Accept any test key, as a bearer token or as the name of basic authentication; never a live key."""
    scheme, _, value = header.partition(" ")
    key = (
        b64decode(value + "===").decode(errors="replace").partition(":")[0]
        if scheme.lower() == "basic"
        else value.strip()
    )
    if "_live_" in key:
        raise unauthorized("This is devstripe, a local test server. It refuses live keys; do not send them here.")
    if not key.startswith("sk_test_"):
        raise unauthorized(
            "You did not provide an API key. Use any key that begins with sk_test_."
            if not key
            else f"Invalid API Key provided: {key[:8]}…"
        )


def perform(call: Call, operation: str, verb: Callable, ids: dict, fault: str) -> tuple[int, str, bool]:
    """Answer from memory or by doing it; the effect and the memory of it are committed together."""
    keyed = bool(call.idempotency_key) and operation.startswith(("POST", "DELETE /v2"))
    raw = request.get_data()
    digest = hashlib.sha256(b"\n".join([request.method.encode(), request.path.encode(), raw])).hexdigest()
    with call.store.transaction():
        clock.ring(call.store)
        call.account = whose(call.store)
        known = remembered(call, digest) if keyed else None
        if known:
            return known
        status, body, remember = attempt(call, operation, verb, ids, fault)
        second = operation.partition(" ")[2].startswith("/v2")
        if keyed and remember and (status < 400 or not second):
            call.store.run(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)",
                call.account,
                call.idempotency_key,
                digest,
                status,
                body,
                call.now + (SECOND_KEYS_LAST if second else FIRST_KEYS_LAST),
            )
        return status, body, False


def attempt(call: Call, operation: str, verb: Callable, ids: dict, fault: str) -> tuple[int, str, bool]:
    """Do it: the status, the body, and whether the idempotency key remembers it."""
    try:
        if fault == "error_500":
            raise faults.SERVER_ERROR
        with call.store.savepoint():
            call.params = check(operation, sent())
            call.api_version = request.headers.get("Stripe-Version", call.api_version)
            answer = present(call, verb(call, **ids))
            answer = expand(call, answer, call.params.get("expand") or [])
    except ApiError as error:
        return error.status, json.dumps(error.answer()), error.remember
    if fault == "error_500_after":
        return 500, json.dumps(faults.SERVER_ERROR.answer()), True
    return 200, json.dumps(answer), True


def whose(store: Store) -> str:
    """The account named by Stripe-Account or Stripe-Context, else the platform."""
    named = request.headers.get("Stripe-Account") or request.headers.get("Stripe-Context") or PLATFORM
    named = named.rpartition("/")[2]
    if named != PLATFORM and store.find(named, "v2.core.account") is None:
        raise ApiError(
            403,
            "invalid_request_error",
            f"The provided key does not have access to account '{named}' (or that account"
            " does not exist). Application access may have been revoked.",
            code="account_invalid",
            remember=False,
        )
    return named


def sent() -> dict:
    """The parameters of the request: query, form or JSON."""
    if request.method in ("GET", "DELETE"):
        return decode(request.query_string.decode())
    text = request.get_data(as_text=True)
    if request.path.startswith("/v2"):
        try:
            given = json.loads(text or "{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise invalid("The request body is not a JSON object.", remember=False)
        return given
    return decode(text)


def remembered(call: Call, digest: str) -> tuple[int, str, bool] | None:
    """The stored answer for this key; an error when the key came with something else."""
    found = call.store.rows(
        "SELECT * FROM answers WHERE account = ? AND key = ? AND at > ?", call.account, call.idempotency_key, call.now
    )
    if not found:
        return None
    if found[0]["digest"] != digest:
        raise ApiError(
            400,
            "idempotency_error",
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{call.idempotency_key}' if you meant to execute a different"
            " request.",
            remember=False,
        )
    return found[0]["status"], found[0]["body"], True


def spoiled(call: Call, fault: dict) -> Response:
    """A fault that comes before any effect."""
    spoil = faults.spoil(call.store, fault, request.environ)
    if isinstance(spoil, ApiError):
        record(call, spoil.status, fault, False)
        return respond(call, spoil.status, json.dumps(spoil.answer()), False)
    record(call, spoil.status_code, fault, False)
    return spoil


def record(call: Call, status: int, fault: dict | None, replayed: bool) -> None:
    """Remember that this request was seen, for tests that count them."""
    with call.store.transaction():
        call.store.run(
            "INSERT INTO requests (request_id, method, path, account, idempotency_key, params, status, fault, replayed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            call.request_id,
            request.method,
            request.path,
            call.account,
            call.idempotency_key,
            json.dumps(call.params),
            status,
            fault["kind"] if fault else None,
            int(replayed),
        )
        call.store.run("DELETE FROM requests WHERE id <= (SELECT max(id) FROM requests) - ?", KEPT_REQUESTS)


def respond(call: Call, status: int, body: str, replayed: bool) -> Response:
    """The HTTP answer with Stripe's headers."""
    answer = Response(body, status=status, mimetype="application/json")
    answer.headers["Request-Id"] = str(call.request_id)
    answer.headers["Stripe-Version"] = call.api_version
    if call.idempotency_key:
        answer.headers["Idempotency-Key"] = call.idempotency_key
    if replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    if status == 500:
        answer.headers["Stripe-Should-Retry"] = "false"  # the stored answer would only come again
    return answer


def broken(error: Exception) -> tuple[Response, int]:
    """A mistake in devstripe itself: said as such, with the trace on the console."""
    traceback.print_exception(error, file=sys.stderr)
    body = {"error": {"type": "api_error", "message": f"devstripe itself failed: {type(error).__name__}: {error}"}}
    return Response(json.dumps(body), mimetype="application/json"), 500
