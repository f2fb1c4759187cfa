"""`/l/<slug>`: the click is written first, then the visitor is sent on."""

from __future__ import annotations

import sqlalchemy as sa
from flask import current_app, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from marketplace import db
from marketplace.affiliate import clicks
from marketplace.affiliate.models import TrackingLink
from marketplace.affiliate.routes import blueprint
from marketplace.authz import public
from marketplace.errors import NotThere


@blueprint.get("/l/<slug>")
@public
def follow(slug: str) -> Response:
    """Count a visit and forward it: 302, never cached."""
    link = db.session.scalar(sa.select(TrackingLink).where(TrackingLink.slug == slug[:80]))
    forward = clicks.follow(link, _visit()) if link else None
    if forward is None:
        raise NotThere(gettext("This link does not lead anywhere any more."))
    response = redirect(forward.address, 302)
    response.headers["Cache-Control"] = "private, no-store"
    if forward.cookie:
        response.set_cookie(
            clicks.COOKIE,
            forward.cookie,
            max_age=clicks.COOKIE_DAYS * 86_400,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return response


def _visit() -> clicks.Visit:
    cookie = request.cookies.get(clicks.COOKIE)
    return clicks.Visit(
        method=request.method,
        headers={name.lower(): value for name, value in request.headers.items()},
        arguments=request.args.to_dict(),
        cookie=cookie if cookie and len(cookie) <= 64 else None,
    )
