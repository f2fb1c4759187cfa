"""`POST /api/affiliate/orders`: signed news of one order, stored durably and answered 202 before any work.

What cannot be taken is answered 422 at once; of a wrong currency the brand reads too (`heard.not_taken`).
"""

from __future__ import annotations

import json

from flask import Response, jsonify, request
from flask_babel import gettext

from marketplace import jobs, web
from marketplace.affiliate import shops
from marketplace.affiliate.incoming import Unreadable, read_json
from marketplace.affiliate.jobs import work_shop
from marketplace.affiliate.routes import blueprint
from marketplace.authz import machine

LARGEST = 256 * 1024  # bytes of a body; more is answered 413


@blueprint.post("/api/affiliate/orders")
@machine("hmac")
def receive() -> Response:
    """Headers: X-Api-Key, X-Signature (sha256=…, HMAC over the raw body), Idempotency-Key."""
    request.max_content_length = LARGEST
    body = request.get_data(cache=False)
    shop = shops.authenticate(request.headers.get("X-Api-Key", ""), request.headers.get("X-Signature", ""), body)
    if shop is None:
        return _answer(401, error=gettext("The key is unknown, or the signature does not match these bytes."))
    event_id = request.headers.get("Idempotency-Key", "")
    shops.refuse_key(event_id)
    try:
        news = read_json(json.loads(body), source="postback", source_event_id=event_id)
    except Unreadable as problem:
        return _answer(422, error=gettext("This order cannot be read."), problems=problem.problems)
    except (ValueError, RecursionError):
        return _answer(422, error=gettext("The body is not JSON."), problems={})
    if sentence := shops.refuse(shop, event_id, news, body):
        web.keep()
        return _answer(422, error=sentence, problems={"currency": sentence})
    row = shops.receive(shop, event_id, news, body)
    if row is None:
        web.keep()
        return _answer(409, error=gettext("This Idempotency-Key came before with another payload."))
    if row.verdict is None:
        jobs.enqueue(work_shop, shop.id)
    return _answer(202, **row.response)


def _answer(status: int, /, **body: object) -> Response:
    response = jsonify(body)
    response.status_code = status
    return response
