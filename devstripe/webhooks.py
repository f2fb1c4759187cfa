"""Webhook endpoints and deliveries: signed like Stripe's, sent in the background, repeated with growing pauses.

Three endpoints come from the command line: ``platform`` (events of the platform's own account), ``connect`` (events of
connected accounts) and ``thin`` (version 2). More can be made through the API. Without an address an endpoint's
deliveries wait to be fetched through the control address, which is how tests deliver at the moment they choose.

Signatures are made with the real time, not the virtual clock, as Stripe's own test clocks do; a state can be told otherwise.
"""

import hashlib
import hmac
import json
import time
from fnmatch import fnmatchcase

from devstripe import clock, faults
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.present import page
from devstripe.store import Store

AUDIENCES = ("platform", "connect", "thin")
PAUSES = (1, 2, 5, 15, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600)  # seconds before the next try; then it has failed
STALE_SECONDS = 3600
ALL = ["*"]


def audience(account: str) -> str:
    """Who hears of an account's version 1 events."""
    return "platform" if account == PLATFORM else "connect"


def configure(store: Store, name: str, url: str, secrets: list[str]) -> None:
    """Set one of the three standing endpoints. Several secrets sign side by side, as while rotating."""
    body = {"id": f"we_{name}", "object": "webhook_endpoint", "api_version": None, "application": None, "created": 0,
            "description": f"devstripe --{name}-webhook", "enabled_events": ALL, "livemode": False, "metadata": {},
            "status": "enabled", "url": url, "_audience": name, "_secrets": secrets}  # fmt: skip
    if store.find(body["id"]):
        store.save(body)
    else:
        store.put(body, "webhook_endpoint", PLATFORM, 0)


def fits(kind: str, wanted: str) -> bool:
    """Whether an event type fits a name or a pattern such as ``charge.*``. Brackets in type names are plain text."""
    return fnmatchcase(kind, wanted.replace("[", "[[]"))


def wanting(store: Store, kind: str, heard_by: str) -> list[dict]:
    """The enabled endpoints that want an event."""
    found = store.select("webhook_endpoint", PLATFORM, status="enabled")
    return [
        one
        for one in reversed(found)
        if one["_audience"] == heard_by and any(fits(kind, name) for name in one["enabled_events"])
    ]


def queue(call: Call, event: dict, heard_by: str) -> None:
    """Plan an event's deliveries, with the fault that is asked for its type."""
    for endpoint in wanting(call.store, event["type"], heard_by):
        fault = faults.take(call.store, "webhook", "*", event["type"])
        kind = fault["kind"] if fault else None
        due = time.time() + (fault["seconds"] if kind == "delay" else 0)
        if kind == "reorder":  # the more are still to be reordered, the later this one comes
            due += 0.2 * (fault["remaining"])
        state = "dropped" if kind == "drop" else "pending"
        for _ in range(2 if kind == "duplicate" else 1):
            call.store.run(
                "INSERT INTO deliveries (endpoint, event, due, state, flaw) VALUES (?, ?, ?, ?, ?)",
                endpoint["id"],
                event["id"],
                due,
                state,
                kind if kind in ("forge", "stale") else None,
            )
    call.store.news.set()


def payload(event: dict) -> bytes:
    """The bytes sent to an endpoint: the event itself, or for a thin one only what points at it."""
    if event["object"] == "v2.core.event":
        event = {key: value for key, value in event.items() if key not in ("data", "changes", "snapshot_event")}
    return json.dumps(event, indent=2).encode()


def signature(body: bytes, secrets: list[str], at: int) -> str:
    """A Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually."""
    made = [hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={one}" for one in made)])


def message(store: Store, delivery: dict, at: int | None = None) -> dict:
    """A delivery ready to be sent: url, headers, body (text) and what it is. `at`: the signature's time in seconds."""
    endpoint, event = store.find(delivery["endpoint"]), store.find(delivery["event"])
    body = payload(event)
    secrets = ["whsec_forged"] if delivery["flaw"] == "forge" else endpoint["_secrets"]
    at = signing_time(store) if at is None else at
    at -= STALE_SECONDS if delivery["flaw"] == "stale" else 0
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": signature(body, secrets, at),
    }
    return {
        "delivery": delivery["id"],
        "endpoint": endpoint["_audience"],
        "url": endpoint["url"],
        "headers": headers,
        "body": body.decode(),
        "event": event["id"],
        "type": event["type"],
    }


def signing_time(store: Store) -> int:
    """Real time, or the virtual clock's when the state says so."""
    return clock.now(store) if store.meta("sign with") == "virtual" else int(time.time())


def waiting(store: Store, due_by: float | None = None, at_most: int = -1) -> list[dict]:
    """Deliveries not yet taken, in the order they are due. Without `due_by` all of them, also those held back or without an
    address; with it those to be sent."""
    sql, values = "", []
    if due_by is not None:
        addressed = "SELECT id FROM objects WHERE kind = 'webhook_endpoint' AND json_extract(body, '$.url') != ''"
        sql, values = f"AND due <= ? AND endpoint IN ({addressed})", [due_by]
    found = store.rows(
        f"SELECT * FROM deliveries WHERE state = 'pending' {sql} ORDER BY due, id LIMIT ?",  # noqa: S608 -- our own words
        *values,
        at_most,
    )
    return [dict(row) for row in found]


def settle(store: Store, delivery: dict, answer: str) -> None:
    """Keep what an endpoint said. Anything but 2xx is tried again later, as long as there are pauses left."""
    if answer.startswith("2"):
        store.run(
            "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, answer = ? WHERE id = ?",
            answer,
            delivery["id"],
        )
        return
    tried = delivery["attempts"]
    state = "pending" if tried < len(PAUSES) else "failed"
    pause = PAUSES[min(tried, len(PAUSES) - 1)]
    store.run(
        "UPDATE deliveries SET state = ?, attempts = attempts + 1, due = ?, answer = ? WHERE id = ?",
        state,
        time.time() + pause,
        answer,
        delivery["id"],
    )


@route("GET", "/v1/webhook_endpoints")
def list_endpoints(call: Call) -> dict:
    """Newest first."""
    return page(call, "webhook_endpoint", "/v1/webhook_endpoints")


@route("POST", "/v1/webhook_endpoints")
def create_endpoint(call: Call) -> dict:
    """A new endpoint; its secret is shown this once."""
    given = call.params
    secret = "whsec_" + call.store.secret(f"webhook {call.store.new_id('whsec')}", 32)
    endpoint = call.create("webhook_endpoint", "we", {
        "api_version": given.get("api_version"), "application": None, "description": given.get("description"),
        "enabled_events": given["enabled_events"], "metadata": given.get("metadata") or {}, "status": "enabled", "url": given["url"],
        "_audience": "connect" if given.get("connect") else "platform", "_secrets": [secret]})  # fmt: skip
    return {**endpoint, "secret": secret}


@route("GET", "/v1/webhook_endpoints/{webhook_endpoint}")
def retrieve_endpoint(call: Call, webhook_endpoint: str) -> dict:
    """One endpoint."""
    return call.load("webhook_endpoint", webhook_endpoint)


@route("POST", "/v1/webhook_endpoints/{webhook_endpoint}")
def update_endpoint(call: Call, webhook_endpoint: str) -> dict:
    """Change address, events, or switch it off."""
    endpoint = call.merge(
        call.load("webhook_endpoint", webhook_endpoint), "url", "enabled_events", "description", "metadata"
    )
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if call.params["disabled"] else "enabled"
    return call.save(endpoint)


@route("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete_endpoint(call: Call, webhook_endpoint: str) -> dict:
    """Remove an endpoint with what still waits for it."""
    endpoint = call.load("webhook_endpoint", webhook_endpoint)
    call.store.run("DELETE FROM deliveries WHERE endpoint = ?", endpoint["id"])
    call.store.delete(endpoint["id"])
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
