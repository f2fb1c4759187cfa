"""Refunds: giving a payment back, whole or in part. Stripe keeps its fee.

The money comes from the pending funds of the same charge, else from what is available; when the whole balance is too
small the refund waits and is tried again each day.
"""

from devstripe import balances, bank_transfers, disputes
from devstripe.amounts import check_last_digit
from devstripe.api import route
from devstripe.call import Call
from devstripe.clock import DAY, timer
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.payment_methods import card_of
from devstripe.present import page
from devstripe.store import Store


def charge_of(call: Call) -> dict:
    """The charge that is asked to be refunded, by its id or its intent's."""
    given = call.params
    if "charge" in given:
        return call.load("charge", given["charge"], "charge")
    if "payment_intent" not in given:
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    intent = call.load("payment_intent", given["payment_intent"], "payment_intent")
    if not intent["latest_charge"] or intent["status"] != "succeeded":
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", "payment_intent"
        )
    return call.load("charge", intent["latest_charge"])


def amount_of(call: Call, charge: dict) -> int:
    """How much to give back; what is left by default."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise invalid(f"Charge {charge['id']} has not been paid.", "charge")
    if (
        charge["disputed"]
        and not call.store.select("dispute", call.account, charge=charge["id"])[0]["is_charge_refundable"]
    ):
        raise invalid(f"Charge {charge['id']} has been charged back; cannot issue a refund.", None, "charge_disputed")
    if left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", None, "charge_already_refunded")
    amount = call.params.get("amount", left)
    if amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}) in the smallest unit of"
            f" {charge['currency']}.",
            "amount",
        )
    check_last_digit(amount, charge["currency"])
    return amount


@route("POST", "/v1/refunds")
def create(call: Call) -> dict:
    """Give money back."""
    charge = charge_of(call)
    amount = amount_of(call, charge)
    refund = call.create("refund", "re" if charge["id"].startswith("ch_") else "pyr", {
        "amount": amount, "balance_transaction": None, "charge": charge["id"], "currency": charge["currency"],
        "destination_details": destination_of(charge),
        "metadata": call.params.get("metadata") or {}, "payment_intent": charge["payment_intent"], "reason": call.params.get("reason"),
        "receipt_number": None, "source_transfer_reversal": None, "status": "pending", "transfer_reversal": None})  # fmt: skip
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    pay_back(call, refund, charge)
    emit(
        call,
        "charge.refunded",
        call.save(charge),
        {"amount_refunded": charge["amount_refunded"] - amount, "refunded": False},
    )
    emit(call, "refund.created", refund)
    if charge["refunded"]:
        disputes.refunded(call, charge)
    return refund


def destination_of(charge: dict) -> dict:
    """Where the money goes: what was sent by bank transfer comes back to the customer's cash balance."""
    kind = charge["payment_method_details"]["type"]
    if kind == "customer_balance":
        return {"customer_cash_balance": {}, "type": "customer_cash_balance"}
    if kind == "us_bank_account":
        return {"us_bank_transfer": {"reference": None, "reference_status": None}, "type": "us_bank_transfer"}
    told = {"reference": "123456789012", "reference_status": "available", "reference_type": "acquirer_reference_number"}
    return {"card": {**told, "type": "refund"}, "type": "card"}


def pay_back(call: Call, refund: dict, charge: dict) -> None:
    """Move the money if there is any; else wait a day."""
    funds = balances.held(call, refund["currency"])
    if funds["available"] + funds["pending"] < refund["amount"]:
        call.store.set_timer(call.now + DAY, "refund", refund["id"])
        refund["pending_reason"] = "insufficient_funds"
        call.save(refund)
        return
    settles = call.store.find(charge["balance_transaction"])["available_on"]
    kind = "refund" if refund["id"].startswith("re_") else "payment_refund"
    moved = balances.move(
        call,
        kind,
        -refund["amount"],
        refund["currency"],
        refund["id"],
        available_on=max(call.now, settles),
        description=f"REFUND FOR {charge['id']}",
    )
    refund.pop("pending_reason", None)
    if charge["payment_method_details"]["type"] == "customer_balance":
        bank_transfers.moved(
            call, charge["customer"], charge["currency"], refund["amount"], "refunded_from_payment",
            refunded_from_payment={"refund": refund["id"]})  # fmt: skip
    later = later_of(call, charge)
    refund.update(status="pending" if later == "waits" else "succeeded", balance_transaction=moved["id"])
    call.save(refund)
    if later:
        call.store.set_timer(call.now + DAY, f"refund {later}", refund["id"])


def later_of(call: Call, charge: dict) -> str | None:
    """What will become of a refund, by the card it goes to."""
    method = call.store.find(charge["payment_method"] or "", "payment_method")
    return card_of(method).refund if method and method["type"] == "card" else None


@timer("refund waits")
def succeed(store: Store, refund_id: str) -> None:
    """A refund that took a day has arrived."""
    call = Call(store, store.owner(refund_id))
    refund = call.load("refund", refund_id)
    emit(call, "refund.updated", call.save({**refund, "status": "succeeded"}), {"status": "pending"})


@timer("refund fails")
def fail(store: Store, refund_id: str) -> None:
    """The card's bank sends a refund back: the money is on the balance again."""
    call = Call(store, store.owner(refund_id))
    refund = call.load("refund", refund_id)
    charge = call.load("charge", refund["charge"])
    moved = balances.move(call, "refund_failure", refund["amount"], refund["currency"], refund_id)
    refund.update(status="failed", failure_reason="unknown", failure_balance_transaction=moved["id"])
    charge.update(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    call.save(charge)
    emit(call, "refund.failed", call.save(refund), {"status": "succeeded"})


@timer("refund")
def try_again(store: Store, refund_id: str) -> None:
    """A refund that waited for money is tried again."""
    call = Call(store, store.owner(refund_id))
    refund = call.load("refund", refund_id)
    pay_back(call, refund, call.load("charge", refund["charge"]))
    if refund["status"] == "succeeded":
        emit(call, "refund.updated", refund, {"status": "pending"})


@route("GET", "/v1/refunds")
def list_refunds(call: Call) -> dict:
    """Newest first; by charge or payment intent."""
    return page(call, "refund", "/v1/refunds", "charge", "payment_intent")


@route("GET", "/v1/refunds/{refund}")
def retrieve(call: Call, refund: str) -> dict:
    """One refund."""
    return call.load("refund", refund)


@route("POST", "/v1/refunds/{refund}")
def update(call: Call, refund: str) -> dict:
    """Change the metadata."""
    found = call.merge(call.load("refund", refund), "metadata")
    emit(call, "refund.updated", call.save(found), {})
    return found
