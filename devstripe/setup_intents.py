"""Setup intents: keeping a payment method on file so that it may be charged later without the person."""

from devstripe.api import route
from devstripe.call import Call
from devstripe.errors import invalid
from devstripe.events import emit
from devstripe.payment_methods import attach, card_of, refusal, resolve
from devstripe.present import page, present

CONFIRMABLE = {"requires_payment_method", "requires_confirmation", "requires_action"}


def new(call: Call, customer: str | None, methods: list[str], usage: str = "off_session") -> dict:
    """File a setup intent that waits for a payment method."""
    intent = call.create("setup_intent", "seti", {
        "application": None, "automatic_payment_methods": None, "cancellation_reason": None, "customer": customer,
        "customer_account": None, "description": None, "excluded_payment_method_types": None, "flow_directions": None,
        "last_setup_error": None, "latest_attempt": None, "mandate": None, "metadata": {}, "next_action": None, "on_behalf_of": None,
        "payment_method": None, "payment_method_configuration_details": None, "payment_method_options": {},
        "payment_method_types": methods, "single_use_mandate": None, "status": "requires_payment_method", "usage": usage})  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{call.store.secret(intent['id'])}"
    return call.save(intent)


def confirm(
    call: Call, intent: dict, method_id: str | None, *, authenticated: bool = False, return_url: str | None = None
) -> dict:
    """Put the method on file; a bank may want 3-D Secure first. Raises the 402 of a card that is refused."""
    if intent["status"] not in CONFIRMABLE:
        raise invalid(
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
            None,
            "setup_intent_unexpected_state",
            setup_intent=present(call, intent),
        )
    if not method_id and not intent["payment_method"]:
        raise invalid(
            "You cannot confirm this SetupIntent because it's missing a payment method.",
            "payment_method",
            "setup_intent_unexpected_state",
        )
    method = resolve(call, method_id or intent["payment_method"])
    intent.update(payment_method=method["id"], next_action=None, last_setup_error=None)
    if method["type"] == "card":
        card = card_of(method)
        if not card.keeps:
            error = refusal(card, payment_method=present(call, method))
            intent.update(status="requires_payment_method", payment_method=None, last_setup_error=error.body)
            emit(call, "setup_intent.setup_failed", call.save(intent))
            raise error
        if card.asks and not authenticated and not method["_set_up"]:
            return ask_bank(call, intent, return_url)
    if intent["customer"]:
        method = attach(call, method["id"], intent["customer"])
    method["_set_up"] = True
    call.save(method)
    intent["status"] = "succeeded"
    emit(call, "setup_intent.succeeded", call.save(intent))
    return intent


def ask_bank(call: Call, intent: dict, return_url: str | None) -> dict:
    """The bank wants to see the person: a page to go to."""
    url = f"{call.base_url}/_hosted/authenticate/{intent['id']}/{call.store.secret('authenticate ' + intent['id'])}"
    intent.update(
        status="requires_action",
        next_action={"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}},
    )
    emit(call, "setup_intent.requires_action", call.save(intent))
    return intent


@route("POST", "/v1/setup_intents")
def create(call: Call) -> dict:
    """A new setup intent, confirmed in the same breath when asked."""
    given = call.params
    if given.get("customer"):
        call.load("customer", given["customer"], "customer")
    intent = new(
        call, given.get("customer"), given.get("payment_method_types") or ["card"], given.get("usage") or "off_session"
    )
    call.merge(intent, "description", "metadata")
    if given.get("payment_method"):
        intent.update(payment_method=resolve(call, given["payment_method"])["id"], status="requires_confirmation")
    emit(call, "setup_intent.created", call.save(intent))
    return confirm(call, intent, None, return_url=given.get("return_url")) if given.get("confirm") else intent


@route("GET", "/v1/setup_intents")
def list_intents(call: Call) -> dict:
    """Newest first; by customer or payment method."""
    return page(call, "setup_intent", "/v1/setup_intents", "customer", "payment_method")


@route("GET", "/v1/setup_intents/{intent}")
def retrieve(call: Call, intent: str) -> dict:
    """One setup intent."""
    return call.load("setup_intent", intent)


@route("POST", "/v1/setup_intents/{intent}")
def update(call: Call, intent: str) -> dict:
    """Change a setup intent."""
    return call.save(call.merge(call.load("setup_intent", intent), "customer", "description", "metadata"))


@route("POST", "/v1/setup_intents/{intent}/confirm")
def confirm_intent(call: Call, intent: str) -> dict:
    """Keep the method now."""
    return confirm(
        call,
        call.load("setup_intent", intent),
        call.params.get("payment_method"),
        return_url=call.params.get("return_url"),
    )


@route("POST", "/v1/setup_intents/{intent}/cancel")
def cancel(call: Call, intent: str) -> dict:
    """Give it up."""
    found = call.load("setup_intent", intent)
    if found["status"] not in CONFIRMABLE:
        raise invalid(
            f"You cannot cancel this SetupIntent because it has a status of {found['status']}.",
            None,
            "setup_intent_unexpected_state",
            setup_intent=present(call, found),
        )
    found.update(status="canceled", cancellation_reason=call.params.get("cancellation_reason"), next_action=None)
    emit(call, "setup_intent.canceled", call.save(found))
    return found
