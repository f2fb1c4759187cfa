"""Invoices: written as a draft, made final with a number, sent, and paid on a page, by bank transfer or past Stripe.

draft → open → paid, void or uncollectible. A final invoice has a payment intent (as an invoice payment), a hosted page and
a PDF. One that advances by itself is made final an hour after it was written. Whoever owes it pays it: nothing is charged
on its own.
"""

from devstripe import invoice_items, invoice_payments, payment_intents
from devstripe.api import route
from devstripe.call import Call
from devstripe.clock import DAY, timer
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.present import page, presenter
from devstripe.store import Store

HOUR = 3600
FIELDS = ("description", "metadata", "footer", "custom_fields", "auto_advance", "statement_descriptor")
COUNTED = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax", "amount_due", "amount_remaining")
NUMBERS = ("amount_overpaid", "amount_paid", "amount_paid_off_stripe", "amount_shipping", "attempt_count", "ending_balance",
           "post_payment_credit_notes_amount", "pre_payment_credit_notes_amount", "starting_balance", *COUNTED)  # fmt: skip
EMPTY = ("account_tax_ids", "application", "confirmation_secret", "customer_account", "default_payment_method", "default_source",
         "due_date", "effective_at", "from_invoice", "hosted_invoice_url", "invoice_pdf", "last_finalization_error",
         "latest_revision", "next_payment_attempt", "number", "on_behalf_of", "parent", "receipt_number", "rendering",
         "shipping_cost", "shipping_details", "test_clock", "webhooks_delivered_at")  # fmt: skip
LISTS = ("default_tax_rates", "discounts", "total_discount_amounts", "total_pretax_credit_amounts", "total_taxes")


@route("POST", "/v1/invoices")
def create(call: Call) -> dict:
    """A draft, empty unless the customer's waiting items are to be included."""
    given = call.params
    if "customer" not in given:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    customer = call.load("customer", given["customer"], "customer")
    method = given.get("collection_method", "charge_automatically")
    check_terms(given, method)
    invoice = call.create("invoice", "in", {
        **dict.fromkeys(EMPTY), **dict.fromkeys(NUMBERS, 0), **{name: [] for name in LISTS},
        "account_country": "US", "account_name": "devstripe", "attempted": False, "auto_advance": given.get("auto_advance", False),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "provider": None, "status": None},
        "automatically_finalizes_at": call.now + HOUR if given.get("auto_advance") else None, "billing_reason": "manual",
        "collection_method": method, "currency": (given.get("currency") or customer["currency"] or "usd").lower(),
        "custom_fields": None, "customer": customer["id"], "customer_address": customer["address"],
        "customer_email": customer["email"], "customer_name": customer["name"], "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"], "customer_tax_exempt": customer["tax_exempt"], "customer_tax_ids": [],
        "description": None, "footer": None, "issuer": {"type": "self"}, "metadata": {},
        "payment_settings": settings_of(given), "period_end": call.now, "period_start": call.now,
        "statement_descriptor": None, "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "_days": given.get("days_until_due"), "_base": call.base_url})  # fmt: skip
    call.merge(invoice, *FIELDS)
    invoice["auto_advance"] = bool(invoice["auto_advance"])
    invoice["due_date"] = due(call, given, invoice)
    invoice["default_payment_method"] = given.get("default_payment_method")
    if given.get("pending_invoice_items_behavior") == "include":
        invoice_items.gather(call, invoice)
    if invoice["automatically_finalizes_at"]:
        call.store.set_timer(invoice["automatically_finalizes_at"], "invoice", invoice["id"])
    emit(call, "invoice.created", counted(call, invoice))
    return invoice


def check_terms(given: dict, method: str) -> None:
    """One that is sent says by when; one that is charged does not."""
    dated = {"days_until_due", "due_date"} & given.keys()
    if method == "send_invoice" and not dated:
        raise invalid(
            "If invoice collection method is `send_invoice`, you must specify `due_date` or `days_until_due`.",
            "due_date",
        )
    if method == "charge_automatically" and dated:
        raise invalid(
            "You can only specify a due date if the invoice has `send_invoice` collection method.", "due_date"
        )


def settings_of(given: dict) -> dict:
    """How it may be paid: by card unless told otherwise."""
    wishes = given.get("payment_settings") or {}
    return {
        "default_mandate": None,
        "payment_method_options": wishes.get("payment_method_options") or None,
        "payment_method_types": wishes.get("payment_method_types") or None,
    }


def due(call: Call, given: dict, invoice: dict) -> int | None:
    """When it is to be paid."""
    if given.get("due_date"):
        return given["due_date"]
    return call.now + invoice["_days"] * DAY if invoice["_days"] is not None else None


def counted(call: Call, invoice: dict) -> dict:
    """Keep the invoice with its sums."""
    total = sum(item["amount"] for item in invoice_items.of(call, invoice))
    invoice.update(dict.fromkeys(COUNTED, total))
    invoice["amount_remaining"] = total - invoice["amount_paid"]
    return call.save(invoice)


def in_state(call: Call, invoice_id: str, *states: str, verb: str) -> dict:
    """The invoice, if its state allows the verb."""
    invoice = call.load("invoice", invoice_id)
    if invoice["status"] not in states:
        raise invalid(
            f"You can only {verb} an invoice that is {' or '.join(states)}. This one is {invoice['status']}.", None
        )
    return counted(call, invoice) if invoice["status"] == "draft" else invoice


def finalize(call: Call, invoice: dict) -> dict:
    """Give a draft its number, page, PDF and payment intent. Nothing to pay is paid."""
    customer = call.load("customer", invoice["customer"])
    sequence, page_of = customer["next_invoice_sequence"], f"{invoice['_base']}/i/{invoice['id']}"
    token = call.store.secret(f"invoice {invoice['id']}")
    call.save(
        {**customer, "next_invoice_sequence": sequence + 1, "currency": customer["currency"] or invoice["currency"]}
    )
    invoice.update(
        status="open", number=f"{customer['invoice_prefix']}-{sequence:04d}", effective_at=call.now,
        hosted_invoice_url=f"{page_of}/{token}", invoice_pdf=f"{page_of}/{token}/pdf", automatically_finalizes_at=None,
        auto_advance=invoice["collection_method"] == "charge_automatically" and invoice["auto_advance"])  # fmt: skip
    if invoice["_days"] is not None:
        invoice["due_date"] = call.now + invoice["_days"] * DAY
    invoice["status_transitions"]["finalized_at"] = call.now
    if invoice["amount_due"] <= 0:
        emit(call, "invoice.finalized", call.save(invoice))
        return invoice_payments.settle(call, invoice, 0)
    ways = invoice["payment_settings"]["payment_method_types"] or ["card"]
    intent = payment_intents.new(call, invoice["amount_due"], invoice["currency"], invoice["customer"], ways)
    intent.update(description=f"Payment for Invoice {invoice['number']}", metadata=invoice["metadata"])
    emit(call, "payment_intent.created", call.save(intent))
    invoice_payments.start(call, invoice, intent)
    emit(call, "invoice.finalized", call.save(invoice))
    return invoice


@timer("invoice")
def finalize_when_due(store: Store, invoice_id: str) -> None:
    """An invoice that advances by itself, an hour after it was written."""
    call = Call(store, store.owner(invoice_id))
    invoice = call.load("invoice", invoice_id)
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        finalize(call, counted(call, invoice))
        if invoice["collection_method"] == "send_invoice":
            emit(call, "invoice.sent", invoice)


@presenter("invoice")
def with_lines(call: Call, body: dict) -> dict:
    """An invoice carries its lines, and its payments when they are asked for."""
    if body.get("deleted"):
        return body
    shown = {**body, "lines": invoice_items.lines(call, body)}
    if any(path.split(".")[-1] == "payments" or "payments." in path for path in call.params.get("expand") or []):
        shown["payments"] = invoice_payments.listed(call, body)
    return shown


@route("GET", "/v1/invoices")
def list_invoices(call: Call) -> dict:
    """Newest first; by customer, status and how it is collected."""
    return page(call, "invoice", "/v1/invoices", "customer", "status", "collection_method")


@route("GET", "/v1/invoices/{invoice}")
def retrieve(call: Call, invoice: str) -> dict:
    """One invoice."""
    found = call.load("invoice", invoice)
    return counted(call, found) if found["status"] == "draft" else found


@route("GET", "/v1/invoices/{invoice}/lines")
def list_lines(call: Call, invoice: str) -> dict:
    """What an invoice asks money for."""
    return invoice_items.lines(call, call.load("invoice", invoice))


@route("POST", "/v1/invoices/{invoice}")
def update(call: Call, invoice: str) -> dict:
    """Change a draft; of a final one only the words."""
    found = call.load("invoice", invoice)
    fixed = {"payment_settings", "due_date", "days_until_due", "collection_method"} & call.params.keys()
    if fixed and found["status"] != "draft":
        raise invalid("Finalized invoices can't be updated in this way.", sorted(fixed)[0], "invoice_not_editable")
    call.merge(found, *FIELDS, "collection_method")
    found["auto_advance"] = bool(found["auto_advance"])
    if "payment_settings" in call.params:
        found["payment_settings"] = settings_of(call.params)
    if fixed & {"due_date", "days_until_due"}:
        found["_days"] = call.params.get("days_until_due")
        found["due_date"] = due(call, call.params, found)
    found = counted(call, found) if found["status"] == "draft" else call.save(found)
    emit(call, "invoice.updated", found, {})
    return found


@route("DELETE", "/v1/invoices/{invoice}")
def delete(call: Call, invoice: str) -> dict:
    """Throw a draft away, with its items."""
    found = in_state(call, invoice, "draft", verb="delete")
    for item in invoice_items.of(call, found):
        call.store.delete(item["id"])
    emit(call, "invoice.deleted", found)
    call.store.delete(invoice)
    return {"id": invoice, "object": "invoice", "deleted": True}


@route("POST", "/v1/invoices/{invoice}/finalize")
def finalize_now(call: Call, invoice: str) -> dict:
    """Make a draft final."""
    found = in_state(call, invoice, "draft", verb="finalize")
    call.merge(found, "auto_advance")
    return finalize(call, found)


@route("POST", "/v1/invoices/{invoice}/send")
def send(call: Call, invoice: str) -> dict:
    """Say that it was mailed (no mail leaves); a draft is made final first."""
    found = in_state(call, invoice, "draft", "open", verb="send")
    if found["collection_method"] != "send_invoice":
        raise invalid("You can only manually send an invoice if its collection method is `send_invoice`.", None)
    if found["status"] == "draft":
        found = finalize(call, found)
    emit(call, "invoice.sent", found)
    return found


@route("POST", "/v1/invoices/{invoice}/pay")
def pay(call: Call, invoice: str) -> dict:
    """Pay it with a payment method, or say that it was paid past Stripe."""
    found = in_state(call, invoice, "draft", "open", "uncollectible", verb="pay")
    if found["status"] == "draft":
        found = finalize(call, found)
    if call.params.get("paid_out_of_band"):
        invoice_payments.give_up(call, found)
        return invoice_payments.settle(call, found, found["amount_due"], off_stripe=found["amount_due"])
    customer = call.load("customer", found["customer"])
    method = (
        call.params.get("payment_method")
        or found["default_payment_method"]
        or customer["invoice_settings"]["default_payment_method"]
    )
    if not method:
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set a `default_payment_method`.",
            None,
        )
    intent = call.load("payment_intent", (invoice_payments.of(call, found) or {})["_intent"])
    off_session = call.params.get("off_session", True)
    payment_intents.confirm(call, intent, method, off_session=off_session, return_url=found["hosted_invoice_url"])
    return call.load("invoice", invoice)


@route("POST", "/v1/invoices/{invoice}/void")
def void(call: Call, invoice: str) -> dict:
    """Declare a final invoice a mistake: it keeps its number and asks for nothing."""
    found = in_state(call, invoice, "open", "uncollectible", verb="void")
    invoice_payments.give_up(call, found)
    found.update(status="void", auto_advance=False)
    found["status_transitions"]["voided_at"] = call.now
    emit(call, "invoice.voided", call.save(found))
    return found


@route("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(call: Call, invoice: str) -> dict:
    """Give up hope; it can still be paid."""
    found = in_state(call, invoice, "open", verb="mark uncollectible")
    found.update(status="uncollectible", auto_advance=False)
    found["status_transitions"]["marked_uncollectible_at"] = call.now
    emit(call, "invoice.marked_uncollectible", call.save(found))
    return found
