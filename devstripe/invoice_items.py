"""Invoice items: what an invoice asks money for. One waits for the customer's next invoice, or belongs to a draft.

Amounts only: by `amount`, or by `quantity` times `unit_amount_decimal` in whole units. No prices, tax or discounts.
"""

from devstripe.amounts import check_last_digit
from devstripe.api import route
from devstripe.call import Call
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.present import embedded, page

FIELDS = ("description", "metadata", "amount", "quantity")


@route("POST", "/v1/invoiceitems")
def create(call: Call) -> dict:
    """A new item of a customer; with `invoice` it goes on that draft at once."""
    given = call.params
    if "customer" not in given:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    customer = call.load("customer", given["customer"], "customer")
    invoice = draft_of(call, given["invoice"]) if given.get("invoice") else None
    quantity = given.get("quantity", 1)
    amount = given.get("amount", quantity * unit_amount(given.get("unit_amount_decimal", "0")))
    currency = given.get("currency") or (invoice or {}).get("currency") or "usd"
    if invoice and currency != invoice["currency"]:
        raise invalid(
            f"The currency of an item ({currency}) must be its invoice's ({invoice['currency']}).", "currency"
        )
    check_last_digit(amount, currency)
    item = call.create("invoiceitem", "ii", {
        "amount": amount, "currency": currency, "customer": customer["id"], "customer_account": None, "date": call.now,
        "description": given.get("description"), "discountable": True, "discounts": [], "invoice": invoice["id"] if invoice else None,
        "metadata": given.get("metadata") or {}, "net_amount": amount, "parent": None,
        "period": given.get("period") or {"end": call.now, "start": call.now}, "pricing": None, "proration": False,
        "quantity": quantity, "quantity_decimal": str(quantity), "tax_rates": [], "test_clock": None})  # fmt: skip
    item.pop("created")
    emit(call, "invoiceitem.created", call.save(item))
    return item


def unit_amount(written: str) -> int:
    """A price per piece; fractions of the smallest unit are not modelled."""
    if not written.removeprefix("-").isdecimal():
        raise invalid("devstripe models whole units only.", "unit_amount_decimal")
    return int(written)


def draft_of(call: Call, invoice_id: str) -> dict:
    """An invoice that may still change."""
    invoice = call.load("invoice", invoice_id, "invoice")
    if invoice["status"] != "draft":
        raise invalid("You can only add items to a draft invoice.", "invoice", "invoice_not_editable")
    return invoice


def of(call: Call, invoice: dict) -> list[dict]:
    """An invoice's items, oldest first."""
    return call.store.select("invoiceitem", call.account, invoice=invoice["id"])[::-1]


def gather(call: Call, invoice: dict) -> None:
    """Put the customer's waiting items of the invoice's currency on it."""
    for item in call.store.select("invoiceitem", call.account, customer=invoice["customer"]):
        if item["invoice"] is None and item["currency"] == invoice["currency"]:
            call.save({**item, "invoice": invoice["id"]})


def lines(call: Call, invoice: dict) -> dict:
    """The items as the invoice shows them."""
    shown = [
        {"id": item["id"].replace("ii_", "il_"), "object": "line_item", "amount": item["amount"], "currency": item["currency"],
         "description": item["description"], "discount_amounts": [], "discountable": True, "discounts": [], "invoice": invoice["id"],
         "livemode": False, "metadata": item["metadata"], "parent": {"invoice_item_details": {
             "invoice_item": item["id"], "proration": False, "proration_details": None, "subscription": None},
             "subscription_item_details": None, "type": "invoice_item_details"}, "period": item["period"],
         "pretax_credit_amounts": [], "pricing": item["pricing"], "quantity": item["quantity"],
         "quantity_decimal": item["quantity_decimal"], "subscription": None, "subtotal": item["amount"], "taxes": []}
        for item in of(call, invoice)]  # fmt: skip
    return embedded(f"/v1/invoices/{invoice['id']}/lines", shown)


@route("GET", "/v1/invoiceitems")
def list_items(call: Call) -> dict:
    """Newest first; by customer and invoice, `pending` for those on no invoice."""
    where = ()
    if "pending" in call.params:
        empty = "json_extract(body, '$.invoice') IS NULL"
        where = ((empty if call.params["pending"] else f"NOT {empty}",),)
    return page(call, "invoiceitem", "/v1/invoiceitems", "customer", "invoice", where=where)


@route("GET", "/v1/invoiceitems/{invoiceitem}")
def retrieve(call: Call, invoiceitem: str) -> dict:
    """One item."""
    return call.load("invoiceitem", invoiceitem)


@route("POST", "/v1/invoiceitems/{invoiceitem}")
def update(call: Call, invoiceitem: str) -> dict:
    """Change an item, as long as its invoice is a draft."""
    item = call.load("invoiceitem", invoiceitem)
    if item["invoice"]:
        draft_of(call, item["invoice"])
    call.merge(item, *FIELDS)
    item.update(net_amount=item["amount"], quantity_decimal=str(item["quantity"]))
    return call.save(item)


@route("DELETE", "/v1/invoiceitems/{invoiceitem}")
def delete(call: Call, invoiceitem: str) -> dict:
    """Take an item away, as long as its invoice is a draft."""
    item = call.load("invoiceitem", invoiceitem)
    if item["invoice"]:
        draft_of(call, item["invoice"])
    call.store.delete(invoiceitem)
    emit(call, "invoiceitem.deleted", item)
    return {"id": invoiceitem, "object": "invoiceitem", "deleted": True}
