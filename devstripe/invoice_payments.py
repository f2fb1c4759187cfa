"""What pays an invoice: its payment intent, and the moment the invoice is paid by it or otherwise."""

from devstripe.api import route
from devstripe.call import Call
from devstripe.events import emit
from devstripe.present import embedded, page


def start(call: Call, invoice: dict, intent: dict) -> dict:
    """Tie an intent to the invoice it is to pay."""
    return call.create("invoice_payment", "inpay", {
        "amount_paid": None, "amount_requested": invoice["amount_remaining"], "currency": invoice["currency"],
        "invoice": invoice["id"], "is_default": True, "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open", "status_transitions": {"canceled_at": None, "paid_at": None}, "_intent": intent["id"]})  # fmt: skip


def of(call: Call, invoice: dict) -> dict | None:
    """The invoice's payment; a draft has none."""
    found = call.store.select("invoice_payment", call.account, invoice=invoice["id"])
    return found[0] if found else None


def invoice_of(call: Call, intent: dict) -> tuple[dict, dict] | None:
    """The payment and the invoice that an intent belongs to, if it does."""
    found = call.store.select("invoice_payment", call.account, _intent=intent["id"])
    return (found[0], call.load("invoice", found[0]["invoice"])) if found else None


def paid(call: Call, intent: dict) -> None:
    """An intent has been paid: so is its invoice, if it has one."""
    found = invoice_of(call, intent)
    if found is None:
        return
    payment, invoice = found
    payment.update(amount_paid=intent["amount_received"], status="paid")
    payment["status_transitions"]["paid_at"] = call.now
    emit(call, "invoice_payment.paid", call.save(payment))
    settle(call, invoice, intent["amount_received"])
    emit(call, "invoice.payment_succeeded", invoice)


def settle(call: Call, invoice: dict, amount: int, off_stripe: int = 0) -> dict:
    """Mark an invoice as paid. `off_stripe`: how much of it came past Stripe."""
    before = {"status": invoice["status"], "amount_paid": invoice["amount_paid"]}
    invoice.update(
        status="paid", amount_paid=amount, amount_paid_off_stripe=off_stripe, amount_remaining=0, attempted=True
    )
    invoice["auto_advance"] = False
    invoice["status_transitions"]["paid_at"] = call.now
    emit(call, "invoice.updated", call.save(invoice), before)
    emit(call, "invoice.paid", invoice)
    return invoice


def failed(call: Call, intent: dict) -> None:
    """A try to pay an invoice's intent went wrong; the invoice stays open."""
    found = invoice_of(call, intent)
    if found is None:
        return
    invoice = found[1]
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    emit(call, "invoice.payment_failed", call.save(invoice))


def give_up(call: Call, invoice: dict) -> None:
    """Cancel the invoice's payment and its intent: it is void, or was paid otherwise."""
    payment = of(call, invoice)
    if payment is None or payment["status"] != "open":
        return
    payment["status"] = "canceled"
    payment["status_transitions"]["canceled_at"] = call.now
    call.save(payment)
    intent = call.load("payment_intent", payment["_intent"])
    intent.update(status="canceled", canceled_at=call.now, cancellation_reason="void_invoice", next_action=None)
    emit(call, "payment_intent.canceled", call.save(intent))


def listed(call: Call, invoice: dict) -> dict:
    """The payments inside an invoice, for those who expand them."""
    shown = [
        {key: value for key, value in one.items() if not key.startswith("_")}
        for one in call.store.select("invoice_payment", call.account, invoice=invoice["id"])
    ]
    return embedded("/v1/invoice_payments", shown)


@route("GET", "/v1/invoice_payments")
def list_payments(call: Call) -> dict:
    """Newest first; by invoice, status or payment intent."""
    wanted = call.params.get("payment") or {}
    intent = {"_intent": wanted["payment_intent"]} if "payment_intent" in wanted else {}
    return page(call, "invoice_payment", "/v1/invoice_payments", "invoice", "status", **intent)


@route("GET", "/v1/invoice_payments/{invoice_payment}")
def retrieve(call: Call, invoice_payment: str) -> dict:
    """One payment of an invoice."""
    return call.load("invoice_payment", invoice_payment)
