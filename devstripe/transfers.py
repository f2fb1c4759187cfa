"""Transfers: money from the platform's balance to a connected account, and taking it back.

With `source_transaction` a transfer is tied to a charge: all transfers of a charge together never exceed it, and the money
is available when the charge's is. Without, it needs an available balance. On the other side it arrives as a payment (py_).
"""

from devstripe import balances, payouts
from devstripe.amounts import check_last_digit
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.errors import invalid, missing_object
from devstripe.events import emit
from devstripe.payment_methods import EMPTY_DETAILS
from devstripe.present import embedded, page, present, presenter
from devstripe.store import column

FIELDS = ("description", "metadata")
NOT_ENOUGH = (
    "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by"
    " creating Charges using the 4000000000000077 test card. See: https://stripe.com/docs/testing#available-balance"
)


def destination_of(call: Call) -> dict:
    """The connected account that is to receive, able to."""
    name = call.params["destination"]
    account = call.store.find(name, "v2.core.account")
    if account is None or call.account != PLATFORM:
        raise missing_object("destination", name, "destination")
    if (
        account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]["status"]
        != "active"
    ):
        raise invalid(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers,"
            " crypto_transfers, legacy_payments",
            None,
            "insufficient_capabilities_for_transfer",
        )
    return account


def source_of(call: Call, amount: int, currency: str) -> dict | None:
    """The charge a transfer is tied to, with room for it."""
    if "source_transaction" not in call.params:
        return None
    charge = call.load("charge", call.params["source_transaction"], "source_transaction")
    if charge["status"] != "succeeded":
        raise invalid(f"Cannot use a charge that is {charge['status']} as a source_transaction.", "source_transaction")
    if charge["currency"] != currency:
        raise invalid(
            f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the same as the"
            f" transfer currency ({currency})",
            "currency",
        )
    used = call.store.total(
        "transfer", f"{column('amount')} - {column('amount_reversed')}", source_transaction=charge["id"]
    )
    if used + amount > charge["amount"]:
        raise invalid(
            f"Transfers using this transaction as a source must not exceed the source amount of {charge['amount']}. (There are"
            f" already transfers using this source, amounting to a total of {used}.)",
            "amount",
        )
    return charge


@route("POST", "/v1/transfers")
def create(call: Call) -> dict:
    """Send money to a connected account."""
    given = call.params
    amount, currency = given.get("amount", 0), given["currency"].lower()
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    check_last_digit(amount, currency)
    account = destination_of(call)
    charge = source_of(call, amount, currency)
    group = given.get("transfer_group")
    if charge:
        available_on = max(call.now, call.store.find(charge["balance_transaction"])["available_on"])
        group = group or grouped(call, charge)
    else:
        balances.take_from_available(call, amount, currency, NOT_ENOUGH)
        available_on = call.now
    transfer = call.create("transfer", "tr", {
        "amount": amount, "amount_reversed": 0, "balance_transaction": None, "currency": currency, "description": given.get("description"),
        "destination": account["id"], "destination_payment": None, "metadata": given.get("metadata") or {}, "reversed": False,
        "source_transaction": charge["id"] if charge else None, "source_type": "card", "transfer_group": group})  # fmt: skip
    moved = balances.move(
        call,
        "transfer",
        -amount,
        currency,
        transfer["id"],
        available_on=available_on,
        description=given.get("description"),
    )
    transfer.update(balance_transaction=moved["id"], destination_payment=arrive(call, transfer, available_on)["id"])
    emit(call, "transfer.created", call.save(transfer))
    return transfer


def grouped(call: Call, charge: dict) -> str:
    """The group of a charge's transfers; a charge without one gets one, as at Stripe."""
    if not charge["transfer_group"]:
        charge["transfer_group"] = f"group_{charge['payment_intent'] or charge['id']}"
        call.save(charge)
    return charge["transfer_group"]


def arrive(call: Call, transfer: dict, available_on: int) -> dict:
    """The transfer as the connected account sees it: a payment."""
    there = call.on(transfer["destination"])
    payment = there.create("charge", "py", {
        "amount": transfer["amount"], "amount_captured": transfer["amount"], "amount_refunded": 0, "balance_transaction": None,
        "billing_details": EMPTY_DETAILS, "captured": True, "currency": transfer["currency"], "customer": None,
        "description": transfer["description"], "disputed": False, "failure_code": None, "failure_message": None, "metadata": {},
        "outcome": None, "paid": True, "payment_intent": None, "payment_method": None,
        "payment_method_details": {"type": "stripe_account", "stripe_account": {}}, "refunded": False,
        "source_transfer": transfer["id"], "status": "succeeded", "transfer_group": None})  # fmt: skip
    moved = balances.move(
        there, "payment", transfer["amount"], transfer["currency"], payment["id"], available_on=available_on
    )
    payment["balance_transaction"] = moved["id"]
    emit(there, "payment.created", there.save(payment))
    if available_on <= call.now:
        payouts.plan(there)
    return payment


@presenter("transfer")
def with_reversals(call: Call, body: dict) -> dict:
    """A transfer carries its reversals."""
    found = call.store.select("transfer_reversal", call.account, transfer=body["id"])
    return {
        **body,
        "reversals": embedded(f"/v1/transfers/{body['id']}/reversals", [present(call, one) for one in found]),
    }


@route("GET", "/v1/transfers")
def list_transfers(call: Call) -> dict:
    """Newest first; by destination and group."""
    return page(call, "transfer", "/v1/transfers", "destination", "transfer_group")


@route("GET", "/v1/transfers/{transfer}")
def retrieve(call: Call, transfer: str) -> dict:
    """One transfer."""
    return call.load("transfer", transfer)


@route("POST", "/v1/transfers/{transfer}")
def update(call: Call, transfer: str) -> dict:
    """Change description and metadata."""
    found = call.merge(call.load("transfer", transfer), *FIELDS)
    emit(call, "transfer.updated", call.save(found), {})
    return found


@route("POST", "/v1/transfers/{id}/reversals")
def reverse(call: Call, id: str) -> dict:
    """Take a transfer back, whole or in part; the connected account must have the money."""
    transfer = call.load("transfer", id)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = call.params.get("amount", left)
    if left == 0:
        raise invalid(f"Transfer {id} is already fully reversed.", "id")
    if not 1 <= amount <= left:
        raise invalid(f"Reversal amount ({amount}) is greater than unreversed amount on transfer ({left}).", "amount")
    check_last_digit(amount, transfer["currency"])
    there = call.on(transfer["destination"])
    funds = balances.held(there, transfer["currency"])
    if funds["available"] + funds["pending"] < amount and call.store.meta("reversal overdraft") != 1:
        raise invalid(
            "Insufficient balance in the connected account to reverse this transfer.", None, "balance_insufficient"
        )
    reversal = call.create("transfer_reversal", "trr", {
        "amount": amount, "balance_transaction": None, "currency": transfer["currency"], "destination_payment_refund": None,
        "metadata": call.params.get("metadata") or {}, "source_refund": None, "transfer": id})  # fmt: skip
    settles = max(call.now, call.store.find(transfer["balance_transaction"])["available_on"])
    moved = balances.move(
        call,
        "transfer_refund",
        amount,
        transfer["currency"],
        reversal["id"],
        available_on=settles,
        description=call.params.get("description"),
    )
    refund = give_back(there, transfer, reversal, settles)
    reversal.update(balance_transaction=moved["id"], destination_payment_refund=refund["id"])
    transfer.update(amount_reversed=transfer["amount_reversed"] + amount, reversed=amount == left)
    call.save(reversal)
    emit(call, "transfer.reversed", call.save(transfer), {"amount_reversed": transfer["amount_reversed"] - amount})
    return reversal


def give_back(there: Call, transfer: dict, reversal: dict, settles: int) -> dict:
    """A reversal as the connected account sees it: a refund of the payment."""
    amount = reversal["amount"]
    payment = there.load("charge", transfer["destination_payment"])
    refund = there.create("refund", "pyr", {
        "amount": amount, "balance_transaction": None, "charge": payment["id"], "currency": transfer["currency"], "metadata": {},
        "payment_intent": None, "reason": None, "receipt_number": None, "source_transfer_reversal": reversal["id"],
        "status": "succeeded", "transfer_reversal": None})  # fmt: skip
    moved = balances.move(
        there,
        "payment_refund",
        -amount,
        transfer["currency"],
        refund["id"],
        available_on=settles,
        description=f"REFUND FOR PAYMENT ({payment['id']})",
    )
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    refund["balance_transaction"] = moved["id"]
    there.save(refund)
    emit(there, "charge.refunded", there.save(payment), {"amount_refunded": payment["amount_refunded"] - amount})
    return refund


@route("GET", "/v1/transfers/{id}/reversals")
def list_reversals(call: Call, id: str) -> dict:
    """A transfer's reversals, newest first."""
    call.load("transfer", id)
    return page(call, "transfer_reversal", f"/v1/transfers/{id}/reversals", transfer=id)


@route("GET", "/v1/transfers/{transfer}/reversals/{id}")
def retrieve_reversal(call: Call, transfer: str, id: str) -> dict:
    """One reversal."""
    call.load("transfer", transfer)
    return call.load("transfer_reversal", id)


@route("POST", "/v1/transfers/{transfer}/reversals/{id}")
def update_reversal(call: Call, transfer: str, id: str) -> dict:
    """Change the metadata."""
    call.load("transfer", transfer)
    return call.save(call.merge(call.load("transfer_reversal", id), "metadata"))
