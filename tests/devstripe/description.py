"""Holds every request and every answer against Stripe's own description, as the real client sends and receives them.

`CheckingClient` is an HTTP client for `stripe.StripeClient`. With `strict`, a field Stripe does not describe is an error
too, which finds misspelt ones; real Stripe may be newer than the description, so there it is not.
"""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stripe
from jsonschema import Draft202012Validator

from devstripe.errors import ApiError
from devstripe.params import check, decode, requests_described

SPEC = Path(__file__).parents[2] / "devstripe" / "spec"
NULL = {"type": "null"}
THIN_FIELDS = {
    "data": {"type": "object"},
    "related_object": {
        "type": "object",
        "required": ["id", "type", "url"],
        "additionalProperties": False,
        "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "url": {"type": "string"}},
    },
}


@cache
def description(name: str) -> dict:
    """One of the data files."""
    return json.loads(gzip.decompress((SPEC / f"{name}.json.gz").read_bytes()))


def json_schema(node: Any, strict: bool) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type of its own."""
    if isinstance(node, list):
        return [json_schema(item, strict) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: json_schema(value, strict) for key, value in node.items() if key not in ("nullable", "format")}
    if strict and isinstance(node.get("properties"), dict) and node.get("type") == "object":
        made.setdefault("additionalProperties", False)
    if node.get("nullable") is True:
        return {"anyOf": [made, NULL]}
    return made


@cache
def components(strict: bool) -> dict:
    """All described objects of version 1."""
    return {"schemas": json_schema(description("answers")["schemas"], strict)}


@cache
def validator(operation: str, strict: bool) -> Draft202012Validator:
    """Checks what an operation answers, or an object by its name."""
    second = description("v2")["answers"]
    if operation in second:
        shape = json_schema(second[operation], strict=False)
        if operation == "v2.core.event":
            shape["properties"] |= THIN_FIELDS
        return Draft202012Validator(shape)
    described = description("answers")["operations"].get(operation) or {"$ref": f"#/components/schemas/{operation}"}
    return Draft202012Validator({**json_schema(described, strict), "components": components(strict)})


def mismatches(operation: str, body: dict, strict: bool = True) -> list[str]:
    """Where a body differs from the description."""
    if operation.startswith(("GET /v2", "POST /v2")):
        return [one for item in body.get("data", [body]) for one in mismatches(item["object"], item)]
    return [
        f"{operation} {error.json_path}: {deepest(error)}" for error in validator(operation, strict).iter_errors(body)
    ]


def deepest(error: Any) -> str:
    """The most telling of the reasons why no alternative fitted."""
    while error.context:
        error = max(
            error.context,
            key=lambda one: (
                len(one.absolute_path),
                -one.relative_schema_path[0] if isinstance(one.relative_schema_path[0], int) else 0,
            ),
        )
    return f"{error.json_path} {error.message[:300]}"


@cache
def patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    """Every described operation with a pattern of its path; paths without a variable first."""
    found = [(key, *key.split(" ")) for key in requests_described()]
    return [
        (key, method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"))
        for key, method, path in sorted(found, key=lambda one: one[0].count("{"))
    ]


def operation_of(method: str, path: str) -> str:
    """The described operation of an address."""
    for key, wanted, pattern in patterns():
        if wanted == method.upper() and pattern.match(path):
            return key
    raise AssertionError(f"{method} {path} is not described")


class CheckingClient(stripe.RequestsClient):
    """An HTTP client that checks what passes through it and keeps what it found in `found`."""

    def __init__(self, strict: bool = True, **options: Any):
        super().__init__(**options)
        self.strict = strict
        self.found: list[str] = []
        self.checked: set[str] = set()

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> tuple[Any, int, Any]:
        """Send, and compare both ways."""
        content, status, received = super().request(method, url, headers, post_data)
        where = urlsplit(url)
        operation = operation_of(method, where.path)
        self.checked.add(operation)
        if status == 200:
            self.check_request(operation, post_data if method == "post" else where.query)
            self.found += mismatches(operation, json.loads(content), self.strict)
        elif "/v1/" in url and "application/json" in received.get("Content-Type", ""):
            self.found += mismatches("error", json.loads(content), self.strict)
        return content, status, received

    def check_request(self, operation: str, sent: str) -> None:
        """What was accepted must be described as acceptable."""
        given = json.loads(sent or "{}") if operation.startswith("POST /v2") else decode(sent or "")
        try:
            check(operation, given)
        except ApiError as error:
            self.found.append(f"{operation} accepted what is not described: {error}")


def check_event(event: dict) -> list[str]:
    """A delivered event and the object it carries, against the description."""
    if event["object"] == "v2.core.event":
        return mismatches("v2.core.event", event)
    carried = event["data"]["object"]
    return mismatches("event", event) + mismatches(carried["object"], carried)
