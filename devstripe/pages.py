"""The hosted pages where people pay: checkout and the bank's 3-D Secure step. Plain forms, no JavaScript needed."""

from datetime import UTC, datetime

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from devstripe import checkout, clock, payment_intents, setup_intents
from devstripe.call import PLATFORM, Call
from devstripe.card_form import BANK_OUTCOMES, CardForm
from devstripe.cards import CARDS
from devstripe.errors import ApiError
from devstripe.events import emit

pages = Blueprint("pages", __name__)
ZERO_DECIMAL = {
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "ugx",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
}
THREE_DECIMAL = {"bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd"}
SHOWN_CARDS = [
    ("4242424242424242", "Payment succeeds"),
    ("4000002500003155", "Asks for 3-D Secure"),
    ("4000000000000002", "Declined"),
    ("4000000000009995", "Declined: insufficient funds"),
    ("4000000000000077", "Succeeds, money available at once"),
]


@pages.app_template_filter("money")
def money(amount: int, currency: str) -> str:
    """An amount of smallest units as people read it, e.g. ``12.50 USD``."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, part = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole:,}{f'.{part:0{digits}d}' if digits else ''} {currency.upper()}"


@pages.app_template_filter("day")
def day(seconds: int) -> str:
    """A time as a date."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %Y")


def hosted_call(account: str = PLATFORM) -> Call:
    """A call made by a page, with everything due done first."""
    call = Call(current_app.config["STORE"], account, base_url=request.host_url.rstrip("/"))
    clock.ring(call.store)
    return call


def load(call: Call, kind: str, object_id: str) -> dict:
    """An object of a page's address, or 404."""
    return call.store.find(object_id, kind) or abort(404)


def done(session: dict) -> Response:
    """Back to the shop, with the session's id in the address."""
    return redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]), 303)


def form_for(session: dict, typed: dict) -> CardForm:
    """The card form of a session."""
    known = session["customer"] or session["customer_email"]
    return CardForm(typed, not known, "us_bank_account" in session["payment_method_types"])


def show(session: dict, form: CardForm, status: int = 200) -> tuple[str, int]:
    """The page of an open session."""
    shown = [
        (" ".join(number[at : at + 4] for at in range(0, len(number), 4)), text)
        for number, text in SHOWN_CARDS
        if number in CARDS
    ]
    return render_template("checkout.html", session=session, form=form, cards=shown, outcomes=BANK_OUTCOMES), status


@pages.get("/c/pay/<session_id>")
def checkout_page(session_id: str) -> object:
    """The form, or a word on why there is none."""
    with current_app.config["STORE"].transaction():
        session = load(hosted_call(), "checkout.session", session_id)
    if session["status"] != "open":
        return render_template("closed.html", session=session), 200 if session["status"] == "complete" else 410
    return show(session, form_for(session, {}))


@pages.post("/c/pay/<session_id>")
def pay(session_id: str) -> object:
    """Try to pay with what was typed."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        session = load(call, "checkout.session", session_id)
        if session["status"] == "complete":
            return done(session)
        if session["status"] == "expired":
            return render_template("closed.html", session=session), 410
        form = form_for(session, request.form.to_dict())
        today = datetime.fromtimestamp(call.now, UTC)
        if not form.check(today.year, today.month):
            return show(session, form, 422)
        email = form.value("email") or session["customer_email"]
        try:
            with call.store.savepoint():
                method = form.payment_method(call, email)
                checkout.buyer(call, session, email, form.value("name"))
                intent = checkout.pay(call, session, method)
        except ApiError as error:
            form.errors["number"] = str(error)
            return show(session, form, 402)
        if intent["status"] == "requires_action":
            return redirect(f"/c/pay/{session_id}/authenticate", 303)
        return done(session)


@pages.get("/c/pay/<session_id>/authenticate")
def checkout_bank(session_id: str) -> object:
    """The bank's page on the way through checkout."""
    with current_app.config["STORE"].transaction():
        session = load(hosted_call(), "checkout.session", session_id)
    if session["status"] == "complete":
        return done(session)
    return render_template("authenticate.html", amount=session["amount_total"], currency=session["currency"])


@pages.post("/c/pay/<session_id>/authenticate")
def checkout_answer(session_id: str) -> object:
    """The person has told the bank yes or no."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        session = load(call, "checkout.session", session_id)
        if session["status"] != "open":
            return done(session)
        intent = checkout.intent_of(call, session)
        if intent["status"] != "requires_action":
            return redirect(f"/c/pay/{session_id}", 303)
        if request.form.get("answer") != "yes":
            refuse(call, intent)
            form = form_for(session, {"email": (session["customer_details"] or {}).get("email") or ""})
            form.errors["number"] = "The bank could not verify that it is you. Try again or use another card."
            return show(session, form, 402)
        method = call.load("payment_method", intent["payment_method"])
        try:
            with call.store.savepoint():
                checkout.pay(call, session, method, authenticated=True)
        except ApiError as error:
            form = form_for(session, {})
            form.errors["number"] = str(error)
            return show(session, form, 402)
        return done(session)


def refuse(call: Call, intent: dict) -> None:
    """3-D Secure failed: the intent waits for another payment method."""
    error = {
        "type": "card_error" if intent["object"] == "payment_intent" else "invalid_request_error",
        "message": "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    }
    kind = intent["object"]
    error["code"] = f"{kind}_authentication_failure"
    intent.update(status="requires_payment_method", payment_method=None, next_action=None)
    intent["last_payment_error" if kind == "payment_intent" else "last_setup_error"] = error
    emit(
        call,
        "payment_intent.payment_failed" if kind == "payment_intent" else "setup_intent.setup_failed",
        call.save(intent),
    )


def waiting_intent(call: Call, intent_id: str, token: str) -> dict:
    """The intent of a bank page's address; 404 when the token is not its own."""
    kind = "payment_intent" if intent_id.startswith("pi_") else "setup_intent"
    if token != call.store.secret(f"authenticate {intent_id}"):
        abort(404)
    return load(call, kind, intent_id)


@pages.get("/_hosted/authenticate/<intent_id>/<token>")
def bank_page(intent_id: str, token: str) -> object:
    """The bank's page of an intent confirmed through the API."""
    with current_app.config["STORE"].transaction():
        intent = waiting_intent(hosted_call(), intent_id, token)
    return render_template("authenticate.html", amount=intent.get("amount"), currency=intent.get("currency"))


@pages.post("/_hosted/authenticate/<intent_id>/<token>")
def bank_answer(intent_id: str, token: str) -> object:
    """The person has told the bank yes or no; back to where the application wanted."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        intent = waiting_intent(call, intent_id, token)
        back = ((intent["next_action"] or {}).get("redirect_to_url") or {}).get("return_url")
        if intent["status"] == "requires_action":
            if request.form.get("answer") == "yes":
                verb = payment_intents if intent["object"] == "payment_intent" else setup_intents
                try:
                    with call.store.savepoint():
                        intent = verb.confirm(call, intent, None, authenticated=True)
                except ApiError:
                    intent = call.load(intent["object"], intent_id)
            else:
                refuse(call, intent)
    if back:
        return redirect(back, 303)
    return render_template(
        "message.html", title="You can close this page", text=f"The answer was passed on. It is now {intent['status']}."
    )
