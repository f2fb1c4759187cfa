"""Who acts, and the three marks every route wears. A route without one stops the app at start.

Order of answers, the same everywhere: anonymous → sign-in; a stranger to the object → 404;
the right party with the wrong role → 403; an illegal state → 409 (from the verb).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Flask, abort, g, redirect, request, url_for
from wtforms.validators import ValidationError

from marketplace import csrf
from marketplace.errors import NotThere, NotYourRole

Policy = Callable[..., bool]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


@dataclass(frozen=True)
class PartyLine:
    """A party the signed-in person may act for, as the switcher shows it."""

    id: UUID
    name: str
    kind: str


@dataclass(frozen=True)
class Actor:
    """A user acting for a party, an API key, or the clock; anonymous when nobody signed in.

    `roles` are the user's roles in the party; `strength` is how the person proved who they are
    (`password`, `code`, `second_factor`).
    """

    kind: str = "anonymous"
    user_id: UUID | None = None
    party_id: UUID | None = None
    party_kind: str | None = None
    roles: frozenset[str] = frozenset()
    strength: str | None = None
    session_id: UUID | None = None
    user_name: str = ""
    party_name: str = ""
    zone: str = "UTC"
    language: str = "en"
    parties: tuple[PartyLine, ...] = ()

    @property
    def signed_in(self) -> bool:
        """True for a person with a session."""
        return self.kind == "user"

    @property
    def own_party_id(self) -> UUID:
        """The party acted for. Raises LookupError when there is none, which a policy should have refused."""
        if self.party_id is None:
            raise LookupError("This actor acts for no party.")
        return self.party_id

    def is_a(self, party_kind: str, *roles: str) -> bool:
        """True when acting for a party of this kind, in one of `roles` if any are named."""
        return self.party_kind == party_kind and (not roles or not self.roles.isdisjoint(roles))


CLOCK = Actor(kind="clock", user_name="the clock")
ANONYMOUS = Actor()

_load_actor: Callable[[], Actor] = lambda: ANONYMOUS  # noqa: E731 - replaced once by accounts
_policies: dict[str, Policy] = {}


def install_actor_loader(load: Callable[[], Actor]) -> None:
    """`accounts` says how a request's actor is found; ground cannot look up, only be told."""
    global _load_actor
    _load_actor = load


def current_actor() -> Actor:
    """The actor of this request, or the clock outside of one. Looked up once."""
    if not request:
        return CLOCK
    if "actor" not in g:
        g.actor = ANONYMOUS
        g.actor = _load_actor()
    return g.actor


def forget_actor() -> None:
    """Look the actor up afresh: after signing in or out, or switching party."""
    g.pop("actor", None)


def signed_in(actor: Actor) -> bool:
    """Policy: anybody with a session."""
    return actor.signed_in


def register_policies(package: str, module: Any) -> None:
    """Make `may_*` of a package's `policy.py` known to templates as `may('package.verb', row)`."""
    for name, function in vars(module).items():
        if name.startswith("may_"):
            _policies[f"{package}.{name.removeprefix('may_')}"] = function


def may(name: str, *rows: Any) -> bool:
    """In templates: would the door open for the current actor? The same predicate as the door."""
    return _policies[name](current_actor(), *rows)


def requires(policy: Policy, *, load: Callable[..., Any] | None = None, typed: bool = False) -> Callable[..., Any]:
    """Let in who `policy` allows.

    With `load`, the object is fetched first by `load(actor, **url_arguments)`, which returns only
    what the actor's party may see (None or NotThere → 404); then `policy(actor, object)` decides
    (False → 403) and the view receives the object instead of the arguments. `typed` marks a view
    that shows its form again when the CSRF token failed, so that nothing typed is lost; its form
    must be a `forms.Form`, which then refuses to validate.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(**arguments: Any) -> Any:
            actor = current_actor()
            if not actor.signed_in:
                return _to_sign_in()
            if load is None:
                if not policy(actor):
                    raise NotYourRole()
                _check_token(typed)
                return view(**arguments)
            found = load(actor, **arguments)
            if found is None:
                raise NotThere()
            g.subject = found  # what a refusal is about (`refusals.py`)
            if not policy(actor, found):
                raise NotYourRole()
            _check_token(typed)
            return view(found)

        guarded.access = ("requires", getattr(policy, "__name__", "policy"))  # type: ignore[attr-defined]  # our mark
        guarded.typed = typed  # type: ignore[attr-defined]  # our mark
        guarded.loads = load is not None  # type: ignore[attr-defined]  # our mark
        return guarded

    return mark


def public(view: Callable[..., Any] | None = None, *, typed: bool = False) -> Any:
    """Open to anybody. Unsafe methods still need the CSRF token (see `requires` for `typed`)."""

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def open_(**arguments: Any) -> Any:
            _check_token(typed)
            return view(**arguments)

        open_.access = ("public", "")  # type: ignore[attr-defined]  # our mark
        open_.typed = typed  # type: ignore[attr-defined]  # our mark
        return open_

    return mark(view) if view else mark


def machine(proof: str) -> Callable[..., Any]:
    """A door for programs, which prove themselves inside: `hmac`, `key` or `beacon`. No CSRF."""
    if proof not in {"hmac", "key", "beacon"}:
        raise ValueError(f"Unknown proof {proof!r}.")

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.access = ("machine", proof)  # type: ignore[attr-defined]  # our mark
        return view

    return mark


def check_every_route(app: Flask) -> None:
    """Stop the app at start when a route wears no mark. Deny by default."""
    bare = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "access")
    ]
    if bare:
        names = ", ".join(sorted(set(bare)))
        raise RuntimeError(f"Routes without @requires, @public or @machine: {names}")


def _check_token(typed: bool) -> None:
    """Refuse an unsafe request without a valid CSRF token, unless its own form will."""
    if request.method not in UNSAFE or typed:
        return
    token = request.form.get("csrf_token") or request.headers.get("X-CSRFToken", "")
    try:
        csrf.check(token)
    except ValidationError:
        abort(400, "csrf")


def _to_sign_in() -> Any:
    """To the sign-in page and back here afterwards; for htmx the whole page goes there."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("accounts.sign_in", next=back)
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return redirect(target)
