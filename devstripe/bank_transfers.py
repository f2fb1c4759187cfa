"""Bank transfers: money a customer sends by itself, kept as the customer's cash balance until it pays something.

A payment by ``customer_balance`` shows where to send the money and waits. What arrives pays the oldest waiting payment or
open invoice it is enough for, the one named by the transfer's reference first. Too little stays on the cash balance, and
what is missing is said; a payment is never paid in parts.
"""

from devstripe import charges, payment_intents
from devstripe.api import route
from devstripe.call import Call
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.payment_methods import new_cash_balance
from devstripe.present import page

KIND = "customer_cash_balance_transaction"
FEE_TEN_THOUSANDTHS, FEE_MOST = 50, 500  # 0.5 %, at most 5.00


def held(call: Call, customer: str, currency: str) -> int:
    """What a customer has sent and not used yet, in the currency's smallest unit."""
    return call.store.total(KIND, "json_extract(body, '$.net_amount')", customer=customer, currency=currency)


def moved(call: Call, customer: str, currency: str, amount: int, kind: str, **more: object) -> dict:
    """Record money coming to (or, negative, leaving) a customer's cash balance."""
    ending = held(call, customer, currency) + amount
    body = call.create(KIND, "ccsbtxn", {
        "currency": currency, "customer": customer, "customer_account": None, "ending_balance": ending, "net_amount": amount,
        "type": kind, **more})  # fmt: skip
    emit(call, f"{KIND}.created", body)
    return body


def instructions(call: Call, intent: dict) -> dict:
    """Where to send the money for an intent, and how much is missing."""
    address = {"city": "South San Francisco", "country": "US", "line1": "354 Oyster Point Blvd", "line2": None,
               "postal_code": "94080", "state": "CA"}  # fmt: skip
    missing = max(0, intent["amount"] - held(call, intent["customer"], intent["currency"]))
    return {"type": "display_bank_transfer_instructions", "display_bank_transfer_instructions": {
        "amount_remaining": missing, "currency": intent["currency"], "financial_addresses": [
            {"type": "aba", "supported_networks": ["ach", "domestic_wire_us"], "aba": {
                "account_holder_address": address, "account_holder_name": "devstripe", "bank_address": address,
                "account_number": f"11{int(call.store.secret(intent['customer'], 12), 16) % 10**10:010d}",
                "account_type": "checking", "bank_name": "US Test Bank", "routing_number": "999999999"}}],
        "hosted_instructions_url": f"{call.base_url}/_hosted/transfer/{intent['id']}/{call.store.secret('transfer ' + intent['id'])}",
        "reference": reference_of(call, intent), "type": "us_bank_transfer"}}  # fmt: skip


def reference_of(call: Call, intent: dict) -> str:
    """What the sender should write on the transfer."""
    return call.store.secret(f"reference {intent['id']}", 12).upper()


def ask(call: Call, intent: dict) -> dict:
    """A payment by bank transfer was begun: pay it from what is there, else say where to send the money."""
    if not intent["customer"]:
        raise invalid("A customer is required to pay with customer_balance.", "customer")
    if held(call, intent["customer"], intent["currency"]) >= intent["amount"]:
        return apply(call, intent)
    intent.update(status="requires_action", next_action=instructions(call, intent))
    emit(call, "payment_intent.requires_action", call.save(intent))
    return intent


def apply(call: Call, intent: dict) -> dict:
    """Pay an intent from the customer's cash balance; the money is available at once."""
    moved(
        call, intent["customer"], intent["currency"], -intent["amount"], "applied_to_payment",
        applied_to_payment={"payment_intent": intent["id"]})  # fmt: skip
    method = new_cash_balance(call, intent["customer"])
    intent.update(payment_method=method["id"], last_payment_error=None)
    charge = charges.new(call, intent, method, "succeeded")
    emit(call, "charge.succeeded", charge)
    fee = min((charge["amount"] * FEE_TEN_THOUSANDTHS + 5000) // 10000, FEE_MOST)
    charges.book(call, charge, fee, call.now, "payment")
    return payment_intents.paid(call, intent, method, charge)


def waiting(call: Call, customer: str, currency: str) -> list[dict]:
    """Intents a transfer could pay, oldest first: those asked for by bank transfer, and those of open invoices that allow it."""
    found = call.store.select("payment_intent", call.account, customer=customer, currency=currency)
    open_ones = {
        one["_intent"]
        for one in call.store.select("invoice_payment", call.account, status="open", currency=currency)
        if call.load("invoice", one["invoice"])["status"] in ("open", "uncollectible")
    }
    return [
        one
        for one in reversed(found)
        if (one["next_action"] or {}).get("type") == "display_bank_transfer_instructions"
        or ("customer_balance" in one["payment_method_types"] and one["id"] in open_ones and one["status"] in payment_intents.CONFIRMABLE)
    ]  # fmt: skip


def arrive(call: Call, customer: str, amount: int, currency: str, reference: str | None = None) -> dict:
    """A transfer has come: keep it, and pay what it is enough for."""
    transfer = {
        "reference": reference,
        "type": "us_bank_transfer",
        "us_bank_transfer": {"network": "ach", "sender_name": None},
    }
    came = moved(call, customer, currency, amount, "funded", funded={"bank_transfer": transfer})
    candidates = waiting(call, customer, currency)
    candidates.sort(key=lambda one: reference_of(call, one) != reference)
    for intent in candidates:
        if held(call, customer, currency) >= intent["amount"]:
            apply(call, intent)
        elif (intent["next_action"] or {}).get("type") == "display_bank_transfer_instructions":
            intent["next_action"] = instructions(call, intent)
            emit(call, "payment_intent.partially_funded", call.save(intent))
    if held(call, customer, currency):
        emit(call, "cash_balance.funds_available", balance(call, customer))
    return came


def balance(call: Call, customer: str) -> dict:
    """The cash balance object."""
    rows = call.store.select(KIND, call.account, customer=customer)
    currencies = sorted({one["currency"] for one in rows})
    return {
        "object": "cash_balance",
        "available": {one: held(call, customer, one) for one in currencies} or None,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": True},
    }


@route("GET", "/v1/customers/{customer}/cash_balance")
def retrieve_balance(call: Call, customer: str) -> dict:
    """What a customer has sent and not used."""
    return balance(call, call.load("customer", customer)["id"])


@route("POST", "/v1/customers/{customer}/cash_balance")
def update_balance(call: Call, customer: str) -> dict:
    """Only automatic reconciliation is modelled."""
    mode = (call.params.get("settings") or {}).get("reconciliation_mode", "automatic")
    if mode == "manual":
        raise invalid("devstripe models automatic reconciliation only.", "settings[reconciliation_mode]")
    return balance(call, call.load("customer", customer)["id"])


@route("GET", "/v1/customers/{customer}/cash_balance_transactions")
def list_transactions(call: Call, customer: str) -> dict:
    """Newest first."""
    call.load("customer", customer)
    return page(call, KIND, f"/v1/customers/{customer}/cash_balance_transactions", customer=customer)


@route("GET", "/v1/customers/{customer}/cash_balance_transactions/{transaction}")
def retrieve_transaction(call: Call, customer: str, transaction: str) -> dict:
    """One movement of a cash balance."""
    call.load("customer", customer)
    return call.load(KIND, transaction)


@route("POST", "/v1/test_helpers/customers/{customer}/fund_cash_balance")
def fund(call: Call, customer: str) -> dict:
    """A transfer arrives, in test mode as if a customer had sent it."""
    given = call.params
    if given["amount"] < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    call.load("customer", customer)
    return arrive(call, customer, given["amount"], given["currency"].lower(), given.get("reference"))


payment_intents.BEGINS["customer_balance"] = ask
