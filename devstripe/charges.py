"""Charges: money taken from a payment method, or the attempt that failed.

A succeeded charge has a balance transaction for its amount less Stripe's fee. As with Stripe's default asynchronous
capture, the event ``charge.succeeded`` does not carry it yet; ``charge.updated`` follows with it.
"""

from devstripe import balances, disputes, fraud_warnings
from devstripe.api import route
from devstripe.call import Call
from devstripe.cards import Card, message
from devstripe.clock import DAY
from devstripe.events import emit
from devstripe.payment_methods import card_of
from devstripe.present import page, presenter

DEBIT_DAYS = 4  # an ACH debit is known to have succeeded or failed after four days


def new(call: Call, intent: dict, method: dict, status: str) -> dict:
    """File a charge for an attempt to pay an intent."""
    return call.create("charge", "ch" if method["type"] == "card" else "py", {
        "amount": intent["amount"], "amount_captured": intent["amount"] if status == "succeeded" else 0, "amount_refunded": 0,
        "application": None, "application_fee": None, "application_fee_amount": None, "balance_transaction": None,
        "billing_details": method["billing_details"], "calculated_statement_descriptor": "DEVSTRIPE", "captured": status == "succeeded",
        "currency": intent["currency"], "customer": intent["customer"], "description": intent["description"], "disputed": False,
        "failure_balance_transaction": None, "failure_code": None, "failure_message": None, "fraud_details": {},
        "metadata": intent["metadata"], "on_behalf_of": None, "outcome": outcome("authorized", "approved_by_network"),
        "paid": status == "succeeded", "payment_intent": intent["id"], "payment_method": method["id"],
        "payment_method_details": details(method), "receipt_email": intent["receipt_email"], "receipt_number": None,
        "receipt_url": None, "refunded": False, "review": None, "shipping": intent["shipping"], "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"], "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status, "transfer_data": None, "transfer_group": intent["transfer_group"]})  # fmt: skip


def outcome(kind: str, network_status: str, reason: str | None = None) -> dict:
    """What the network said."""
    said = (
        "Payment complete."
        if kind == "authorized"
        else "The bank did not return any further details with this decline."
    )
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 10,
        "seller_message": said,
        "type": kind,
    }


def details(method: dict) -> dict:
    """The payment method as it was when paid with."""
    if method["type"] == "customer_balance":
        return {"type": "customer_balance", "customer_balance": {}}
    if method["type"] != "card":
        shown = {
            key: value
            for key, value in method["us_bank_account"].items()
            if key in ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
        }
        return {"type": method["type"], "us_bank_account": {**shown, "payment_reference": None}}
    card = method["card"]
    kept = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "regulated_status")
    return {"type": "card", "card": {
        **{key: card[key] for key in kept}, "amount_authorized": None, "authorization_code": None, "checks": card["checks"],
        "installments": None, "mandate": None, "network": card["brand"], "network_token": {"used": False},
        "network_transaction_id": None, "three_d_secure": None, "wallet": None}}  # fmt: skip


def succeed(call: Call, intent: dict, method: dict) -> dict:
    """A card payment that worked: the charge with its balance transaction."""
    card = card_of(method)
    charge = new(call, intent, method, "succeeded")
    emit(call, "charge.succeeded", charge)
    book(
        call,
        charge,
        balances.card_fee(charge["amount"]),
        call.now if card.at_once else balances.settles_on(call.now),
        "charge",
    )
    if card.disputed:
        disputes.open_dispute(call, charge, card.disputed, inquiry=card.inquiry)
    if card.suspected:
        fraud_warnings.warn(call, charge)
    return charge


def book(call: Call, charge: dict, fee: int, available_on: int, kind: str) -> None:
    """Put a charge's money on the balance and say so."""
    moved = balances.move(
        call,
        kind,
        charge["amount"],
        charge["currency"],
        charge["id"],
        fee=fee,
        available_on=available_on,
        description=charge["description"],
    )
    charge["balance_transaction"] = moved["id"]
    emit(call, "charge.updated", call.save(charge), {"balance_transaction": None})


def fail(call: Call, intent: dict, method: dict, card: Card, code: str, decline_code: str | None) -> dict:
    """A card payment that was declined: the charge stays as a failed one."""
    charge = new(call, intent, method, "failed")
    charge.update(
        failure_code=code,
        failure_message=message(card),
        outcome=outcome("issuer_declined", "declined_by_network", decline_code or code),
    )
    emit(call, "charge.failed", call.save(charge))
    return charge


def start_debit(call: Call, intent: dict, method: dict) -> dict:
    """A bank debit: pending until the bank has had its days."""
    charge = new(call, intent, method, "pending")
    charge["outcome"]["seller_message"] = "The bank has been asked."
    emit(call, "charge.pending", call.save(charge))
    call.store.set_timer(call.now + DEBIT_DAYS * DAY, "debit", charge["id"])
    return charge


@presenter("charge")
def with_receipt(_call: Call, body: dict) -> dict:
    """A paid charge has a receipt's address."""
    return {**body, "receipt_url": f"https://pay.stripe.com/receipts/{body['id']}" if body.get("paid") else None}


@route("GET", "/v1/charges")
def list_charges(call: Call) -> dict:
    """Newest first; by customer, payment intent or transfer group."""
    return page(call, "charge", "/v1/charges", "customer", "payment_intent", "transfer_group")


@route("GET", "/v1/charges/{charge}")
def retrieve(call: Call, charge: str) -> dict:
    """One charge."""
    return call.load("charge", charge)


@route("POST", "/v1/charges/{charge}")
def update(call: Call, charge: str) -> dict:
    """Change what may be changed after the fact."""
    found = call.merge(
        call.load("charge", charge), "description", "metadata", "receipt_email", "transfer_group", "fraud_details"
    )
    emit(call, "charge.updated", call.save(found), {})
    return found
