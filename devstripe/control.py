"""Control addresses for tests and for people at the console, under ``/_control``: no key, loopback only, JSON in and out."""

import json
import time

from flask import Blueprint, Response, current_app, jsonify, request

from devstripe import (
    accounts,
    balances,
    bank_transfers,
    clock,
    disputes,
    faults,
    fraud_warnings,
    payouts,
    refunds,
    webhooks,
)
from devstripe.call import PLATFORM, Call
from devstripe.errors import ApiError
from devstripe.store import Store

control = Blueprint("control", __name__, url_prefix="/_control")
SETTINGS = {"reversal overdraft", "sign with"}


@control.errorhandler(ApiError)
def refused(error: ApiError) -> tuple[Response, int]:
    """What cannot be done, in words."""
    return jsonify(error=str(error)), 400


def the_store() -> Store:
    """This server's state."""
    return current_app.config["STORE"]


def given(name: str, default: object = None) -> object:
    """A field of the JSON body."""
    return (request.get_json(silent=True) or {}).get(name, default)


def fresh_call(account: str = PLATFORM) -> Call:
    """A call of nobody's request, with everything due done first."""
    clock.ring(the_store())
    return Call(the_store(), account, base_url=request.host_url.rstrip("/"))


@control.get("/health")
def health() -> Response:
    """Up, and what time it is here."""
    with the_store().transaction():
        return jsonify(ok=True, name=the_store().meta("name"), now=clock.now(the_store()))


@control.post("/clock")
def set_clock() -> Response:
    """`advance` by seconds, `freeze` at a time, or `run` again; everything that falls due is done."""
    store = the_store()
    with store.transaction():
        if given("freeze") is not None:
            clock.freeze(store, int(given("freeze")))
        if given("run"):
            clock.freeze(store, None)
        clock.advance(store, int(given("advance", 0)))
        clock.ring(store)
        return jsonify(now=clock.now(store))


@control.post("/faults")
def add_fault() -> tuple[Response, int] | Response:
    """Queue a fault: `place` (call, webhook), `kind`, `method`, `pattern`, `count`, `seconds`."""
    try:
        with the_store().transaction():
            faults.add(
                the_store(),
                str(given("place", "call")),
                str(given("kind")),
                str(given("method", "*")),
                str(given("pattern", "*")),
                int(given("count", 1)),
                float(given("seconds", faults.HANG_SECONDS)),
            )
    except ValueError as error:
        return jsonify(error=str(error)), 400
    return jsonify(ok=True)


@control.get("/faults")
def list_faults() -> Response:
    """Faults not used up."""
    with the_store().transaction():
        return jsonify([dict(row) for row in the_store().rows("SELECT * FROM faults WHERE remaining > 0 ORDER BY id")])


@control.delete("/faults")
def clear_faults() -> Response:
    """Forget all faults."""
    with the_store().transaction():
        the_store().run("DELETE FROM faults")
    return jsonify(ok=True)


@control.get("/requests")
def list_requests() -> Response:
    """Calls seen, oldest first; `?path=` keeps those to one path."""
    with the_store().transaction():
        rows = the_store().rows(
            "SELECT * FROM requests WHERE ? IN ('', path) ORDER BY id", request.args.get("path", "")
        )
    return jsonify(
        [{**dict(row), "params": json.loads(row["params"]), "replayed": bool(row["replayed"])} for row in rows]
    )


@control.get("/objects/<kind>")
def list_objects(kind: str) -> Response:
    """Every object of a kind, on all accounts, newest first, with private fields."""
    with the_store().transaction():
        return jsonify(the_store().select(kind))


@control.get("/webhooks/undelivered")
def undelivered() -> Response:
    """Signed deliveries still waiting, in order. They count as delivered from now on, unless `?keep=1`.
    `?at=` signs with another time; `?endpoint=` asks for one endpoint's."""
    store, at = the_store(), request.args.get("at", type=int)
    with store.transaction():
        clock.ring(store)
        messages = []
        for delivery in webhooks.waiting(store):
            ready = webhooks.message(store, delivery, at)
            if request.args.get("endpoint") in (None, ready["endpoint"]):
                messages.append(ready)
                if not request.args.get("keep"):
                    webhooks.settle(store, delivery, "200 fetched")
    return jsonify(messages)


@control.get("/webhooks")
def list_deliveries() -> Response:
    """Every delivery with its state and the last answer."""
    with the_store().transaction():
        return jsonify([dict(row) for row in the_store().rows("SELECT * FROM deliveries ORDER BY id")])


@control.post("/webhooks/resend")
def resend() -> Response:
    """Deliver an event again (`event`), to whoever had it."""
    with the_store().transaction():
        the_store().run(
            "INSERT INTO deliveries (endpoint, event, due) SELECT DISTINCT endpoint, event, ? FROM deliveries WHERE event = ?",
            time.time(),
            given("event"),
        )
    return jsonify(ok=True)


@control.post("/webhooks/secrets")
def rotate() -> tuple[Response, int] | Response:
    """Sign an endpoint's (`endpoint`) deliveries with `secrets`; several while rotating."""
    store = the_store()
    with store.transaction():
        found = store.find(f"we_{given('endpoint')}")
        if found is None:
            return jsonify(error="no such endpoint"), 404
        store.save({**found, "_secrets": given("secrets")})
    return jsonify(ok=True)


@control.post("/disputes")
def dispute() -> Response:
    """Let the bank open a dispute on a `charge`, for a `reason`, an `amount` (all of it), or only ask (`inquiry`)."""
    with the_store().transaction():
        call = fresh_call()
        opened = disputes.open_dispute(
            call,
            call.load("charge", str(given("charge"))),
            str(given("reason", "fraudulent")),
            given("amount"),
            bool(given("inquiry", False)),
        )
    return jsonify(id=opened["id"])


@control.post("/disputes/decide")
def decide_dispute() -> tuple[Response, int] | Response:
    """Let the bank decide a `dispute` now: `status` won, lost or warning_closed, or needs_response for an inquiry."""
    with the_store().transaction():
        call = fresh_call()
        found, status = call.load("dispute", str(given("dispute"))), str(given("status"))
        if found["status"] in disputes.DECIDED or status not in disputes.DECIDED | {"needs_response"}:
            return jsonify(error=f"a dispute that is {found['status']} cannot become {status}"), 400
        if status == "needs_response":
            disputes.escalate(call, found)
        else:
            disputes.close(call, found, status)
    return jsonify(ok=True)


@control.post("/fraud_warnings")
def fraud_warning() -> Response:
    """Let the bank warn of fraud on a `charge`."""
    with the_store().transaction():
        call = fresh_call()
        return jsonify(id=fraud_warnings.warn(call, call.load("charge", str(given("charge"))))["id"])


@control.post("/payouts/fail")
def fail_payout() -> Response:
    """Let the bank send a `payout` back, on its way or after it arrived, for a `code`."""
    with the_store().transaction():
        call = fresh_call(the_store().owner(str(given("payout"))))
        found = call.load("payout", str(given("payout")))
        payouts.fail(call, found, str(given("code", "account_closed")), "The bank account has been closed.")
    return jsonify(ok=True)


@control.post("/refunds/fail")
def fail_refund() -> tuple[Response, int] | Response:
    """Let the payer's bank send a `refund` back that had succeeded or was pending; the money is on the balance again."""
    with the_store().transaction():
        found = fresh_call().load("refund", str(given("refund")))
        if found["status"] not in ("succeeded", "pending"):
            return jsonify(error=f"a refund that is {found['status']} cannot fail"), 400
        refunds.fail(the_store(), found["id"])
    return jsonify(ok=True)


@control.post("/movements")
def movement() -> Response:
    """Let Stripe move `amount` of `currency` on the platform's balance by itself: a `type` such as stripe_fee or topup."""
    with the_store().transaction():
        call, kind = fresh_call(), str(given("type"))
        made = balances.move(
            call, kind, int(given("amount")), str(given("currency", "usd")), str(given("source", "")) or None
        )
    return jsonify(id=made["id"])


@control.post("/transfers")
def bank_transfer() -> Response:
    """Let a `customer` send `amount` of `currency` from their bank, with a `reference`."""
    with the_store().transaction():
        call = fresh_call()
        customer = call.load("customer", str(given("customer")))
        came = bank_transfers.arrive(
            call, customer["id"], int(given("amount")), str(given("currency", "usd")), given("reference")
        )
    return jsonify(id=came["id"])


@control.post("/capabilities")
def capability() -> Response:
    """Change what an `account` may do, as Stripe's reviewers might: `status` active, pending, restricted, rejected, unsupported."""
    with the_store().transaction():
        call = Call(the_store())
        account = call.load("v2.core.account", str(given("account")))
        status = str(given("status"))
        accounts.set_status(call, account, status, accounts.NEEDED if status == "restricted" else [])
    return jsonify(ok=True)


@control.post("/reset")
def reset() -> Response:
    """Forget everything that happened: an empty Stripe whose next ids still go on counting."""
    with the_store().transaction():
        the_store().forget()
    return jsonify(ok=True)


@control.post("/settings")
def settings() -> tuple[Response, int] | Response:
    """``reversal overdraft`` 1 lets a reversal take an account below zero; ``sign with`` is real or virtual time."""
    body = request.get_json(silent=True) or {}
    if not set(body) <= SETTINGS:
        return jsonify(error=f"settings are: {', '.join(sorted(SETTINGS))}"), 400
    with the_store().transaction():
        for name, value in body.items():
            the_store().set_meta(name, value)
    return jsonify(ok=True)
