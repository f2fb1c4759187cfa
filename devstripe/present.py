"""How stored objects leave the server: computed fields, no private ones, expanded references, pages of lists."""

import operator
from collections.abc import Callable

from devstripe.call import Call
from devstripe.errors import invalid, missing_object

PRESENTERS: dict[str, Callable[[Call, dict], dict]] = {}
TEXT_THAT_IS_NO_ID = {"client_secret", "url"}


def presenter(kind: str) -> Callable:
    """Register what a kind's body gains when it leaves: a function of (call, body)."""
    def register(function: Callable) -> Callable:
        PRESENTERS[kind] = function
        return function
    return register


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
    if name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if isinstance(node[name], str) and name not in TEXT_THAT_IS_NO_ID:
        found = call.store.find(node[name])
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", "expand")
        node[name] = present(call.on(call.store.owner(node[name])), found)
    if rest and isinstance(node[name], dict):
        grow(call, node[name], rest, path)


def page(call: Call, kind: str, url: str, *filters: str, **fixed: object) -> dict:
    """A page of a kind's objects, newest first. `filters` are parameters that must equal the field of that name."""
    wanted = {name: call.params[name] for name in filters if name in call.params}
    found = call.store.select(kind, call.account, **wanted, **fixed)
    return cut(call, [item for item in found if not item.get("deleted") and created_fits(item, call.params.get("created"))], url)


def created_fits(item: dict, wanted: object) -> bool:
    """The ``created`` filter: a time or bounds."""
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return item["created"] == wanted
    tests = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
    return all(tests[name](item["created"], bound) for name, bound in wanted.items())


def cut(call: Call, found: list[dict], url: str) -> dict:
    """The part of a newest-first list that limit and cursors ask for."""
    limit = call.params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid(f"This value must be {'greater than or equal to 1' if limit < 1 else 'less than or equal to 100'}.", "limit",
                      "parameter_invalid_integer")
    after, before = call.params.get("starting_after"), call.params.get("ending_before")
    if after:
        start = position(found, after, "starting_after") + 1
    elif before:
        end = position(found, before, "ending_before")
        start = max(0, end - limit)
        return {"object": "list", "url": url, "has_more": start > 0, "data": found[start:end]}
    else:
        start = 0
    return {"object": "list", "url": url, "has_more": len(found) > start + limit, "data": found[start:start + limit]}


def position(found: list[dict], object_id: str, param: str) -> int:
    """Where a cursor's object stands."""
    for place, item in enumerate(found):
        if item["id"] == object_id:
            return place
    raise missing_object("object", object_id, param)


def embedded(url: str, items: list[dict]) -> dict:
    """A list inside an object."""
    return {"object": "list", "url": url, "has_more": False, "data": items}


