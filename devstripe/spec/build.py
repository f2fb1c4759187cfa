"""Makes the data files of this folder from Stripe's published descriptions.

Run once per Stripe API version, by hand::

    python -m devstripe.spec.build path/to/spec3.json

``spec3.json`` is Stripe's OpenAPI file (https://github.com/stripe/openapi, MIT, see NOTICE.md). What devstripe does not
serve is left out, descriptions too: the result is a hundredth of the size. Version 2 of the API is not in that file; its
shapes are read from the typed parameters inside the installed ``stripe`` package (MIT as well).
"""

import gzip
import json
import sys
from pathlib import Path

from devstripe.spec import v2_shapes

HERE = Path(__file__).parent

SERVED = """
GET POST /v1/customers
GET POST DELETE /v1/customers/{customer}
GET /v1/customers/{customer}/payment_methods
GET POST /v1/customers/{customer}/cash_balance
GET /v1/customers/{customer}/cash_balance_transactions
GET /v1/customers/{customer}/cash_balance_transactions/{transaction}
POST /v1/test_helpers/customers/{customer}/fund_cash_balance
GET POST /v1/payment_methods
GET POST /v1/payment_methods/{payment_method}
POST /v1/payment_methods/{payment_method}/attach
POST /v1/payment_methods/{payment_method}/detach
GET POST /v1/setup_intents
GET POST /v1/setup_intents/{intent}
POST /v1/setup_intents/{intent}/confirm
POST /v1/setup_intents/{intent}/cancel
GET POST /v1/payment_intents
GET POST /v1/payment_intents/{intent}
POST /v1/payment_intents/{intent}/confirm
POST /v1/payment_intents/{intent}/cancel
GET POST /v1/checkout/sessions
GET POST /v1/checkout/sessions/{session}
POST /v1/checkout/sessions/{session}/expire
GET /v1/checkout/sessions/{session}/line_items
GET POST /v1/invoiceitems
GET POST DELETE /v1/invoiceitems/{invoiceitem}
GET POST /v1/invoices
GET POST DELETE /v1/invoices/{invoice}
GET /v1/invoices/{invoice}/lines
POST /v1/invoices/{invoice}/finalize
POST /v1/invoices/{invoice}/send
POST /v1/invoices/{invoice}/pay
POST /v1/invoices/{invoice}/void
POST /v1/invoices/{invoice}/mark_uncollectible
GET /v1/invoice_payments
GET /v1/invoice_payments/{invoice_payment}
GET /v1/charges
GET POST /v1/charges/{charge}
GET POST /v1/refunds
GET POST /v1/refunds/{refund}
GET /v1/disputes
GET POST /v1/disputes/{dispute}
POST /v1/disputes/{dispute}/close
GET /v1/radar/early_fraud_warnings
GET /v1/radar/early_fraud_warnings/{early_fraud_warning}
GET POST /v1/transfers
GET POST /v1/transfers/{transfer}
GET POST /v1/transfers/{id}/reversals
GET POST /v1/transfers/{transfer}/reversals/{id}
GET POST /v1/payouts
GET POST /v1/payouts/{payout}
POST /v1/payouts/{payout}/cancel
POST /v1/payouts/{payout}/reverse
GET /v1/balance
GET POST /v1/balance_settings
GET /v1/balance_transactions
GET /v1/balance_transactions/{id}
GET /v1/events
GET /v1/events/{id}
GET POST /v1/webhook_endpoints
GET POST DELETE /v1/webhook_endpoints/{webhook_endpoint}
GET /v1/accounts/{account}
POST /v1/accounts/{account}/login_links
"""

# Ways to pay that devstripe knows. Every other one is left out of requests and answers.
WAYS = {"card", "us_bank_account", "us_bank_transfer", "customer_balance", "customer_cash_balance", "link"}
NO_WAYS = {"type", "billing_details", "metadata", "customer", "customer_account", "stripe_account"}
WAY_MARKERS = {"bancontact", "ideal", "klarna", "alipay"}

# Named answers devstripe never gives; a field that could hold one is described as a plain id.
KINDS = {
    "customer",
    "cash_balance",
    "customer_cash_balance_transaction",
    "payment_method",
    "invoice",
    "invoiceitem",
    "invoice_payment",
    "line_item",
    "radar.early_fraud_warning",
    "setup_intent",
    "payment_intent",
    "checkout.session",
    "charge",
    "refund",
    "dispute",
    "transfer",
    "transfer_reversal",
    "payout",
    "balance",
    "balance_settings",
    "balance_transaction",
    "event",
    "webhook_endpoint",
    "account",
    "login_link",
    "bank_account",
    "mandate",
    "item",
    "deleted_customer",
    "deleted_invoice",
    "deleted_invoiceitem",
    "deleted_webhook_endpoint",
    "external_account",
    "capability",
    "error",
}
DROPPED_KEYS = {"description", "title", "example", "externalDocs", "encoding", "x-stripeBypassValidation"}


def is_dropped_way(name: str, siblings: dict) -> bool:
    """Whether `name` is a way to pay we do not model, in a table of ways to pay."""
    return (
        len(WAY_MARKERS & siblings.keys()) >= 2
        and name not in WAYS | NO_WAYS
        and ("$ref" in siblings[name] or siblings[name].get("type") == "object" or "anyOf" in siblings[name])
    )


def slim(node: object, named: bool = False) -> object:
    """The same description without prose and without what we do not serve. `named`: the keys of `node` are field names."""
    if isinstance(node, list):
        return [slim(item) for item in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {key: slim(value) for key, value in node.items() if not is_dropped_way(key, node)}
    if "anyOf" in node:
        node = {**node, "anyOf": [one for one in node["anyOf"] if not unserved(one, node)]}
    return {key: slim(value, named=key == "properties") for key, value in node.items() if key not in DROPPED_KEYS}


def unserved(option: dict, node: dict) -> bool:
    """An expandable field's way of holding an object we never give."""
    target = option.get("$ref", "").rpartition("/")[2]
    return bool(target) and "x-expansionResources" in node and target not in KINDS


def operations(spec: dict) -> dict:
    """For each served operation its query, its body and the name of what it answers."""
    found = {}
    for line in SERVED.split("\n"):
        *methods, path = line.split() or [""]
        for method in methods:
            described = spec["paths"][path][method.lower()]
            content = described.get("requestBody", {}).get("content", {})
            body = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
            query = {one["name"]: one["schema"] for one in described.get("parameters", []) if one["in"] == "query"}
            needed = [
                one["name"] for one in described.get("parameters", []) if one["in"] == "query" and one.get("required")
            ]
            answer = described["responses"]["200"]["content"]["application/json"]["schema"]
            asked = body if method == "POST" else {"type": "object", "properties": query, "required": needed}
            found[f"{method} {path}"] = {"request": slim(asked), "answer": slim(answer)}
    return found


def references(node: object) -> set[str]:
    """Names of the schemas a description points at."""
    if isinstance(node, list):
        return set().union(*map(references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*map(references, node.values()))


def reachable(spec: dict, names: set[str]) -> dict:
    """The named schemas and everything they point at, slimmed."""
    found: dict[str, object] = {}
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found[name] = slim(spec["components"]["schemas"][name])
        waiting |= references(found[name]) - found.keys()
    return found


def write(name: str, data: object) -> None:
    """Write compressed JSON that is the same bytes for the same data."""
    packed = gzip.compress(json.dumps(data, sort_keys=True, separators=(",", ":")).encode(), 9, mtime=0)
    (HERE / name).write_bytes(packed)
    print(name, len(packed), "bytes")


def main(source: str) -> None:
    """Write the three data files beside this module."""
    spec = json.loads(Path(source).read_text())
    served = operations(spec)
    answers = {key: one.pop("answer") for key, one in served.items()}
    schemas = reachable(spec, references(answers) | {kind for kind in KINDS if kind in spec["components"]["schemas"]})
    write("requests.json.gz", {"version": spec["info"]["version"], "operations": served})
    write("answers.json.gz", {"version": spec["info"]["version"], "operations": answers, "schemas": schemas})
    write("v2.json.gz", v2_shapes.describe())


if __name__ == "__main__":
    main(sys.argv[1])
