"""Events: what happened, kept for 30 days and sent to every webhook endpoint that wants it.

Version 1 events carry a snapshot of the object; an event on a connected account names that account and goes to connect
endpoints. Version 2 events are thin: an id, a type and where to fetch the object.
"""

from urllib.parse import urlencode

from devstripe import clock, webhooks
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.errors import invalid, missing_object
from devstripe.present import COMPARISONS, page, present
from devstripe.store import column

KEPT_SECONDS = 30 * clock.DAY
PAGE = 20


def emit(call: Call, kind: str, body: dict, before: dict | None = None) -> dict:
    """Record a version 1 event about an object of the call's account. `before`: the changed fields' old values."""
    data = {"object": present(call, body)}
    if before is not None:
        data["previous_attributes"] = before
    event = {
        "api_version": call.api_version,
        "data": data,
        "type": kind,
        "pending_webhooks": 0,
        "request": {"id": call.request_id, "idempotency_key": call.idempotency_key},
    }
    if call.account != PLATFORM:
        event["account"] = call.account
    event["pending_webhooks"] = len(webhooks.wanting(call.store, kind, webhooks.audience(call.account)))
    filed = call.create("event", "evt", event)
    webhooks.queue(call, filed, webhooks.audience(call.account))
    return filed


def emit_thin(call: Call, kind: str, related: dict, data: dict | None = None) -> dict:
    """Record a version 2 event about an account of the platform."""
    call = call.on(PLATFORM)
    body = {"id": call.store.new_id("evt_test"), "object": "v2.core.event", "type": kind, "livemode": False,
            "created": clock.stamp(call.now), "context": None, "changes": None, "snapshot_event": None, "data": data or {},
            "reason": {"type": "request", "request": {"id": call.request_id, "idempotency_key": call.idempotency_key or ""}}
            if call.request_id else None,
            "related_object": {"id": related["id"], "type": related["object"], "url": f"/v2/core/accounts/{related['id']}"}}  # fmt: skip
    call.store.put(body, "v2.core.event", PLATFORM, call.now)
    webhooks.queue(call, body, "thin")
    return body


def recent(call: Call, *conditions: tuple) -> tuple[tuple, ...]:
    """Conditions on events, with the one that they are not too old."""
    return ("created >= ?", call.now - KEPT_SECONDS), *conditions


def kept(call: Call, kind: str, event_id: str) -> dict:
    """An event that is not too old. Raises Stripe's ``resource_missing``."""
    event = call.load(kind, event_id)
    if not call.store.query(kind, [*recent(call), ("id = ?", event_id)], "DESC", 1):
        raise missing_object("event", event_id)
    return event


def of_types(types: list[str]) -> tuple:
    """The condition that an event is of one of the types (``charge.*`` fits)."""
    return " OR ".join(["0", *(f"{column('type')} GLOB ?" for _ in types)]).join("()"), *(
        one.replace("[", "[[]") for one in types
    )


@route("GET", "/v1/events")
def list_events(call: Call) -> dict:
    """Newest first, by type or types, and by whether every endpoint has it."""
    where = recent(call)
    types = call.params.get("types") or ([call.params["type"]] if "type" in call.params else [])
    if types:
        where += (of_types(types),)
    if "delivery_success" in call.params:
        waiting = "EXISTS (SELECT 1 FROM deliveries WHERE event = objects.id AND state != 'delivered')"
        where += (((f"NOT {waiting}" if call.params["delivery_success"] else waiting),),)
    return page(call, "event", "/v1/events", where=where)


@route("GET", "/v1/events/{id}")
def retrieve_event(call: Call, id: str) -> dict:
    """One event as it was."""
    return kept(call, "event", id)


@route("GET", "/v2/core/events")
def list_thin_events(call: Call) -> dict:
    """Newest first, by object, type and time, 20 to a page."""
    conditions = [
        *recent(call),
        *(
            (f"{column('created')} {COMPARISONS[name]} ?", bound)
            for name, bound in (call.params.get("created") or {}).items()
        ),
    ]
    if "object_id" in call.params:
        conditions.append(("json_extract(body, '$.related_object.id') = ?", call.params["object_id"]))
    if "types" in call.params:
        conditions.append(of_types(call.params["types"]))
    return thin_page(call, call.store.query("v2.core.event", conditions, "DESC", -1), "/v2/core/events")


def thin_page(call: Call, found: list[dict], url: str) -> dict:
    """A page as version 2 gives it: an address for the next one instead of a cursor."""
    start, limit = call.params.get("page") or "0", call.params.get("limit", PAGE)
    if not start.isdecimal() or not 1 <= limit <= 100:
        raise invalid("The page or its limit (1 to 100) cannot be used.", "limit" if start.isdecimal() else "page")
    start = int(start)
    more = {
        **{key: value for key, value in call.params.items() if isinstance(value, (str, int))},
        "page": start + limit,
        "limit": limit,
    }
    return {
        "data": [present(call, one) for one in found[start : start + limit]],
        "next_page_url": f"{url}?{urlencode(more)}" if len(found) > start + limit else None,
        "previous_page_url": None,
    }


@route("GET", "/v2/core/events/{id}")
def retrieve_thin_event(call: Call, id: str) -> dict:
    """One thin event with its data."""
    return kept(call.on(PLATFORM), "v2.core.event", id)
