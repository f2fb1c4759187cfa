"""Customers: who pays."""

from devstripe.api import route
from devstripe.call import Call
from devstripe.events import emit
from devstripe.payment_methods import attach
from devstripe.present import page

FIELDS = ("address", "description", "email", "name", "phone", "shipping", "metadata", "preferred_locales", "tax_exempt")
SETTINGS = {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None}


@route("POST", "/v1/customers")
def create(call: Call) -> dict:
    """A new customer, with a card on file when one is given."""
    customer = call.create("customer", "cus", {
        "address": None, "balance": 0, "currency": None, "default_source": None, "delinquent": False, "description": None,
        "discount": None, "email": None, "invoice_prefix": call.store.secret(call.store.new_id("prefix"), 8).upper(),
        "invoice_settings": dict(SETTINGS), "metadata": {}, "name": None, "next_invoice_sequence": 1, "phone": None,
        "preferred_locales": [], "shipping": None, "tax_exempt": "none", "test_clock": None})  # fmt: skip
    changed(call, customer)
    if "payment_method" in call.params:
        attach(call, call.params["payment_method"], customer["id"])
    emit(call, "customer.created", call.save(customer))
    return customer


def changed(call: Call, customer: dict) -> dict:
    """Take over what was sent."""
    call.merge(customer, *FIELDS)
    customer["tax_exempt"] = customer["tax_exempt"] or "none"
    customer["preferred_locales"] = customer["preferred_locales"] or []
    customer["invoice_settings"] = {**customer["invoice_settings"], **(call.params.get("invoice_settings") or {})}
    return customer


@route("GET", "/v1/customers")
def list_customers(call: Call) -> dict:
    """Newest first, by e-mail."""
    return page(call, "customer", "/v1/customers", "email")


@route("GET", "/v1/customers/{customer}")
def retrieve(call: Call, customer: str) -> dict:
    """One customer; a deleted one says so."""
    return call.load("customer", customer)


@route("POST", "/v1/customers/{customer}")
def update(call: Call, customer: str) -> dict:
    """Change what was sent."""
    old = call.load("customer", customer)
    new = call.save(changed(call, dict(old)))
    before = {key: old[key] for key in old if old[key] != new[key]}
    if before:
        emit(call, "customer.updated", new, before)
    return new


@route("DELETE", "/v1/customers/{customer}")
def delete(call: Call, customer: str) -> dict:
    """Delete the customer; the id stays and says it is deleted."""
    found = call.load("customer", customer)
    emit(call, "customer.deleted", found)
    return call.save({"id": found["id"], "object": "customer", "deleted": True})


@route("GET", "/v1/customers/{customer}/payment_methods")
def list_payment_methods(call: Call, customer: str) -> dict:
    """The customer's ways to pay."""
    call.load("customer", customer)
    return page(call, "payment_method", f"/v1/customers/{customer}/payment_methods", "type", customer=customer)
