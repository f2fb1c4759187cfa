"""Payment intents: the wish to be paid an amount, through confirmation, 3-D Secure and declines to the charge.

Captured automatically; manual capture is not modelled. A confirmation declined by the bank leaves the failed charge and
the intent waiting for another payment method, and answers 402.
"""

from collections.abc import Callable

from devstripe import charges, invoice_payments
from devstripe.amounts import check_last_digit
from devstripe.api import route
from devstripe.call import Call
from devstripe.cards import Card, message
from devstripe.errors import declined, invalid
from devstripe.events import emit
from devstripe.payment_methods import attach, card_of, new_cash_balance, resolve
from devstripe.present import page, present

LEAST, MOST = 50, 99_999_999
NEEDS_BANK = ("authentication_required", "authentication_required")
FIELDS = (
    "description",
    "metadata",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "setup_future_usage",
)
CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}
BEGINS: dict[str, Callable[[Call, dict], dict]] = {}  # ways to pay that begin elsewhere, by the payment method's type


def new(call: Call, amount: int, currency: str, customer: str | None, methods: list[str]) -> dict:
    """File an intent that waits for a payment method."""
    check_amount(amount, currency)
    intent = call.create("payment_intent", "pi", {
        "amount": amount, "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0, "application": None,
        "application_fee_amount": None, "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": "automatic_async", "confirmation_method": "automatic", "currency": currency, "customer": customer,
        "customer_account": None, "description": None, "excluded_payment_method_types": None, "last_payment_error": None,
        "latest_charge": None, "metadata": {}, "next_action": None, "on_behalf_of": None, "payment_method": None,
        "payment_method_configuration_details": None, "payment_method_options": {}, "payment_method_types": methods,
        "processing": None, "receipt_email": None, "review": None, "setup_future_usage": None, "shipping": None,
        "statement_descriptor": None, "statement_descriptor_suffix": None, "status": "requires_payment_method",
        "transfer_data": None, "transfer_group": None})  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{call.store.secret(intent['id'])}"
    return call.save(intent)


def check_amount(amount: int, currency: str) -> None:
    """Stripe's bounds, and a currency of three letters."""
    if len(currency) != 3 or not currency.isalpha() or currency != currency.lower():
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports three-letter lowercase codes.", "currency"
        )
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    if amount < LEAST:
        raise invalid(
            f"Amount must be at least {LEAST} of the smallest unit of {currency}.", "amount", "amount_too_small"
        )
    check_last_digit(amount, currency)
    if amount > MOST:
        raise invalid("Amount must be no more than $999,999.99", "amount", "amount_too_large")


def confirm(
    call: Call,
    intent: dict,
    method_id: str | None,
    *,
    off_session: bool = False,
    authenticated: bool = False,
    return_url: str | None = None,
) -> dict:
    """Try to pay. Raises the 402 of a declined card; the intent then waits for another payment method."""
    check_confirmable(call, intent, method_id)
    method = resolve(call, method_id or intent["payment_method"])
    belongs(intent, method)
    intent.update(payment_method=method["id"], next_action=None, last_payment_error=None)
    if method["type"] in BEGINS:
        return BEGINS[method["type"]](call, intent)
    if method["type"] == "us_bank_account":
        charge = charges.start_debit(call, intent, method)
        intent.update(status="processing", latest_charge=charge["id"])
        emit(call, "payment_intent.processing", call.save(intent))
        return intent
    card = card_of(method)
    asks = card.asks == "always" or (card.asks == "unless set up" and not method["_set_up"])
    if asks and not authenticated:
        if off_session:
            return declined_by(call, intent, method, card, *NEEDS_BANK)
        return ask_bank(call, intent, return_url)
    if card.code:
        return declined_by(call, intent, method, card, card.code, card.decline_code)
    return paid(call, intent, method, charges.succeed(call, intent, method))


def check_confirmable(call: Call, intent: dict, method_id: str | None) -> None:
    """An intent that is done, or has nothing to pay with, is not confirmed."""
    if intent["status"] not in CONFIRMABLE:
        reason = f"it has a status of {intent['status']}"
    elif not method_id and not intent["payment_method"]:
        reason = "it's missing a payment method"
    else:
        return
    raise invalid(
        f"You cannot confirm this PaymentIntent because {reason}.",
        code="payment_intent_unexpected_state",
        payment_intent=present(call, intent),
    )


def belongs(intent: dict, method: dict) -> None:
    """A payment method on file may only pay for the customer it belongs to."""
    if method["customer"] and method["customer"] != intent["customer"]:
        raise invalid(
            "The provided PaymentMethod cannot be attached. To reuse a PaymentMethod, you must attach it to a Customer"
            " first.",
            "payment_method",
        )


def ask_bank(call: Call, intent: dict, return_url: str | None) -> dict:
    """The bank wants to see the person: a page to go to."""
    url = f"{call.base_url}/_hosted/authenticate/{intent['id']}/{call.store.secret('authenticate ' + intent['id'])}"
    intent.update(
        status="requires_action",
        next_action={"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}},
    )
    emit(call, "payment_intent.requires_action", call.save(intent))
    return intent


def declined_by(call: Call, intent: dict, method: dict, card: Card, code: str, decline_code: str | None) -> dict:
    """The bank said no: keep the failed charge, and raise."""
    charge = charges.fail(call, intent, method, card, code, decline_code)
    said = (
        message(card) if code != NEEDS_BANK[0] else "Your card was declined. This transaction requires authentication."
    )
    error = {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "message": said,
        "charge": charge["id"],
        "payment_method": present(call, method),
    }
    error = {key: value for key, value in error.items() if value is not None}
    intent.update(
        status="requires_payment_method", payment_method=None, latest_charge=charge["id"], last_payment_error=error
    )
    emit(call, "payment_intent.payment_failed", call.save(intent))
    invoice_payments.failed(call, intent)
    raise declined(
        code,
        said,
        decline_code,
        charge=charge["id"],
        payment_method=present(call, method),
        payment_intent=present(call, intent),
    )


def paid(call: Call, intent: dict, method: dict, charge: dict) -> dict:
    """The money came: the intent is done, and the method kept if that was wished for."""
    intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"], next_action=None)
    if intent["setup_future_usage"] and intent["customer"]:
        method = attach(call, method["id"], intent["customer"])
        method["_set_up"] = method["_set_up"] or intent["setup_future_usage"] == "off_session"
        call.save(method)
    emit(call, "payment_intent.succeeded", call.save(intent))
    invoice_payments.paid(call, intent)
    return intent


@route("POST", "/v1/payment_intents")
def create(call: Call) -> dict:
    """A new intent, confirmed in the same breath when asked."""
    given = call.params
    if given.get("capture_method") == "manual":
        raise invalid("devstripe does not model manual capture.", "capture_method")
    if given.get("customer"):
        call.load("customer", given["customer"], "customer")
    intent = new(
        call, given["amount"], given["currency"], given.get("customer"), given.get("payment_method_types") or ["card"]
    )
    call.merge(intent, *FIELDS)
    if not given.get("payment_method_types"):
        intent["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    if given.get("payment_method"):
        intent.update(payment_method=resolve(call, given["payment_method"])["id"], status="requires_confirmation")
        belongs(intent, resolve(call, intent["payment_method"]))
    by_transfer(call, intent)
    emit(call, "payment_intent.created", call.save(intent))
    if not given.get("confirm"):
        if given.get("off_session"):
            raise invalid("off_session can only be used when confirm is true.", "off_session")
        return intent
    return confirm(call, intent, None, off_session=bool(given.get("off_session")), return_url=given.get("return_url"))


def by_transfer(call: Call, intent: dict) -> None:
    """Payment method data is taken for bank transfers only: everything else comes as a ready payment method."""
    given = call.params.get("payment_method_data")
    if given is None:
        return
    if given.get("type") != "customer_balance" or not intent["customer"]:
        raise invalid(
            "devstripe takes payment_method_data of a customer's customer_balance only.", "payment_method_data"
        )
    intent.update(payment_method=new_cash_balance(call, intent["customer"])["id"], status="requires_confirmation")


@route("GET", "/v1/payment_intents")
def list_intents(call: Call) -> dict:
    """Newest first; by customer."""
    return page(call, "payment_intent", "/v1/payment_intents", "customer")


@route("GET", "/v1/payment_intents/{intent}")
def retrieve(call: Call, intent: str) -> dict:
    """One intent."""
    return call.load("payment_intent", intent)


@route("POST", "/v1/payment_intents/{intent}")
def update(call: Call, intent: str) -> dict:
    """Change an intent; amount and method only before it is paid."""
    found = call.merge(call.load("payment_intent", intent), *FIELDS)
    if {"amount", "currency", "payment_method"} & call.params.keys():
        if found["status"] not in CONFIRMABLE:
            raise invalid(
                f"This PaymentIntent's amount could not be updated because it has a status of {found['status']}.",
                "amount",
                "payment_intent_unexpected_state",
            )
        check_amount(call.params.get("amount", found["amount"]), call.params.get("currency", found["currency"]))
        call.merge(found, "amount", "currency")
    if call.params.get("payment_method"):
        found.update(payment_method=resolve(call, call.params["payment_method"])["id"], status="requires_confirmation")
    return call.save(found)


@route("POST", "/v1/payment_intents/{intent}/confirm")
def confirm_intent(call: Call, intent: str) -> dict:
    """Pay now."""
    found = call.merge(call.load("payment_intent", intent), "receipt_email", "setup_future_usage", "shipping")
    by_transfer(call, found)
    return confirm(
        call,
        found,
        call.params.get("payment_method"),
        off_session=bool(call.params.get("off_session")),
        return_url=call.params.get("return_url"),
    )


@route("POST", "/v1/payment_intents/{intent}/cancel")
def cancel(call: Call, intent: str) -> dict:
    """Give the wish up, as long as nothing was paid."""
    found = call.load("payment_intent", intent)
    if found["status"] not in CONFIRMABLE:
        raise invalid(
            f"You cannot cancel this PaymentIntent because it has a status of {found['status']}.",
            None,
            "payment_intent_unexpected_state",
            payment_intent=present(call, found),
        )
    found.update(
        status="canceled",
        canceled_at=call.now,
        cancellation_reason=call.params.get("cancellation_reason"),
        next_action=None,
    )
    emit(call, "payment_intent.canceled", call.save(found))
    return found
