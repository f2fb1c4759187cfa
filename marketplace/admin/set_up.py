"""Until the instance is set up, every page leads to set-up; afterwards that page is gone and says so.

It answers 410 and not 404: who comes back to a bookmark should know what to do, and a stranger learns nothing that the
front page does not show.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, redirect, request, url_for

from marketplace import web
from marketplace.accounts import door, queries, service, setup_key
from marketplace.admin.forms import SetUp
from marketplace.authz import public
from marketplace.config import Config
from marketplace.errors import Refused

blueprint = Blueprint("set_up", __name__)
OPEN = {"set_up.show", "set_up.save", "static", "asset", "accounts.theme"}
OPEN_PREFIX = "dev."


def install(app: Flask) -> None:
    """Look before every request."""
    app.before_request(_lead_there)


def _lead_there() -> Any:
    """To set-up; or, while the demo marketplace is being loaded, a page that says so and looks again."""
    endpoint = request.endpoint or ""
    if endpoint in OPEN or endpoint.startswith(OPEN_PREFIX) or queries.instance() is not None:
        return None
    settings: Config = current_app.config["SETTINGS"]
    if settings.start == "demo":
        answer = web.page("admin/waiting.html")
        answer.headers["Refresh"] = "2"
        return answer
    return redirect(url_for("set_up.show"))


def _gone() -> Any:
    """The page that leads to sign-in, once the portal is set up."""
    return web.page("admin/set_up_done.html", 410) if queries.instance() is not None else None


def _form() -> SetUp:
    form = SetUp()
    if not setup_key.needed():
        del form.key
    return form


@blueprint.get("/set-up")
@public
def show() -> Any:
    """The form of a new portal."""
    return _gone() or web.form_page("admin/set_up.html", _form())


@blueprint.post("/set-up")
@public(typed=True)
def save() -> Any:
    """Write the instance's row and sign its first administrator in."""
    if gone := _gone():
        return gone
    form = _form()
    if not form.validate():
        return web.form_page("admin/set_up.html", form)
    try:
        if form.key:
            setup_key.use_up(form.key.data)
        user = service.set_up(
            shape=form.shape.data,
            name=form.name.data,
            email=form.email.data,
            password=form.password.data,
            country=form.country.data,
            currency=form.currency.data,
            operator_name=form.operator_name.data,
            brand_name=form.brand_name.data or None,
            platform_fee_bps=form.fee_bps(),
        )
    except Refused as refusal:
        form.refuse(refusal)
        return web.page("admin/set_up.html", refusal.status, form=form)
    door.let_in(user, strength="password")
    return redirect("/home", code=303)
