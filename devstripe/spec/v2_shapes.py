"""Turns the typed classes of the ``stripe`` package into JSON Schema, for the version 2 endpoints devstripe serves.

Used when the data files are made and never by the running server: the server does not depend on the client.
"""

import importlib
import inspect
import types
import typing

REQUESTS = {
    "POST /v2/core/accounts": ("_account_create_params", "AccountCreateParams"),
    "GET /v2/core/accounts": ("_account_list_params", "AccountListParams"),
    "GET /v2/core/accounts/{id}": ("_account_retrieve_params", "AccountRetrieveParams"),
    "POST /v2/core/accounts/{id}": ("_account_update_params", "AccountUpdateParams"),
    "POST /v2/core/accounts/{id}/close": ("_account_close_params", "AccountCloseParams"),
    "POST /v2/core/account_links": ("_account_link_create_params", "AccountLinkCreateParams"),
    "GET /v2/core/events": ("_event_list_params", "EventListParams"),
    "GET /v2/core/events/{id}": ("_event_retrieve_params", "EventRetrieveParams"),
}
ANSWERS = {
    "v2.core.account": ("_account", "Account"),
    "v2.core.account_link": ("_account_link", "AccountLink"),
    "v2.core.event": ("_event", "Event"),
}
PLAIN = {str: "string", int: "integer", bool: "boolean", float: "number"}


class Reader:
    """Reads one module's annotations; classes named in quotes are looked up in it and in the enclosing class."""

    def __init__(self, module: types.ModuleType):
        self.names = {**vars(typing), **vars(importlib.import_module("typing_extensions")), **vars(module)}
        self.names["UntypedStripeObject"] = dict

    def evaluate(self, annotation: object, scope: dict) -> object:
        """A real type for an annotation that may be text."""
        if isinstance(annotation, typing.ForwardRef):
            annotation = annotation.__forward_arg__
        if isinstance(annotation, str):
            text = annotation.replace("UntypedStripeObject[str]", "dict").replace("UntypedStripeObject[Any]", "dict")
            return eval(text, {**self.names, **scope})  # annotations of an installed package, at build time
        return annotation

    def schema(self, annotation: object, scope: dict) -> dict:
        """JSON Schema of one annotation."""
        kind = self.evaluate(annotation, scope)
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            return self.union(inner, scope)
        if str(origin).endswith(("NotRequired", "Required", "ClassVar")):
            return self.schema(inner[0], scope)
        if origin is list:
            return {"type": "array", "items": self.schema(inner[0], scope)}
        if origin is typing.Literal or str(origin).endswith("Literal"):
            return {"type": "string", "enum": list(inner)}
        if kind in PLAIN:
            return {"type": PLAIN[kind]}
        if origin is dict or kind is dict or not inspect.isclass(kind):
            return {"type": "object"}
        if kind.__name__ in ("Decimal", "datetime"):
            return {"type": "string"}
        return self.record(kind)

    def union(self, options: tuple, scope: dict) -> dict:
        """Optional becomes nullable; an enumeration beside a plain string is open, so any string may stand there."""
        shapes = [self.schema(one, scope) for one in options if one is not type(None)]
        if {"type": "string"} in shapes:
            shapes = [{"type": "string"}] if all(one["type"] == "string" for one in shapes) else shapes
        shape = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        return {**shape, "nullable": True} if type(None) in options else shape

    def record(self, kind: type) -> dict:
        """An object with named fields: a TypedDict of parameters or a class of an answer."""
        fields, required = {}, []
        for name, annotation in kind.__annotations__.items():
            if name.startswith("_") or name == "OBJECT_NAME":
                continue
            fields[name] = self.schema(annotation, vars(kind))
            optional = "NotRequired" in str(annotation) or fields[name].get("nullable")
            required += [] if optional else [name]
        shape = {"type": "object", "properties": fields, "additionalProperties": False}
        return {**shape, "required": required} if required else shape


def describe() -> dict:
    """The `requests` (by operation) and `answers` (by object name) of version 2."""

    def read(package: str, module_name: str, name: str) -> dict:
        module = importlib.import_module(f"{package}.{module_name}")
        return Reader(module).record(getattr(module, name))

    return {
        "version": importlib.import_module("stripe._api_version")._ApiVersion.CURRENT,
        "requests": {key: read("stripe.params.v2.core", *where) for key, where in REQUESTS.items()},
        "answers": {key: read("stripe.v2.core", *where) for key, where in ANSWERS.items()},
    }
