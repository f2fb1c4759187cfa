"""What a six-digit code opens: an account, a new password, a new address."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from marketplace import clock, db, events
from marketplace.accounts import codes, legal, passwords, queries, reauth, service, sessions, throttle, undo
from marketplace.accounts.events import EmailChanged, PasswordChanged
from marketplace.accounts.models import EmailCode, User
from marketplace.authz import Actor
from marketplace.errors import Refused


def ask_to_sign_up(
    *, kind: str, name: str, email: str, password: str, country: str, party_name: str | None = None,
    language: str = "en", zone: str | None = None, onward: str | None = None,
) -> EmailCode:  # fmt: skip
    """Keep what was typed and have a code sent. Raises Refused when such a party may not sign up here.

    `zone` is the browser's, where it told us; `onward` is where to go once the account is open. The terms in force are
    agreed to by sending this. The same happens for a known address; only the mail differs.
    """
    settings = queries.instance()
    if settings is None or kind not in service.open_to(settings):
        raise Refused(gettext("This portal does not open such accounts by itself. Ask its operator."), 403)
    typed = {
        "kind": kind,
        "name": name,
        "party_name": party_name,
        "country": country,
        "language": language,
        "zone": zone,
        "password_hash": passwords.hash_of(password),
    }
    shown = [db.short(id) for id in legal.in_force(settings).values()]
    return codes.ask(email, "sign_up", {"account": typed, "onward": onward, "legal": shown})


def confirm_sign_up(row: EmailCode, typed: str) -> User:
    """Open the account that was asked for. Raises Refused for a wrong code."""
    codes.check(row, typed)
    account: dict[str, Any] = row.payload["account"]
    shown = [db.long(id) for id in row.payload.get("legal", [])]
    row.payload = {"onward": row.payload.get("onward")}
    user, _party = service.sign_up(email=row.email, **account)
    legal.accept(user, shown)
    return user


def ask_to_reset(email: str) -> EmailCode:
    """Have a code sent with which a forgotten password is replaced."""
    return codes.ask(email, "reset")


def reset(row: EmailCode, typed: str, password: str) -> User:
    """Replace a password by a code, and end every sign-in. Raises Refused for a wrong code."""
    codes.check(row, typed)
    user = queries.user_by_email(row.email)
    if user is None or user.disabled_at is not None:
        raise Refused(gettext("This is not the code we sent. Please look again."), 422, "code")
    _replace_password(user, password, by=service.acting(user))
    sessions.end_all(user.id)
    throttle.forget("sign_in", row.email)
    return user


def change_password(user: User, current: str, new: str, *, by: Actor) -> None:
    """Replace a password by someone who knows it; her other sign-ins end. Raises Refused."""
    throttle.count("change_password", str(user.id))
    if not passwords.fits(user, current):
        raise Refused(gettext("This is not your present password."), 422, "current")
    _replace_password(user, new, by=by)
    sessions.end_all(user.id, but=by.session_id)


def ask_to_change_email(user: User, email: str, password: str) -> EmailCode:
    """Have a code sent to a new address. Raises Refused when the password is wrong."""
    reauth.prove(user, password, what="change_email")
    return codes.ask(email, "change_email", {"user": str(user.id)})


def change_email(user: User, row: EmailCode, typed: str, *, by: Actor) -> None:
    """Take the proven new address. Raises Refused for a wrong code or someone else's."""
    if not codes.belongs_to(row, user):
        raise Refused(gettext("Ask for a new code."), 422, "code")
    codes.check(row, typed)
    if queries.user_by_email(row.email) is not None:
        raise Refused(gettext("This is not the code we sent. Please look again."), 422, "code")
    change = undo.remember_email(user)
    user.email = row.email
    user.email_verified_at = clock.now()
    events.emit(EmailChanged(user.id, change.id), by=by)


def _replace_password(user: User, password: str, *, by: Actor) -> None:
    user.password_hash = passwords.hash_of(password)
    events.emit(PasswordChanged(user.id), by=by)
