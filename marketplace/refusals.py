"""What a refused step leads back to: the page of the thing it was about, and how that thing stands now.

Addresses nest: `/deals/…/content/1/approve` acts on what `/deals/…/content/1` shows. So the way back is read from the
route itself, never from what a browser sends, and can only be one of our own pages.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import current_app, g, request
from werkzeug.exceptions import HTTPException

from marketplace import db
from marketplace.authz import UNSAFE
from marketplace.lifecycle import MACHINES


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


def _is_page(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        endpoint, _arguments = adapter.match(path, method="GET")
    except HTTPException:
        return False
    return getattr(current_app.view_functions[endpoint], "access", ("",))[0] in {"requires", "public"}


def how_it_stands() -> str:
    """The sentence of the state that the request's thing is in now (to be translated); empty where it has none.

    Call it after the refused transaction was rolled back: the row is read afresh.
    """
    row: Any = g.get("subject")
    state = sa.inspect(row, raiseerr=False)
    machine = MACHINES.get(getattr(type(row), "__tablename__", "").removesuffix("s"))
    if state is None or not state.persistent or machine is None:
        return ""
    found = db.session.scalar(sa.select(type(row).state).where(type(row).id == state.identity[0]))
    return machine.words.get(machine.states(found), "") if found else ""
