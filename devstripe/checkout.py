"""Checkout sessions: a hosted page where a person pays once, or leaves a card for later.

Modes ``payment`` and ``setup``; line items by inline price. The payment intent appears when the person tries to pay. A
session is open for a day, then expires. A bank debit completes the session unpaid, and tells days later how it ended.
"""

from devstripe import customers, payment_intents, setup_intents
from devstripe.api import route
from devstripe.call import Call
from devstripe.clock import DAY, timer
from devstripe.errors import ApiError, invalid
from devstripe.events import emit
from devstripe.present import embedded, page
from devstripe.store import Store

SHORTEST, LONGEST = 1800, DAY
WAYS = ["card"]
NO_DETAILS = {
    "address": None,
    "business_name": None,
    "individual_name": None,
    "phone": None,
    "tax_exempt": "none",
    "tax_ids": [],
}


def items_of(call: Call) -> list[dict]:
    """Line items from inline prices."""
    items = []
    for line in call.params.get("line_items") or []:
        price = line.get("price_data")
        if price is None or "product_data" not in price or "unit_amount" not in price:
            raise invalid(
                "devstripe models line items with price_data, its unit_amount and product_data.", "line_items"
            )
        number, quantity = call.store.new_id("price"), line.get("quantity", 1)
        total, name = price["unit_amount"] * quantity, price["product_data"]["name"]
        items.append({"id": number.replace("price", "li"), "object": "item", "adjustable_quantity": None, "amount_discount": 0,
                      "amount_subtotal": total, "amount_tax": 0, "amount_total": total, "currency": price["currency"],
                      "description": name, "metadata": line.get("metadata") or {}, "quantity": quantity, "price": {
                          "id": number, "object": "price", "active": False, "billing_scheme": "per_unit", "created": call.now,
                          "currency": price["currency"], "custom_unit_amount": None, "livemode": False, "lookup_key": None,
                          "metadata": {}, "nickname": None, "product": number.replace("price", "prod"), "recurring": None,
                          "tax_behavior": "unspecified", "tiers_mode": None, "transform_quantity": None, "type": "one_time",
                          "unit_amount": price["unit_amount"], "unit_amount_decimal": str(price["unit_amount"])}})  # fmt: skip
    if len({item["currency"] for item in items}) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    return items


def money_of(call: Call, items: list[dict]) -> dict:
    """The amounts of a session, by its mode."""
    if call.params.get("mode") == "setup":
        if items:
            raise invalid("You cannot pass `line_items` in `setup` mode.", "line_items")
        return {
            "amount_subtotal": None,
            "amount_total": None,
            "currency": call.params.get("currency"),
            "total_details": None,
            "payment_status": "no_payment_required",
        }
    if not items:
        raise invalid("You must provide line_items in payment mode.", "line_items", "parameter_missing")
    total = sum(item["amount_total"] for item in items)
    payment_intents.check_amount(total, items[0]["currency"])
    return {
        "amount_subtotal": total,
        "amount_total": total,
        "currency": items[0]["currency"],
        "payment_status": "unpaid",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }


def check(call: Call) -> int:
    """What a session must have. Returns when it expires."""
    given = call.params
    if given.get("mode") not in ("payment", "setup"):
        raise invalid("devstripe models the modes payment and setup.", "mode")
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("devstripe models the hosted page only.", "ui_mode")
    if not given.get("success_url"):
        raise invalid("You must provide success_url.", "success_url", "parameter_missing")
    if given.get("customer") and given.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.", "customer_email")
    if given.get("customer"):
        call.load("customer", given["customer"], "customer")
    expires_at = given.get("expires_at", call.now + LONGEST)
    if not call.now + SHORTEST - 60 <= expires_at <= call.now + LONGEST + 60:
        raise invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            "expires_at",
        )
    return expires_at


@route("POST", "/v1/checkout/sessions")
def create(call: Call) -> dict:
    """A new session with the address of its page."""
    expires_at, given = check(call), call.params
    items = items_of(call)
    session = call.create("checkout.session", "cs_test", {
        "adaptive_pricing": {"enabled": False}, "after_expiration": None, "allow_promotion_codes": None,
        **money_of(call, items), "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None, "cancel_url": given.get("cancel_url"), "client_reference_id": given.get("client_reference_id"),
        "client_secret": None, "collected_information": None, "consent": None, "consent_collection": None, "currency_conversion": None,
        "custom_fields": [], "custom_text": {"after_submit": None, "shipping_address": None, "submit": None,
                                             "terms_of_service_acceptance": None},
        "customer": given.get("customer"), "customer_account": None,
        "customer_creation": given.get("customer_creation") or ("always" if given["mode"] == "setup" else "if_required"),
        "customer_details": None, "customer_email": given.get("customer_email"), "discounts": [], "expires_at": expires_at,
        "invoice": None, "invoice_creation": None, "locale": given.get("locale"), "metadata": given.get("metadata") or {},
        "mode": given["mode"], "origin_context": None, "payment_intent": None, "payment_link": None,
        "payment_method_collection": "if_required" if given["mode"] == "payment" else "always",
        "payment_method_configuration_details": None, "payment_method_options": {},
        "payment_method_types": given.get("payment_method_types") or WAYS, "permissions": None,
        "phone_number_collection": {"enabled": False}, "recovered_from": None, "saved_payment_method_options": None,
        "setup_intent": None, "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "submit_type": given.get("submit_type"), "subscription": None, "success_url": given["success_url"], "ui_mode": "hosted_page",
        "wallet_options": None, "_items": items, "_intent_data": given.get(f"{given['mode']}_intent_data") or {}})  # fmt: skip
    if given["mode"] == "setup":
        session["setup_intent"] = new_setup(call, session)["id"]
    session["url"] = f"{call.base_url}/c/pay/{session['id']}"
    call.store.set_timer(expires_at, "session", session["id"])
    return call.save(session)


def new_setup(call: Call, session: dict) -> dict:
    """The setup intent of a session that keeps a card."""
    intent = setup_intents.new(call, session["customer"], session["payment_method_types"])
    intent.update({key: value for key, value in session["_intent_data"].items() if key in ("description", "metadata")})
    emit(call, "setup_intent.created", call.save(intent))
    return intent


def buyer(call: Call, session: dict, email: str, name: str) -> None:
    """Write down who pays; a customer is made when the session or its wishes need one."""
    session["customer_details"] = {**NO_DETAILS, "email": email, "name": name}
    wishes_to_keep = session["_intent_data"].get("setup_future_usage") or session["mode"] == "setup"
    if session["customer"] or not (wishes_to_keep or session["customer_creation"] == "always"):
        return
    made = customers.create(Call(call.store, call.account, {"email": email, "name": name}, base_url=call.base_url))
    session["customer"] = made["id"]


def pay(call: Call, session: dict, method: dict, *, authenticated: bool = False) -> dict:
    """Try to complete the session. Returns the intent, perhaps waiting for 3-D Secure. Raises the 402 of a declined card;
    session and intent then stay open for another try."""
    verb = payment_intents if session["mode"] == "payment" else setup_intents
    intent = intent_of(call, session)
    call.save(session)
    intent = verb.confirm(call, intent, method["id"], authenticated=authenticated)
    if intent["status"] in ("succeeded", "processing"):
        complete(call, session, intent)
    return intent


def intent_of(call: Call, session: dict) -> dict:
    """The session's intent, made at the first try."""
    field = "payment_intent" if session["mode"] == "payment" else "setup_intent"
    if session[field]:
        intent = call.load(field, session[field])
        intent["customer"] = session["customer"]
        return call.save(intent)
    intent = payment_intents.new(
        call, session["amount_total"], session["currency"], session["customer"], session["payment_method_types"]
    )
    wishes = {"metadata": {}, **session["_intent_data"]}
    intent.update({key: wishes[key] for key in payment_intents.FIELDS if key in wishes})
    intent["receipt_email"] = intent["receipt_email"] or session["customer_details"]["email"]
    session["payment_intent"] = intent["id"]
    emit(call, "payment_intent.created", call.save(intent))
    return intent


def complete(call: Call, session: dict, intent: dict) -> None:
    """The person is done here."""
    session["status"] = "complete"
    if session["mode"] == "payment":
        session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
    session["url"] = None
    emit(call, "checkout.session.completed", call.save(session))


@timer("session")
def expire_when_due(store: Store, session_id: str) -> None:
    """A session nobody completed in time."""
    call = Call(store, store.owner(session_id))
    session = call.load("checkout.session", session_id)
    if session["status"] == "open" and session["expires_at"] <= call.now:
        close(call, session)


def close(call: Call, session: dict) -> dict:
    """Expire an open session and give its intent up."""
    session.update(status="expired", url=None)
    if session["payment_intent"]:
        intent = call.load("payment_intent", session["payment_intent"])
        if intent["status"] != "processing":
            intent.update(status="canceled", canceled_at=call.now, cancellation_reason="abandoned", next_action=None)
            emit(call, "payment_intent.canceled", call.save(intent))
    emit(call, "checkout.session.expired", call.save(session))
    return session


@route("GET", "/v1/checkout/sessions")
def list_sessions(call: Call) -> dict:
    """Newest first; by customer, payment intent or status."""
    return page(call, "checkout.session", "/v1/checkout/sessions", "customer", "payment_intent", "status")


@route("GET", "/v1/checkout/sessions/{session}")
def retrieve(call: Call, session: str) -> dict:
    """One session; its line items when they are asked for by `expand`."""
    found = call.load("checkout.session", session)
    if any(path.split(".")[0] == "line_items" for path in call.params.get("expand") or []):
        found["line_items"] = embedded(f"/v1/checkout/sessions/{session}/line_items", found["_items"])
    return found


@route("POST", "/v1/checkout/sessions/{session}")
def update(call: Call, session: str) -> dict:
    """Change the metadata."""
    return call.save(call.merge(call.load("checkout.session", session), "metadata"))


@route("POST", "/v1/checkout/sessions/{session}/expire")
def expire(call: Call, session: str) -> dict:
    """Close an open session now."""
    found = call.load("checkout.session", session)
    if found["status"] != "open":
        raise ApiError(
            400,
            "invalid_request_error",
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
            f" Session has a status of {found['status']}.",
        )
    return close(call, found)


@route("GET", "/v1/checkout/sessions/{session}/line_items")
def line_items(call: Call, session: str) -> dict:
    """What is paid for."""
    return embedded(f"/v1/checkout/sessions/{session}/line_items", call.load("checkout.session", session)["_items"])
