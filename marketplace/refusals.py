"""What a refused step leads back to: the page of the thing it was about, and how that thing stands now.

Addresses nest: `/deals/…/content/1/approve` acts on what `/deals/…/content/1` shows. So the way back is read from the
route itself, never from what a browser sends, and can only be one of our own pages.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import current_app, g, request
from werkzeug.exceptions import HTTPException

from marketplace import db
from marketplace.authz import UNSAFE

PAGES = {"requires", "public"}  # not what is for machines


def way_back() -> str | None:
    """The nearest page above the address of this request; its own, where a thing's page takes what is sent to it.

    None where there is no page above, or the request fits no route at all.
    """
    if request.url_rule is None:
        return None
    own = request.method in UNSAFE and request.url_rule.rule.endswith(">")
    parts = request.path.split("/")
    lengths = range(len(parts) if own else len(parts) - 1, 1, -1)
    return next((path for path in ("/".join(parts[:n]) for n in lengths) if _is_page(path)), None)


def without_slash() -> str | None:
    """This request's address without the slash at its end, where that is one of ours; for what is only read."""
    path = request.path.rstrip("/")
    if request.url_rule is not None or request.method not in {"GET", "HEAD"} or path == request.path:
        return None
    if path.startswith("//") or _endpoint(path) is None:
        return None
    query = request.query_string.decode("ascii", "replace")
    return quote(path) + (f"?{query}" if query else "")


def _is_page(path: str) -> bool:
    endpoint = _endpoint(path)
    return endpoint is not None and getattr(current_app.view_functions[endpoint], "access", ("",))[0] in PAGES


def _endpoint(path: str) -> str | None:
    """What a GET of one of our addresses would reach."""
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter.match(path, method="GET")[0] if adapter else None
    except HTTPException:
        return None


def how_it_stands() -> str:
    """The sentence of the state that the request's thing is in now (to be translated); empty where it has none.

    Call it after the refused transaction was rolled back: the row is read afresh.
    """
    row: Any = g.get("subject")
    state = sa.inspect(row, raiseerr=False)
    machine = getattr(type(row), "machine", None)
    if state is None or not state.persistent or machine is None:
        return ""
    found = db.session.scalar(sa.select(type(row).state).where(type(row).id == state.identity[0]))
    return machine.words.get(machine.states(found), "") if found else ""
