"""What a person was told, what she has read of it, and when she wants the digest."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, redirect, url_for
from flask_babel import gettext

from marketplace import authz, web
from marketplace.authz import requires, signed_in
from marketplace.notifications import policy, queries, service
from marketplace.notifications.forms import Settings
from marketplace.notifications.models import Notification

blueprint = Blueprint("notifications", __name__)


def install(app: Flask) -> None:
    """The number at the bell, on every signed-in page."""
    app.context_processor(_unread)


def _unread() -> dict[str, Any]:
    """Whoever opens the page a line leads to has read the line. Nothing else changes, so a GET may do it."""
    actor = authz.current_actor()
    if not actor.signed_in:
        return {}
    pages = web.shown()
    unread, here = queries.unread(actor, pages)
    if here:
        service.read_here(actor, pages)
    return {"unread": unread - here}


@blueprint.get("/notifications")
@requires(signed_in)
def show() -> Any:
    """Everything one was told, the newest first."""
    number = web.page_number()
    rows, pages = queries.page(authz.current_actor(), number)
    lines = [
        {
            "at": row.created_at,
            "title": row.sentence,
            "unread": unread,
            "icon": "bell" if unread else "check",
            "href": url_for("notifications.open_", notification_id=row.id),
        }
        for row, unread in rows
    ]
    return web.page("notifications/show.html", lines=lines, number=min(number, pages), pages=pages)


@blueprint.get("/notifications/<id:notification_id>")
@requires(policy.is_own, load=queries.own)
def open_(row: Notification) -> Any:
    """On to where a line leads; it counts as read. Nothing else changes, so a link may do it."""
    service.read(row)
    return redirect(web.safe_next(row.link) or "/notifications", code=303)


@blueprint.post("/notifications/read")
@requires(signed_in)
def read_all() -> Any:
    """Everything counts as read."""
    service.read_all(authz.current_actor())
    return web.back_to("notifications.show")


@blueprint.get("/settings/notifications")
@requires(signed_in)
def settings() -> Any:
    """When the digest comes."""
    user_id = authz.current_actor().user_id
    return web.form_page("notifications/settings.html", Settings(obj=queries.settings(user_id) if user_id else None))


@blueprint.post("/settings/notifications")
@requires(signed_in, typed=True)
def choose() -> Any:
    """Keep it."""
    form = Settings()
    if not form.validate():
        return web.form_page("notifications/settings.html", form)
    service.choose(
        authz.current_actor(),
        digest=form.digest.data,
        digest_hour=form.digest_hour.data,
        away_until=form.away_until.data,
    )
    flash(gettext("Saved."), "good")
    return web.back_to("notifications.settings")
