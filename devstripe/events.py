"""Events: what happened, kept for 30 days and sent to every webhook endpoint that wants it.

Version 1 events carry a snapshot of the object; an event on a connected account names that account and goes to connect
endpoints. Version 2 events are thin: an id, a type and where to fetch the object.
"""

from urllib.parse import urlencode

from devstripe import clock, webhooks
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.errors import missing_object
from devstripe.present import created_fits, cut, present

KEPT_SECONDS = 30 * clock.DAY
PAGE = 20


def emit(call: Call, kind: str, body: dict, before: dict | None = None) -> dict:
    """Record a version 1 event about an object of the call's account. `before`: the changed fields' old values."""
    data = {"object": present(call, body)}
    if before is not None:
        data["previous_attributes"] = before
    event = {"api_version": call.api_version, "data": data, "type": kind, "pending_webhooks": 0,
             "request": {"id": call.request_id, "idempotency_key": call.idempotency_key}}
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
            "related_object": {"id": related["id"], "type": related["object"], "url": f"/v2/core/accounts/{related['id']}"}}
    call.store.put(body, "v2.core.event", PLATFORM, call.now)
    webhooks.queue(call, body, "thin")
    return body


def kept(call: Call, event: dict) -> bool:
    """Events older than 30 days are gone."""
    rows = call.store.rows("SELECT created FROM objects WHERE id = ?", event["id"])
    return call.now - rows[0]["created"] <= KEPT_SECONDS


@route("GET", "/v1/events")
def list_events(call: Call) -> dict:
    """Newest first, by type or types (``charge.*`` fits), and by whether every endpoint has it."""
    found = call.store.select("event", call.account)
    types = call.params.get("types") or ([call.params["type"]] if "type" in call.params else [])
    found = [one for one in found if created_fits(one, call.params.get("created")) and kept(call, one)]
    found = [one for one in found if not types or any(webhooks.fits(one["type"], name) for name in types)]
    if "delivery_success" in call.params:
        found = [one for one in found if webhooks.all_delivered(call.store, one["id"]) == call.params["delivery_success"]]
    return cut(call, found, "/v1/events")


@route("GET", "/v1/events/{id}")
def retrieve_event(call: Call, id: str) -> dict:
    """One event as it was."""
    event = call.load("event", id)
    if not kept(call, event):
        raise missing_object("event", id)
    return event


@route("GET", "/v2/core/events")
def list_thin_events(call: Call) -> dict:
    """Newest first, by object and type, 20 to a page."""
    found = [one for one in call.store.select("v2.core.event", PLATFORM) if kept(call, one)]
    if "object_id" in call.params:
        found = [one for one in found if one["related_object"]["id"] == call.params["object_id"]]
    if "types" in call.params:
        found = [one for one in found if one["type"] in call.params["types"]]
    found = [one for one in found if created_fits(one, call.params.get("created"))]
    return thin_page(call, found, "/v2/core/events")


def thin_page(call: Call, found: list[dict], url: str) -> dict:
    """A page as version 2 gives it: an address for the next one instead of a cursor."""
    start, limit = int(call.params.get("page") or 0), int(call.params.get("limit") or PAGE)
    more = {**{key: value for key, value in call.params.items() if isinstance(value, (str, int))}, "page": start + limit, "limit": limit}
    return {"data": [present(call, one) for one in found[start:start + limit]],
            "next_page_url": f"{url}?{urlencode(more)}" if len(found) > start + limit else None,
            "previous_page_url": None}


@route("GET", "/v2/core/events/{id}")
def retrieve_thin_event(call: Call, id: str) -> dict:
    """One thin event with its data."""
    event = call.on(PLATFORM).load("v2.core.event", id)
    if not kept(call, event):
        raise missing_object("event", id)
    return event
