"""Reads what a client sent: form bodies with brackets, JSON bodies, queries; checks them against Stripe's description.

A parameter Stripe does not know, a missing one or one of the wrong type is refused with Stripe's code before anything
happens, so such an answer is never stored under an idempotency key.
"""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

from devstripe.errors import ApiError, invalid

SPEC = Path(__file__).parent / "spec"
TRUE_FALSE = {"true": True, "false": False, True: True, False: False}


@cache
def requests_described() -> dict[str, dict]:
    """JSON Schema of the parameters of each operation, by ``"POST /v1/transfers"``."""
    first = json.loads(gzip.decompress((SPEC / "requests.json.gz").read_bytes()))["operations"]
    second = json.loads(gzip.decompress((SPEC / "v2.json.gz").read_bytes()))["requests"]
    for operation, schema in second.items():
        if operation.startswith("GET"):
            schema["properties"]["page"] = {
                "type": "string"
            }  # the token inside next_page_url, which the client sends back
    return {**{key: one["request"] for key, one in first.items()}, **second}


def decode(text: str) -> dict:
    """``a[b][0]=x`` as nested dicts and lists, all values text."""
    tree: dict = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = [name.partition("[")[0], *re.findall(r"\[([^\]]*)\]", name)]
        node = tree
        for position, written in enumerate(keys):
            key = written or str(len(node))
            if position == len(keys) - 1:
                node[key] = value
            else:
                if not isinstance(node.get(key), dict):
                    node[key] = {}
                node = node[key]
    return {key: listed(value) for key, value in tree.items()}


def listed(node: object) -> object:
    """Dicts whose keys are 0, 1, 2… become lists."""
    if not isinstance(node, dict):
        return node
    if node and all(key.isdigit() for key in node):
        return [listed(node[key]) for key in sorted(node, key=int)]
    return {key: listed(value) for key, value in node.items()}


def check(operation: str, given: dict) -> dict:
    """The parameters with their types, or the refusal Stripe would give."""
    described = requests_described().get(operation)
    return given if not described else record(described, given, "")


def record(schema: dict, given: dict, where: str) -> dict:
    """Check an object field by field."""
    fields = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in given:
            full = nested(where, name)
            raise refused(f"Missing required param: {full}.", full, "parameter_missing")
    checked = {}
    for name, value in given.items():
        full = nested(where, name)
        if name in fields:
            checked[name] = typed(fields[name], value, full)
        elif isinstance(schema.get("additionalProperties"), dict) or (
            not fields and schema.get("additionalProperties") is not False
        ):
            checked[name] = typed(schema.get("additionalProperties") or {}, value, full)
        else:
            raise refused(f"Received unknown parameter: {full}", full, "parameter_unknown")
    return checked


def nested(where: str, name: str) -> str:
    """A field's full name in bracket notation."""
    return f"{where}[{name}]" if where else name


def typed(schema: dict, value: object, where: str) -> object:
    """Check one value; the first of several allowed shapes that fits is taken."""
    if "anyOf" in schema:
        return one_of(schema["anyOf"], value, where)
    kind = schema.get("type")
    if kind == "object":
        if not isinstance(value, dict):
            raise refused("Invalid object", where)
        return record(schema, value, where)
    if kind == "array":
        return several(schema, value, where)
    if kind == "integer":
        return integer(value, where)
    if kind == "boolean":
        if value not in TRUE_FALSE:
            raise refused(f"Invalid boolean: {value}", where)
        return TRUE_FALSE[value]
    if isinstance(value, (dict, list)):
        raise refused("Invalid string", where)
    return text(schema, value, where)


def one_of(options: list[dict], value: object, where: str) -> object:
    """The first shape that accepts the value; else the last one's refusal."""
    failure = refused("Invalid value", where)
    for option in options:
        try:
            return typed(option, value, where)
        except ApiError as error:
            failure = error
    raise failure


def several(schema: dict, value: object, where: str) -> object:
    """Check a list item by item. One text stands for a list of one, as in ``expand=a``."""
    values = value if isinstance(value, list) else [value]
    return [typed(schema["items"], item, f"{where}[{place}]") for place, item in enumerate(values)]


def integer(value: object, where: str) -> int:
    """Whole numbers only: Stripe refuses 10.5 and 1e3."""
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d{1,18}", str(value)):
        raise refused(f"Invalid integer: {value}", where, "parameter_invalid_integer")
    return int(str(value))


def text(schema: dict, value: object, where: str) -> object:
    """Check a text's allowed values and length. Numbers of version 2 bodies pass as they are."""
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        listed_values = ", ".join(str(one) or "''" for one in allowed)
        raise refused(f"Invalid {where}: must be one of {listed_values}", where)
    if len(str(value)) > schema.get("maxLength", 5000):
        raise refused(
            f"Invalid string: {str(value)[:20]}…; must be at most {schema.get('maxLength', 5000)} characters", where
        )
    return value


def refused(message: str, param: str, code: str | None = None) -> ApiError:
    """A refusal before anything ran: never stored."""
    return invalid(message, param, code, remember=False)
