"""The hosted page of an invoice: what is owed and by when, paying by card or bank transfer, and the PDF."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request

from devstripe import bank_transfers, invoice_items, invoice_payments, payment_intents, pdf
from devstripe.call import Call
from devstripe.card_form import CardForm
from devstripe.errors import ApiError
from devstripe.pages import day, hosted_call, load, money

invoice_pages = Blueprint("invoice_pages", __name__)
WORDS = {
    "open": "This invoice is open.",
    "paid": "This invoice is paid. Thank you.",
    "void": "This invoice was withdrawn. Nothing is owed.",
    "uncollectible": "This invoice is overdue and can still be paid.",
}


def of_address(call: Call, invoice_id: str, token: str) -> dict:
    """The invoice of an address; 404 when the token is not its own."""
    if token != call.store.secret(f"invoice {invoice_id}"):
        abort(404)
    return load(call, "invoice", invoice_id)


def show(call: Call, invoice: dict, form: CardForm, status: int = 200) -> tuple[str, int]:
    """The page as it stands."""
    ways = invoice["payment_settings"]["payment_method_types"] or ["card"]
    payment = invoice_payments.of(call, invoice)
    intent = call.load("payment_intent", payment["_intent"]) if payment else None
    transfer = None
    if "customer_balance" in ways and intent:
        transfer = bank_transfers.instructions(call, intent)["display_bank_transfer_instructions"]
    return render_template(
        "invoice.html", invoice=invoice, lines=invoice_items.of(call, invoice), word=WORDS.get(invoice["status"], ""), form=form,
        ways=ways, transfer=transfer, payable=invoice["status"] in ("open", "uncollectible"),
        waits=bool(intent) and intent["status"] == "processing"), status  # fmt: skip


def card_form(typed: dict) -> CardForm:
    """A card, typed by somebody whose e-mail address the invoice knows."""
    return CardForm(typed, needs_email=False, banks_allowed=False)


@invoice_pages.get("/i/<invoice_id>/<token>")
def invoice_page(invoice_id: str, token: str) -> object:
    """What is owed, and how to pay it."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        return show(call, of_address(call, invoice_id, token), card_form({}))


@invoice_pages.post("/i/<invoice_id>/<token>")
def pay(invoice_id: str, token: str) -> object:
    """Pay by card, or let a bank transfer arrive."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        invoice = of_address(call, invoice_id, token)
        if invoice["status"] not in ("open", "uncollectible"):
            return redirect(request.path, 303)
        if request.form.get("way") == "transfer":
            bank_transfers.arrive(call, invoice["customer"], invoice["amount_remaining"], invoice["currency"])
            return redirect(request.path, 303)
        form = card_form(request.form.to_dict())
        today = datetime.fromtimestamp(call.now, UTC)
        if not form.check(today.year, today.month):
            return show(call, invoice, form, 422)
        intent = call.load("payment_intent", (invoice_payments.of(call, invoice) or abort(404))["_intent"])
        try:
            with call.store.savepoint():
                method = form.payment_method(call, invoice["customer_email"])
                intent = payment_intents.confirm(call, intent, method["id"], return_url=invoice["hosted_invoice_url"])
        except ApiError as error:
            form.errors["number"] = str(error)
            return show(call, invoice, form, 402)
    if intent["status"] == "requires_action":
        return redirect(intent["next_action"]["redirect_to_url"]["url"], 303)
    return redirect(request.path, 303)


@invoice_pages.get("/i/<invoice_id>/<token>/pdf")
def invoice_pdf(invoice_id: str, token: str) -> Response:
    """The same to keep."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        invoice = of_address(call, invoice_id, token)
        items = invoice_items.of(call, invoice)
    lines = [
        f"Invoice {invoice['number']}",
        f"To {invoice['customer_name'] or invoice['customer_email'] or invoice['customer']}",
    ]
    lines.append(
        f"Dated {day(invoice['effective_at'])}" + (f", due {day(invoice['due_date'])}" if invoice["due_date"] else "")
    )
    lines += [
        "",
        *(f"{item['description'] or 'Item'}: {money(item['amount'], item['currency'])}" for item in items),
        "",
    ]
    lines += [f"Amount due: {money(invoice['amount_remaining'], invoice['currency'])}", f"State: {invoice['status']}"]
    lines.append("Test mode. No real money moves.")
    answer = Response(pdf.page(lines), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="Invoice-{invoice["number"]}.pdf"'
    return answer


@invoice_pages.get("/_hosted/transfer/<intent_id>/<token>")
def instructions_page(intent_id: str, token: str) -> str:
    """Where to send the money for a payment by bank transfer."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        if token != call.store.secret(f"transfer {intent_id}"):
            abort(404)
        intent = load(call, "payment_intent", intent_id)
        transfer = bank_transfers.instructions(call, intent)["display_bank_transfer_instructions"]
    return render_template("transfer.html", intent=intent, transfer=transfer)
