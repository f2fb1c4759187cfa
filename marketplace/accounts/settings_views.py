"""One's own settings: how the portal speaks to me, how I sign in, and where I am signed in."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext

from marketplace import authz, web
from marketplace.accounts import codes, door, policy, proofs, queries, service, sessions
from marketplace.accounts.door import pending_code, refused_page, remember_code
from marketplace.accounts.forms import ChangeEmail, ChangePassword, Code, Profile
from marketplace.accounts.models import EmailCode, UserSession
from marketplace.accounts.routes import blueprint
from marketplace.authz import public, requires, signed_in
from marketplace.errors import Refused

YEAR = 365 * 24 * 3600  # seconds


@blueprint.get("/settings")
@requires(signed_in)
def settings() -> Any:
    """Name, language, zone; light or dark."""
    return web.form_page("accounts/settings.html", Profile(obj=door.user()))


@blueprint.post("/settings")
@requires(signed_in, typed=True)
def save_profile() -> Any:
    """Keep them."""
    form = Profile()
    if not form.validate():
        return web.form_page("accounts/settings.html", form)
    service.change_profile(door.user(), name=form.name.data, language=form.language.data, zone=form.zone.data)
    flash(gettext("Saved."), "good")
    return web.back_to("accounts.settings")


@blueprint.post("/theme")
@public
def theme() -> Any:
    """Light, dark, or as the device says; remembered in this browser."""
    answer = redirect(web.safe_next(request.form.get("next")) or "/", code=303)
    chosen = request.form.get("theme")
    if chosen in {"light", "dark"}:
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure)
    else:
        answer.delete_cookie("theme")
    return answer


@blueprint.get("/settings/sign-in")
@requires(signed_in)
def sign_ins() -> Any:
    """Password, address, and every browser that is signed in."""
    return web.page("accounts/sign_ins.html", user=door.user(), sessions=sessions.of(door.user().id))


@blueprint.post("/settings/sign-in/<id:session_id>/end")
@requires(policy.is_own, load=queries.own_session)
def end_sign_in(session: UserSession) -> Any:
    """End one of one's sign-ins."""
    sessions.end(session.id, session.user_id)
    flash(gettext("That browser is signed out."), "good")
    return web.back_to("accounts.sign_ins")


@blueprint.post("/settings/sign-in/end-all")
@requires(signed_in)
def end_all_sign_ins() -> Any:
    """Sign out everywhere, here too."""
    sessions.end_all(door.user().id, but=authz.current_actor().session_id)
    door.let_out()
    return web.back_to("accounts.sign_in")


@blueprint.get("/settings/password")
@requires(signed_in)
def password() -> Any:
    """The form for another password."""
    return web.form_page("accounts/password.html", ChangePassword())


@blueprint.post("/settings/password")
@requires(signed_in, typed=True)
def change_password() -> Any:
    """Another password; every other sign-in ends."""
    form = ChangePassword()
    if not form.validate():
        return web.form_page("accounts/password.html", form)
    try:
        proofs.change_password(door.user(), form.current.data, form.password.data, by=authz.current_actor())
    except Refused as refusal:
        return refused_page("accounts/password.html", form, refusal)
    flash(gettext("The new password holds. Every other sign-in has ended."), "good")
    return web.back_to("accounts.sign_ins")


@blueprint.get("/settings/e-mail")
@requires(signed_in)
def email() -> Any:
    """The form for another address."""
    return web.form_page("accounts/email.html", ChangeEmail(), user=door.user())


@blueprint.post("/settings/e-mail")
@requires(signed_in, typed=True)
def ask_to_change_email() -> Any:
    """Send a code to the new address."""
    form = ChangeEmail()
    if not form.validate():
        return web.form_page("accounts/email.html", form, user=door.user())
    try:
        remember_code(proofs.ask_to_change_email(door.user(), form.email.data, form.password.data))
    except Refused as refusal:
        return refused_page("accounts/email.html", form, refusal, user=door.user())
    return web.back_to("accounts.email_code")


def _own_code() -> EmailCode | None:
    row = pending_code("change_email")
    return row if row and codes.belongs_to(row, door.user()) else None


@blueprint.get("/settings/e-mail/code")
@requires(signed_in)
def email_code() -> Any:
    """Ask for the six digits, in the same tab."""
    row = _own_code()
    if row is None:
        return web.back_to("accounts.email")
    return web.form_page("accounts/email_code.html", Code(), email=row.email)


@blueprint.post("/settings/e-mail/code")
@requires(signed_in, typed=True)
def change_email() -> Any:
    """Take the new address."""
    row, form = _own_code(), Code()
    if row is None:
        return web.back_to("accounts.email")
    if not form.validate():
        return web.form_page("accounts/email_code.html", form, email=row.email)
    try:
        proofs.change_email(door.user(), row, form.code.data, by=authz.current_actor())
    except Refused as refusal:
        return refused_page("accounts/email_code.html", form, refusal, email=row.email)
    flash(gettext("From now on you sign in with %(email)s.", email=row.email), "good")
    return web.back_to("accounts.sign_ins")
