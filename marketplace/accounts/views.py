"""Signing in and out, and acting for another party."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, redirect, request

from marketplace import authz, db, web
from marketplace.accounts import door, service, sessions
from marketplace.accounts.forms import SignIn
from marketplace.authz import public, requires, signed_in
from marketplace.errors import NotThere, Refused

blueprint = Blueprint("accounts", __name__)
HOME = "/home"  # the desk, a package above this one


def install(app: Flask) -> None:
    """Tell ground how to find the actor of a request."""
    door.install(app)


def onward(target: str | None = None) -> Any:
    """To where the person was going, else home."""
    return redirect(web.safe_next(target or request.args.get("next")) or HOME, code=303)


@blueprint.get("/sign-in")
@public
def sign_in() -> Any:
    """The sign-in page."""
    if authz.current_actor().signed_in:
        return onward()
    return web.form_page("accounts/sign_in.html", SignIn())


@blueprint.post("/sign-in")
@public(typed=True)
def enter() -> Any:
    """Check the password and begin a session."""
    form = SignIn()
    if form.validate():
        try:
            user = service.sign_in(form.email.data, form.password.data)
            door.let_in(user, strength="password")
            return onward()
        except Refused as refusal:
            form.refuse(refusal)
            if refusal.status == 429:
                return web.page("accounts/sign_in.html", 429, form=form)
    return web.form_page("accounts/sign_in.html", form)


@blueprint.post("/sign-out")
@requires(signed_in)
def sign_out() -> Any:
    """End this browser's session."""
    door.let_out()
    return web.back_to("accounts.sign_in")


@blueprint.post("/switch")
@requires(signed_in)
def switch() -> Any:
    """Act for another of one's parties."""
    actor = authz.current_actor()
    wanted = request.form.get("party", "")
    line = next((p for p in actor.parties if db.short(p.id) == wanted), None)
    if line is None or actor.session_id is None:
        raise NotThere()
    sessions.act_for(actor.session_id, line.id)
    return redirect(HOME, code=303)
