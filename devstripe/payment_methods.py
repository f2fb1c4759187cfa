"""Payment methods: a card or a bank account someone pays with, and keeping one on a customer's file.

Card numbers never come through the API, as at Stripe: use ``pm_card_visa`` and its kin, a token, or the hosted page.
"""

from devstripe.api import route
from devstripe.call import Call
from devstripe.cards import BY_TOKEN, CARDS, Card, fingerprint, message
from devstripe.errors import ApiError, declined, invalid, missing_object
from devstripe.events import emit
from devstripe.present import page

EMPTY_DETAILS = {
    "address": {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None},
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}
EXPIRY_MONTH, YEARS_AHEAD = 12, 5
BANKS = {
    "pm_usBankAccount": "",
    "pm_usBankAccount_success": "",
    "pm_usBankAccount_insufficientFunds": "insufficient_funds",
    "pm_usBankAccount_accountClosed": "account_closed",
    "pm_usBankAccount_noAccount": "no_account",
    "pm_usBankAccount_debitNotAuthorized": "debit_not_authorized",
    "pm_usBankAccount_dispute": "",
}
DISPUTED_BANKS = {"pm_usBankAccount_dispute": "debit_not_authorized"}


def card_shown(card: Card, month: int, year: int) -> dict:
    """The part of a payment method that tells about its card."""
    return {"brand": card.brand, "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country, "display_brand": card.brand, "exp_month": month, "exp_year": year,
            "fingerprint": fingerprint(card.number), "funding": card.funding, "generated_from": None, "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None}, "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True}, "wallet": None}  # fmt: skip


def new_card(
    call: Call, card: Card, month: int = EXPIRY_MONTH, year: int | None = None, details: dict | None = None
) -> dict:
    """A payment method for a card, belonging to nobody yet."""
    year = year or 1970 + call.now // 31556952 + YEARS_AHEAD
    return call.create("payment_method", "pm", {
        "allow_redisplay": "unspecified", "billing_details": {**EMPTY_DETAILS, **(details or {})}, "customer": None,
        "customer_account": None, "metadata": {}, "type": "card", "card": card_shown(card, month, year),
        "_number": card.number, "_set_up": False})  # fmt: skip


def new_bank_account(call: Call, fails: str = "", details: dict | None = None, disputed: str = "") -> dict:
    """A payment method for a bank account in the United States. `fails`: why debits of it will fail, if they will.
    `disputed`: why they will be taken back after they succeeded."""
    return call.create("payment_method", "pm", {
        "allow_redisplay": "unspecified", "billing_details": {**EMPTY_DETAILS, **(details or {})}, "customer": None,
        "customer_account": None, "metadata": {}, "type": "us_bank_account",
        "us_bank_account": {"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
                            "financial_connections_account": None, "fingerprint": "dev0000000006789", "last4": "6789",
                            "networks": {"preferred": "ach", "supported": ["ach"]}, "routing_number": "110000000",
                            "status_details": {}},
        "_fails": fails, "_disputed": disputed, "_set_up": True})  # fmt: skip


def new_cash_balance(call: Call, customer: str) -> dict:
    """A payment method for what a customer sends by bank transfer."""
    return call.create("payment_method", "pm", {
        "allow_redisplay": "unspecified", "billing_details": EMPTY_DETAILS, "customer": customer, "customer_account": None,
        "metadata": {}, "type": "customer_balance", "customer_balance": {}, "_set_up": True})  # fmt: skip


def resolve(call: Call, method_id: str, param: str = "payment_method") -> dict:
    """A payment method by id; Stripe's ready-made test ids become a new one."""
    if method_id in BY_TOKEN:
        return new_card(call, BY_TOKEN[method_id])
    if method_id in BANKS:
        return new_bank_account(call, BANKS[method_id], disputed=DISPUTED_BANKS.get(method_id, ""))
    found = call.store.find(method_id, "payment_method", call.account)
    if found is None:
        raise missing_object("PaymentMethod", method_id, param)
    return found


def card_of(method: dict) -> Card:
    """The test card behind a payment method."""
    return CARDS[method["_number"]]


def attach(call: Call, method_id: str, customer: str, param: str = "id") -> dict:
    """Put a payment method on a customer's file. A card that cannot be kept is declined."""
    call.load("customer", customer, "customer")
    method = resolve(call, method_id, param)
    if method["customer"] not in (None, customer):
        raise invalid("The payment method you provided has already been attached to a customer.", "payment_method")
    if method["type"] == "card" and not card_of(method).keeps:
        raise refusal(card_of(method))
    if method["customer"] is None:
        method["customer"] = customer
        emit(call, "payment_method.attached", call.save(method))
    return method


def refusal(card: Card, **more: object) -> ApiError:
    """The error of a card that is declined."""
    return declined(str(card.code), message(card), card.decline_code, **more)


@route("POST", "/v1/payment_methods")
def create(call: Call) -> dict:
    """A payment method from a test token; raw card numbers are refused."""
    details = call.params.get("billing_details") or {}
    if call.params.get("type") == "us_bank_account":
        return new_bank_account(call, details=details)
    card = call.params.get("card") or {}
    if "number" in card:
        raise ApiError(
            402,
            "card_error",
            "Sending credit card numbers directly to the Stripe API is generally unsafe. To continue use"
            " one of Stripe's test tokens (https://docs.stripe.com/testing).",
        )
    if card.get("token") not in BY_TOKEN:
        raise missing_object("token", card.get("token", ""), "card[token]")
    method = call.merge(new_card(call, BY_TOKEN[card["token"]], details=details), "metadata")
    return call.save(method)


@route("GET", "/v1/payment_methods")
def list_methods(call: Call) -> dict:
    """Newest first; by type and customer."""
    return page(call, "payment_method", "/v1/payment_methods", "type", "customer")


@route("GET", "/v1/payment_methods/{payment_method}")
def retrieve(call: Call, payment_method: str) -> dict:
    """One payment method."""
    return resolve(call, payment_method, "id")


@route("POST", "/v1/payment_methods/{payment_method}")
def update(call: Call, payment_method: str) -> dict:
    """Change the metadata and billing details."""
    method = call.merge(resolve(call, payment_method, "id"), "metadata", "allow_redisplay")
    method["billing_details"] = {**method["billing_details"], **(call.params.get("billing_details") or {})}
    emit(call, "payment_method.updated", call.save(method))
    return method


@route("POST", "/v1/payment_methods/{payment_method}/attach")
def attach_to_customer(call: Call, payment_method: str) -> dict:
    """Put it on a customer's file."""
    if "customer" not in call.params:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    return attach(call, payment_method, call.params["customer"])


@route("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(call: Call, payment_method: str) -> dict:
    """Take it off the customer's file for good."""
    method = resolve(call, payment_method, "id")
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            "payment_method",
        )
    customer, method["customer"] = method["customer"], None
    emit(call, "payment_method.detached", call.save(method), {"customer": customer})
    return method
