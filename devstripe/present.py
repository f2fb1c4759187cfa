"""How stored objects leave the server: computed fields, no private ones, expanded references, pages of lists."""

from collections.abc import Callable

from devstripe.call import Call
from devstripe.errors import invalid, missing_object
from devstripe.store import column

PRESENTERS: dict[str, Callable[[Call, dict], dict]] = {}
TEXT_THAT_IS_NO_ID = {"client_secret", "url"}
COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "="}


def presenter(kind: str) -> Callable:
    """Register what a kind's body gains when it leaves: a function of (call, body)."""

    def register(function: Callable) -> Callable:
        PRESENTERS[kind] = function
        return function

    return register


OFTEN_ABSENT = {("refund", "failure_balance_transaction")}  # Stripe expands these without a word where they are not there


def present(call: Call, body: dict) -> dict:
    """The public form of an object; lists are presented item by item. Fields that start with _ stay inside."""
    if body.get("object") == "list":
        return {**body, "data": [present(call, item) for item in body["data"]]}
    shown = {key: value for key, value in body.items() if not key.startswith("_")}
    return PRESENTERS.get(str(body.get("object")), lambda _call, same: same)(call, shown)


def expand(call: Call, body: dict, paths: list[str]) -> dict:
    """Replace references by their objects along dotted paths."""
    for path in paths:
        if path.count(".") > 3:
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        grow(call, body, path.split("."), path)
    return body


def grow(call: Call, node: dict, steps: list[str], path: str) -> None:
    """Expand one path from one object."""
    name, *rest = steps
    if name == "data" and isinstance(node.get("data"), list):
        for item in node["data"]:
            grow(call, item, rest, path)
        return
    if name not in node and (node.get("object"), name) in OFTEN_ABSENT:
        return
    if name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if isinstance(node[name], str) and name not in TEXT_THAT_IS_NO_ID:
        found = call.store.find(node[name])
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", "expand")
        node[name] = present(call.on(call.store.owner(node[name])), found)
    if rest and isinstance(node[name], dict):
        grow(call, node[name], rest, path)


def page(call: Call, kind: str, url: str, *filters: str, where: tuple[tuple, ...] = (), **fixed: object) -> dict:
    """A page of a kind's objects, newest first. `filters` are parameters that must equal the field of that name; `where` are
    further conditions, SQL and its values."""
    wanted = {name: call.params[name] for name in filters if name in call.params} | fixed
    limit = limit_of(call)
    conditions = [("account = ?", call.account), (f"{column('deleted')} IS NULL",), *bounds_of(call), *where]
    conditions += [(f"{column(name)} = ?", value) for name, value in wanted.items()]
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    if after:
        conditions.append(("seq < ?", position(call, after, "starting_after")))
    elif before:
        conditions.append(("seq > ?", position(call, before, "ending_before")))
    found = call.store.query(kind, conditions, "ASC" if before and not after else "DESC", limit + 1)
    shown = found[:limit]
    return {
        "object": "list",
        "url": url,
        "has_more": len(found) > limit,
        "data": shown[::-1] if before and not after else shown,
    }


def bounds_of(call: Call) -> list[tuple]:
    """The ``created`` filter, a time or bounds, as conditions."""
    wanted = call.params.get("created")
    if wanted is None:
        return []
    return [
        (f"created {COMPARISONS[name]} ?", bound)
        for name, bound in (wanted if isinstance(wanted, dict) else {"is": wanted}).items()
    ]


def limit_of(call: Call) -> int:
    """How many objects a page holds: 1 to 100."""
    limit = call.params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid(
            f"This value must be {'greater than or equal to 1' if limit < 1 else 'less than or equal to 100'}.",
            "limit",
            "parameter_invalid_integer",
        )
    return limit


def position(call: Call, object_id: str, param: str) -> int:
    """Where a cursor's object stands among all."""
    found = call.store.rows("SELECT seq FROM objects WHERE id = ? AND account = ?", object_id, call.account)
    if not found:
        raise missing_object("object", object_id, param)
    return found[0]["seq"]


def embedded(url: str, items: list[dict]) -> dict:
    """A list inside an object."""
    return {"object": "list", "url": url, "has_more": False, "data": items}
