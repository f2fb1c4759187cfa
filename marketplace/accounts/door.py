"""Between Flask-Login's cookie and the session rows: who acts in this request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from marketplace import authz, db, web
from marketplace.accounts import codes, queries, sessions
from marketplace.accounts.models import EmailCode, User, UserSession
from marketplace.authz import ANONYMOUS, Actor, PartyLine
from marketplace.errors import Refused

manager = LoginManager()


class SignedIn(UserMixin):
    """What Flask-Login carries: a session row, its user, and the token in the cookie."""

    def __init__(self, row: UserSession, user: User, token: str) -> None:
        self.row, self.user, self.token = row, user, token

    def get_id(self) -> str:
        """The token, which only this browser knows."""
        return self.token


def install(app: Flask) -> None:
    """Load the actor of every request from its session."""
    manager.init_app(app)
    authz.install_actor_loader(load_actor)


@manager.user_loader
def _by_token(token: str) -> SignedIn | None:
    found = sessions.find(token)
    return SignedIn(*found, token) if found else None


def load_actor() -> Actor:
    """The person of this request, for the party she chose or, failing that, her first."""
    if not current_user or not current_user.is_authenticated:
        return ANONYMOUS
    row, user = current_user.row, current_user.user
    memberships = queries.memberships_of(user.id)
    chosen = next((m for m in memberships if m.party_id == row.party_id), None) or next(iter(memberships), None)
    party = chosen.party if chosen else None
    return Actor(
        kind="user",
        user_id=user.id,
        party_id=party.id if party else None,
        party_kind=party.kind if party else None,
        roles=frozenset([chosen.role] if chosen else []),
        strength=row.strength,
        session_id=row.id,
        user_name=user.name,
        party_name=party.name if party else "",
        zone=user.zone,
        language=user.language,
        parties=tuple(PartyLine(m.party.id, m.party.name, m.party.kind) for m in memberships),
    )


def let_in(user: User, *, strength: str, party_id: UUID | None = None) -> None:
    """Begin a session in this browser."""
    token = sessions.start(user, strength=strength, device=request.user_agent.string, party_id=party_id)
    login_user(_by_token(token))
    authz.forget_actor()


def let_out() -> None:
    """End this browser's session."""
    actor = authz.current_actor()
    if actor.session_id and actor.user_id:
        sessions.end(actor.session_id, actor.user_id)
    logout_user()
    authz.forget_actor()


def user() -> User:
    """The signed-in user's row. Raises RuntimeError when nobody is: a view's policy has seen to it."""
    if not current_user.is_authenticated:
        raise RuntimeError("Nobody is signed in.")
    return current_user.user


def act_for(party_id: UUID) -> None:
    """From now on this browser acts for that party."""
    sessions.act_for(current_user.row.id, party_id)
    authz.forget_actor()


def refused_page(template: str, form: Any, refusal: Refused, **context: Any) -> Any:
    """The form again with the refusal in it and its status; a counted try stays counted."""
    form.refuse(refusal)
    web.keep()
    return web.page(template, 429 if refusal.status == 429 else 422, form=form, **context)


def remember_code(row: EmailCode) -> None:
    """This browser is asked for that code next."""
    session["code"] = db.short(row.id)


def pending_code(purpose: str) -> EmailCode | None:
    """The code this browser is asked for."""
    return codes.pending(db.long(session["code"]), purpose) if "code" in session else None
