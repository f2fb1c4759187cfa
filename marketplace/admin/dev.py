"""Pages for who builds this: the mail that would have been sent, and every component. Never in production."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response

from marketplace import web
from marketplace.authz import current_actor, public
from marketplace.config import Config
from marketplace.errors import NotThere
from marketplace.notifications import queries

blueprint = Blueprint("dev", __name__)


def install(app: Flask) -> None:
    """Hang them in, unless this is production."""
    settings: Config = app.config["SETTINGS"]
    if settings.environment != "production":
        app.register_blueprint(blueprint)


@blueprint.get("/dev/mailbox")
@public
def mailbox() -> Any:
    """The newest messages."""
    return web.page("admin/mailbox.html", mails=queries.mails())


@blueprint.get("/dev/mailbox/<id:mail_id>")
@public
def mail(mail_id: UUID) -> Any:
    """One message: its text, and its HTML beside it."""
    row = queries.mail(current_actor(), mail_id)
    if row is None:
        raise NotThere()
    return web.page("admin/mail.html", mail=row)


@blueprint.get("/dev/mailbox/<id:mail_id>/html")
@public
def mail_html(mail_id: UUID) -> Any:
    """The HTML part alone, as a mail reader shows it; nothing in it may run."""
    row = queries.mail(current_actor(), mail_id)
    if row is None:
        raise NotThere()
    answer = Response(row.html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.get("/dev/components")
@public
def components() -> Any:
    """Every component in every state."""
    return web.page("admin/components.html")
