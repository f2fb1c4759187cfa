"""Signing up, in and out, forgotten passwords, and acting for another party."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask, abort, flash, redirect, request, session
from flask_babel import get_locale, gettext
from sqlalchemy.exc import SQLAlchemyError

from marketplace import authz, db, web
from marketplace.accounts import (
    codes,
    door,
    legal,
    legal_views,  # noqa: F401 - its routes
    proofs,
    queries,
    service,
    sessions,
    settings_views,  # noqa: F401 - its routes
    team_views,  # noqa: F401 - its routes
    undo_views,  # noqa: F401 - its routes
)
from marketplace.accounts.door import pending_code, refused_page, remember_code
from marketplace.accounts.forms import Code, NewPassword, Reset, SignIn, SignUp, SignUpBrand
from marketplace.accounts.models import EmailCode, PartyKind
from marketplace.accounts.routes import HOME, blueprint
from marketplace.authz import public, requires, signed_in
from marketplace.errors import NotThere, Refused


def install(app: Flask) -> None:
    """Tell ground how to find the actor of a request."""
    door.install(app)
    app.jinja_env.filters["device"] = sessions.device_words
    app.context_processor(_whose_portal)


def _whose_portal() -> dict[str, Any]:
    """For every template: the portal's name, the one brand it belongs to, if it is one brand's own, and its terms."""
    with suppress(SQLAlchemyError):  # the page that says sorry goes without
        return {"site_name": queries.site_name(), "own_brand": queries.only_brand(), "legal": legal.links()}
    return {"own_brand": None, "legal": []}


def onward(target: str | None = None) -> Any:
    """To where the person was going, else home."""
    return redirect(web.safe_next(target or request.args.get("next")) or HOME, code=303)


# Signing up


def _kinds() -> tuple[str, ...]:
    settings = queries.instance()
    return service.open_to(settings) if settings else ()


def _sign_up_form() -> tuple[str, SignUp] | None:
    """The kind of party in the address and its form; None while it must be chosen."""
    open_kinds = _kinds()
    kind = request.args.get("as") or (open_kinds[0] if len(open_kinds) == 1 else None)
    if kind is None:
        return None
    if kind not in open_kinds:
        raise NotThere()
    return kind, SignUpBrand() if kind == PartyKind.BRAND else SignUp()


@blueprint.get("/sign-up")
@public
def sign_up() -> Any:
    """Choose creator or brand, then the form."""
    if authz.current_actor().signed_in:
        return onward()
    chosen = _sign_up_form()
    if chosen is None:
        return web.page("accounts/choose.html", kinds=_kinds())
    return web.form_page("accounts/sign_up.html", chosen[1], kind=chosen[0])


@blueprint.post("/sign-up")
@public(typed=True)
def open_account() -> Any:
    """Keep what was typed and send a code; the same for a known address."""
    chosen = _sign_up_form()
    if chosen is None:
        abort(400)
    kind, form = chosen
    if not form.validate():
        return web.form_page("accounts/sign_up.html", form, kind=kind)
    try:
        row = proofs.ask_to_sign_up(
            kind=kind,
            name=form.name.data,
            email=form.email.data,
            password=form.password.data,
            country=form.country.data,
            party_name=form.party_name.data if isinstance(form, SignUpBrand) else None,
            language=str(get_locale() or "en"),
            zone=form.zone.data or None,
            onward=web.safe_next(request.args.get("next")),
        )
    except Refused as refusal:
        return refused_page("accounts/sign_up.html", form, refusal, kind=kind)
    remember_code(row)
    return web.back_to("accounts.sign_up_code")


@blueprint.get("/sign-up/code")
@public
def sign_up_code() -> Any:
    """Ask for the six digits, in the same tab."""
    row = pending_code("sign_up")
    if row is None:
        return web.back_to("accounts.sign_up")
    return web.form_page("accounts/sign_up_code.html", Code(), **_asked(row))


def _asked(row: EmailCode) -> dict[str, Any]:
    """What the page of the code says: where it went, and the way back to the form as it was come to."""
    return {"email": row.email, "kind": row.payload["account"]["kind"], "onward": row.payload.get("onward")}


@blueprint.post("/sign-up/code")
@public(typed=True)
def confirm_sign_up() -> Any:
    """Open the account and sign in."""
    row = pending_code("sign_up")
    if row is None:
        return web.back_to("accounts.sign_up")
    form, asked = Code(), _asked(row)
    if not form.validate():
        return web.form_page("accounts/sign_up_code.html", form, **asked)
    try:
        user = proofs.confirm_sign_up(row, form.code.data)
    except Refused as refusal:
        return refused_page("accounts/sign_up_code.html", form, refusal, **asked)
    session.pop("code", None)
    door.let_in(user, strength="code")
    return onward(row.payload.get("onward"))


@blueprint.post("/code/again")
@public
def send_again() -> Any:
    """A new code for the same purpose."""
    for purpose, endpoint in CODE_PAGES.items():
        if row := pending_code(purpose):
            remember_code(codes.ask_again(row))
            flash(gettext("A new code is on its way."), "good")
            return web.back_to(endpoint)
    raise NotThere()


CODE_PAGES = {
    "sign_up": "accounts.sign_up_code",
    "reset": "accounts.reset_code",
    "change_email": "accounts.email_code",
}


# Forgotten passwords


@blueprint.get("/reset")
@public
def reset() -> Any:
    """Where to send a code."""
    return web.form_page("accounts/reset.html", Reset())


@blueprint.post("/reset")
@public(typed=True)
def ask_to_reset() -> Any:
    """Send a code, if the address has an account; the page says the same either way."""
    form = Reset()
    if not form.validate():
        return web.form_page("accounts/reset.html", form)
    try:
        remember_code(proofs.ask_to_reset(form.email.data))
    except Refused as refusal:
        return refused_page("accounts/reset.html", form, refusal)
    return web.back_to("accounts.reset_code")


@blueprint.get("/reset/code")
@public
def reset_code() -> Any:
    """The code and a new password."""
    row = pending_code("reset")
    if row is None:
        return web.back_to("accounts.reset")
    return web.form_page("accounts/reset_code.html", NewPassword(), email=row.email)


@blueprint.post("/reset/code")
@public(typed=True)
def replace_password() -> Any:
    """Replace the password, end every sign-in and begin a new one."""
    row = pending_code("reset")
    if row is None:
        return web.back_to("accounts.reset")
    form = NewPassword()
    if not form.validate():
        return web.form_page("accounts/reset_code.html", form, email=row.email)
    try:
        user = proofs.reset(row, form.code.data, form.password.data)
    except Refused as refusal:
        return refused_page("accounts/reset_code.html", form, refusal, email=row.email)
    session.pop("code", None)
    door.let_in(user, strength="code")
    return onward()


# Signing in and out


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
            return refused_page("accounts/sign_in.html", form, refusal)
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
