"""The access matrix: every route × {anonymous, stranger, wrong role, other tenant}, and CSRF on every unsafe route."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from marketplace import authz
from tests.house import subjects, walk
from tests.house.world import World
from tests.stripe_server import StripeServer

REFUSED = {403, 404}
OPEN_TO_ALL = {"signed_in"}  # policies that ask for a session only


@pytest.fixture(autouse=True)
def _bugs_are_answers(app: Flask, stripe_server: StripeServer) -> Iterator[None]:
    """A view that raises answers 500 here, as it would for a person, so that one walk names them all. Stripe answers."""
    app.config["PROPAGATE_BUGS"] = False
    yield
    app.config["PROPAGATE_BUGS"] = True


def allowed(app: Flask, rule: Rule, method: str, who: str) -> set[int] | None:
    """The statuses one may get on a route; None for anything that is not a broken page."""
    mark, policy = walk.access(app, rule)
    if who == "anonymous":
        return (
            {302} if mark == "requires" else set(range(400, 500)) if mark == "machine" and policy != "beacon" else None
        )
    if mark != "requires":
        return None
    if who.startswith("other") and rule.arguments and walk.loads(app, rule) and rule.endpoint not in subjects.VISIBLE:
        return {404}
    bound = policy not in OPEN_TO_ALL and rule.endpoint not in subjects.ANY_ROLE
    if who == "viewer" and method in authz.UNSAFE and bound:
        return REFUSED
    if rule.rule.startswith("/staff") and rule.endpoint not in subjects.BOTH_TEAMS and who not in {"admin", "support"}:
        return REFUSED
    if rule.rule.startswith("/brand/") and rule.endpoint not in subjects.BOTH_TEAMS and who not in {
        "brand", "viewer", "other brand",
    }:  # fmt: skip
        return REFUSED
    return None


@pytest.mark.parametrize(
    "who", ["anonymous", "creator", "brand", "viewer", "other brand", "other creator", "admin", "support"]
)
def test_the_access_matrix(app: Flask, who: str) -> None:
    """Strangers 404, wrong roles 403, anonymous people to sign-in, and a broken page for nobody."""
    world, wrong = World(), []
    targets = walk.addresses(walk.rules(app), world)
    visitor = walk.Visitor(app, world.everybody.get(who))
    for rule, target in targets:
        for method in walk.methods(rule):
            status = visitor.send(method, target).status_code
            expected = allowed(app, rule, method, who)
            if status >= 500 or (expected is not None and status not in expected):
                wrong.append(f"{method} {rule.rule} ({rule.endpoint}) answers {status}")
    assert not wrong, f"as {who}:\n" + "\n".join(wrong)


def test_every_argument_of_every_route_has_a_sample(app: Flask) -> None:
    missing = [
        f"{rule.rule} ({rule.endpoint}): no sample for {argument!r} in tests/house/subjects.py"
        for rule in walk.rules(app)
        for argument in subjects.missing(rule)
    ]
    assert not missing, "\n".join(missing)


def test_every_route_wears_a_mark(app: Flask) -> None:
    authz.check_every_route(app)
    bare = Flask("bare")
    bare.add_url_rule("/x", "x", lambda: "")
    with pytest.raises(RuntimeError, match="x"):
        authz.check_every_route(bare)


def test_every_unsafe_route_but_the_machines_needs_the_csrf_token(app: Flask) -> None:
    """Without it an untyped form answers 400 before its view runs, a typed one shows itself again; neither writes."""
    world, wrong = World(), []
    chosen = [rule for rule in walk.rules(app) if walk.unsafe(rule) and walk.access(app, rule)[0] != "machine"]
    targets = walk.addresses(chosen, world)
    visitors = [walk.Visitor(app, who, counting=True) for who in (world.brand, world.creator, world.admin)]
    nobody = walk.Visitor(app, None, counting=True)
    for rule, target in targets:
        for visitor in visitors if walk.access(app, rule)[0] == "requires" else [nobody]:
            status = visitor.send("POST", target, {"email": "a@example.com"}, token=False).status_code
            passed = status in {200, 303} and rule.endpoint not in subjects.HARMLESS
            if passed or status >= 500 or visitor.wrote:
                wrong.append(f"{rule.rule} ({rule.endpoint}) answers {status}")
            if status not in REFUSED:
                break
    assert not wrong, "\n".join(wrong)
