"""The hosted pages of connected accounts: the onboarding form and the account holder's dashboard."""

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from devstripe import accounts, balances, payouts
from devstripe.call import Call
from devstripe.pages import hosted_call, load

people = Blueprint("people", __name__, url_prefix="/_hosted")
OUTCOMES = {
    "active": "Verified: may receive money",
    "pending": "Under review",
    "restricted": "More information needed",
    "rejected": "Rejected",
}
BANKS = {
    "000123456789": "Payouts arrive",
    "000111111116": "Payouts fail: no such account",
    "000111111113": "Payouts fail: account closed",
}
COOKIE = "devstripe_dashboard"
LINK_SECONDS = 300


def fresh_link(call: Call, link_id: str, token: str) -> dict:
    """The link of an address; 404 when the token is not its own."""
    link = load(call, "v2.core.account_link", link_id)
    if token != call.store.secret(f"link {link_id}"):
        abort(404)
    return link


def options_of(link: dict) -> dict:
    """Where a link leads back to."""
    return link["use_case"][link["use_case"]["type"]]


@people.get("/onboarding/<link_id>/<token>")
def onboarding(link_id: str, token: str) -> object:
    """The form. A link that is used or too old leads to its refresh address."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        link = fresh_link(call, link_id, token)
        if link["_used"] or link["expires_at"] < call.now:
            return redirect(options_of(link)["refresh_url"], 303)
        account = load(call, "v2.core.account", link["account"])
    return form(account, typed_before(account), {})


def typed_before(account: dict) -> dict:
    """What the platform or an earlier visit already told."""
    person = account["identity"].get("individual") or {}
    return {
        "given_name": person.get("given_name") or "",
        "surname": person.get("surname") or "",
        "country": (account["identity"].get("country") or "us").upper(),
        "email": account["contact_email"] or "",
    }


def form(account: dict, typed: dict, errors: dict, status: int = 200) -> tuple[str, int]:
    """The onboarding page."""
    return render_template(
        "onboarding.html", account=account, typed=typed, errors=errors, outcomes=OUTCOMES, banks=BANKS
    ), status


@people.post("/onboarding/<link_id>/<token>")
def submit(link_id: str, token: str) -> object:
    """Take the answers over, set the capability as the person chose, and go back to the application."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        link = fresh_link(call, link_id, token)
        if link["_used"]:
            return redirect(options_of(link)["refresh_url"], 303)
        account = load(call, "v2.core.account", link["account"])
        typed = {key: value.strip() for key, value in request.form.items()}
        errors = wrong(typed)
        if errors:
            return form(account, typed, errors, 422)
        take_over(call, account, typed)
        call.save({**link, "_used": True})
    return redirect(options_of(link).get("return_url") or options_of(link)["refresh_url"], 303)


def wrong(typed: dict) -> dict[str, str]:
    """What is missing or cannot be, by field."""
    names = {"given_name": "Enter your first name.", "surname": "Enter your last name."}
    errors = {name: sentence for name, sentence in names.items() if not typed.get(name)}
    if len(typed.get("country", "")) != 2 or not typed["country"].isalpha():
        errors["country"] = "Enter the two letters of your country, for example US."
    account = typed.get("account_number", "").replace(" ", "")
    if not (account.isalnum() and 8 <= len(account) <= 34):
        errors["account_number"] = "Enter an account number, for example 000123456789."
    if not typed.get("terms"):
        errors["terms"] = "Agree to the terms to go on."
    return errors


def take_over(call: Call, account: dict, typed: dict) -> None:
    """Write the answers to the account."""
    number = typed["account_number"].replace(" ", "")
    person = {
        **(account["identity"].get("individual") or {}),
        "given_name": typed["given_name"],
        "surname": typed["surname"],
    }
    account["identity"] = {
        **account["identity"],
        "country": typed["country"].lower(),
        "entity_type": "individual",
        "individual": {key: value for key, value in person.items() if key in ("given_name", "surname", "email")},
    }
    account["_bank"] = {"id": call.store.new_id("ba"), "number": number, "errored": False}
    status = typed.get("outcome") if typed.get("outcome") in OUTCOMES else "active"
    accounts.set_status(call, account, status, accounts.NEEDED[-1:] if status == "restricted" else [])
    accounts.bank_named(call, account)
    payouts.plan(call.on(account["id"]))


@people.get("/dashboard/<token>")
def enter(token: str) -> object:
    """A login link works once, within five minutes; then a cookie keeps the person in."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        account, _, created = str(call.store.meta(f"login {token}") or "").partition(" ")
        call.store.run("DELETE FROM meta WHERE key = ?", f"login {token}")
        if not account or int(created) + LINK_SECONDS < call.now:
            return render_template(
                "message.html", title="This link is no longer valid", text="Ask for a new one where you found it."
            ), 410
        key = call.store.secret(f"dashboard {token}", 40)
        call.store.set_meta(f"dashboard {key}", account)
    answer: Response = redirect("/_hosted/dashboard", 303)
    answer.set_cookie(COOKIE, key, httponly=True, samesite="Lax", path="/_hosted")
    return answer


@people.get("/dashboard")
def dashboard() -> object:
    """Balance, payouts and payments of one account."""
    with current_app.config["STORE"].transaction():
        call = hosted_call()
        name = call.store.meta(f"dashboard {request.cookies.get(COOKIE, '')}")
        if not name:
            return render_template(
                "message.html", title="Please sign in", text="Open your dashboard from the application."
            ), 403
        account = load(call, "v2.core.account", str(name))
        there = call.on(account["id"])
        page = render_template(
            "dashboard.html",
            account=account,
            amounts=balances.amounts(there),
            status=accounts.transfers_status(account),
            payouts=call.store.select("payout", account["id"]),
            payments=call.store.select("charge", account["id"]),
            schedule=payouts.settings_of(there)["payouts"]["schedule"]["interval"],
        )
    return make_response(page)
