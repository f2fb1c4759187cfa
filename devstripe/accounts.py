"""Connected accounts as version 2 has them, with the recipient configuration: people whom the platform sends money.

A recipient can receive when `configuration.recipient.capabilities.stripe_balance.stripe_transfers.status` is ``active``;
until the hosted form is filled in it is ``restricted`` and requirements say what is missing. Parts of the account are
null unless asked for with `include`.
"""

import hashlib

from devstripe import clock
from devstripe.api import route
from devstripe.call import PLATFORM, Call
from devstripe.errors import invalid
from devstripe.events import emit, emit_thin, thin_page
from devstripe.present import presenter

PARTS = ("configuration", "defaults", "future_requirements", "identity", "requirements")
NEEDED = [
    "identity.individual.given_name",
    "identity.individual.surname",
    "identity.individual.date_of_birth",
    "identity.individual.address",
    "default_outbound_destination",
    "identity.attestations.terms_of_service.account",
]
MISSING = [{"code": "requirements_past_due", "resolution": "provide_info"}]
DETAILS = {
    "active": [],
    "restricted": MISSING,
    "pending": [{"code": "requirements_pending_verification", "resolution": "no_resolution"}],
    "rejected": [{"code": "rejected_other", "resolution": "contact_stripe"}],
    "unsupported": [{"code": "unsupported_country", "resolution": "no_resolution"}],
}
CAPABILITY = "stripe_balance.stripe_transfers"


def capability(status: str) -> dict:
    """A capability's state with its reason."""
    return {"status": status, "status_details": DETAILS[status]}


def recipient(status: str, payouts: str | None = None) -> dict:
    """The recipient configuration in a state. Payouts follow transfers unless told otherwise."""
    return {
        "applied": True,
        "capabilities": {
            "bank_accounts": None,
            "cards": None,
            "stripe_balance": {"payouts": capability(payouts or status), "stripe_transfers": capability(status)},
        },
    }


def requirements(needed: list[str]) -> dict:
    """What the account still has to tell Stripe."""
    entries = [{"awaiting_action_from": "user", "description": name, "errors": [], "impact": {"restricts_capabilities": [
        {"capability": CAPABILITY, "configuration": "recipient", "deadline": {"status": "currently_due"}}]},
        "minimum_deadline": {"status": "currently_due"}, "reference": None, "requested_reasons": [{"code": "routine_onboarding"}]}
        for name in needed]  # fmt: skip
    return {
        "alternatives": [],
        "entries": entries,
        "summary": {"minimum_deadline": {"status": "currently_due", "time": None} if needed else None},
    }


def transfers_status(account: dict) -> str:
    """The state that decides whether money can be sent."""
    return account["configuration"]["recipient"]["capabilities"]["stripe_balance"]["stripe_transfers"]["status"]


def set_status(call: Call, account: dict, status: str, needed: list[str]) -> dict:
    """Change the capability and tell the platform, by the thin event and by version 1's account.updated."""
    changed = transfers_status(account) != status
    account["configuration"]["recipient"] = recipient(status)
    account["requirements"] = requirements(needed)
    call.save(account)
    emit_thin(call, "v2.core.account[requirements].updated", account)
    if changed:
        emit_thin(
            call,
            "v2.core.account[configuration.recipient].capability_status_updated",
            account,
            {"updated_capability": CAPABILITY},
        )
        emit(call.on(account["id"]), "account.updated", first_version(account), {})
        emit(
            call.on(account["id"]),
            "capability.updated",
            {
                "id": "transfers",
                "object": "capability",
                "account": account["id"],
                "requested": True,
                "requested_at": call.now,
                "status": "active" if status == "active" else "inactive",
            },
            {},
        )
    return account


def bank_failed(call: Call, account: dict) -> None:
    """A payout came back: the account may still receive, and pays out again once its bank account is named anew."""
    account["_bank"]["errored"] = True
    account["configuration"]["recipient"] = recipient(transfers_status(account), payouts="restricted")
    account["requirements"] = requirements(["default_outbound_destination"])
    call.save(account)
    emit_thin(call, "v2.core.account[requirements].updated", account)
    emit_thin(
        call,
        "v2.core.account[configuration.recipient].capability_status_updated",
        account,
        {"updated_capability": "stripe_balance.payouts"},
    )
    emit(call.on(account["id"]), "account.updated", first_version(account), {})


@presenter("v2.core.account")
def included(call: Call, body: dict) -> dict:
    """Null what was not asked for."""
    asked = call.params.get("include") or []
    shown = {key: value for key, value in body.items() if key not in ("created",)}
    for part in PARTS:
        if part == "configuration":
            shown[part] = body[part] if "configuration.recipient" in asked else None
        elif part not in asked:
            shown[part] = None
    return {**shown, "created": clock.stamp(body["created"])}


def check_configuration(given: dict, configuration: dict) -> None:
    """A recipient needs a country and an e-mail address; other configurations are not modelled."""
    other = set(configuration) - {"recipient"}
    if other:
        unknown = ", ".join(sorted(other))
        raise invalid(f"devstripe models the recipient configuration only, not {unknown}.", "configuration")
    if configuration and not given.get("contact_email"):
        raise invalid("contact_email is required for the recipient configuration.", "contact_email")
    if configuration and not (given.get("identity") or {}).get("country"):
        raise invalid("identity.country is required for the recipient configuration.", "identity.country")


@route("POST", "/v2/core/accounts")
def create(call: Call) -> dict:
    """A new connected account. Only the recipient configuration is modelled."""
    given = call.params
    configuration = given.get("configuration") or {}
    check_configuration(given, configuration)
    defaults = given.get("defaults") or {}
    duties = {"fees_collector": "application", "losses_collector": "application", "requirements_collector": "stripe"}
    identity = given.get("identity") or {}
    wants = (
        ((configuration.get("recipient") or {}).get("capabilities") or {})
        .get("stripe_balance", {})
        .get("stripe_transfers", {})
    )
    account = call.on(PLATFORM).create("v2.core.account", "acct", {
        "applied_configurations": ["recipient"] if "recipient" in configuration else [], "closed": False,
        "configuration": {"customer": None, "merchant": None, "recipient": recipient("restricted" if wants.get("requested") else "unsupported")},
        "contact_email": given.get("contact_email"), "contact_phone": given.get("contact_phone"), "dashboard": given.get("dashboard"),
        "defaults": {"currency": defaults.get("currency"), "locales": defaults.get("locales"), "profile": defaults.get("profile"),
                     "responsibilities": {**duties, **(defaults.get("responsibilities") or {})}},
        "display_name": given.get("display_name"), "future_requirements": requirements([]), "identity": identity,
        "metadata": given.get("metadata") or {}, "requirements": requirements(NEEDED), "_bank": None})  # fmt: skip
    emit_thin(call, "v2.core.account.created", account)
    return account


@route("GET", "/v2/core/accounts")
def list_accounts(call: Call) -> dict:
    """Newest first."""
    found = call.store.select("v2.core.account", PLATFORM)
    if "applied_configurations" in call.params:
        found = [
            one for one in found if set(call.params["applied_configurations"]) <= set(one["applied_configurations"])
        ]
    if "closed" in call.params:
        found = [one for one in found if one["closed"] == call.params["closed"]]
    return thin_page(call, found, "/v2/core/accounts")


@route("GET", "/v2/core/accounts/{id}")
def retrieve(call: Call, id: str) -> dict:
    """One account with the parts asked for."""
    return call.on(PLATFORM).load("v2.core.account", id)


@route("POST", "/v2/core/accounts/{id}")
def update(call: Call, id: str) -> dict:
    """Change what was sent."""
    account = call.on(PLATFORM).load("v2.core.account", id)
    call.merge(account, "contact_email", "contact_phone", "dashboard", "display_name", "metadata")
    for part in ("identity", "defaults"):
        account[part] = {**account[part], **(call.params.get(part) or {})}
    if (call.params.get("configuration") or {}).get("recipient") and "recipient" not in account[
        "applied_configurations"
    ]:
        account["applied_configurations"].append("recipient")
        account["configuration"]["recipient"] = recipient("restricted")
    emit_thin(call, "v2.core.account.updated", call.save(account))
    return account


@route("POST", "/v2/core/accounts/{id}/close")
def close(call: Call, id: str) -> dict:
    """Close the account: nothing can be sent to it any more."""
    account = call.on(PLATFORM).load("v2.core.account", id)
    account["closed"] = True
    set_status(call, account, "restricted", [])
    emit_thin(call, "v2.core.account.closed", account)
    return account


def banks(account: dict) -> dict:
    """The bank account it pays to, as version 1 lists it. The same number has the same fingerprint."""
    bank = account["_bank"]
    country = (account["identity"].get("country") or "us").upper()
    found = [{
        "id": bank["id"], "object": "bank_account", "account": account["id"], "account_holder_name": None, "account_holder_type": None,
        "account_type": None, "available_payout_methods": ["standard"], "bank_name": "STRIPE TEST BANK", "country": country,
        "currency": account["defaults"]["currency"] or "usd", "default_for_currency": True,
        "fingerprint": hashlib.sha256(bank["number"].encode()).hexdigest()[:16], "last4": bank["number"][-4:], "metadata": {},
        "routing_number": None, "status": "errored" if bank["errored"] else "new"}] if bank else []  # fmt: skip
    return {
        "object": "list",
        "data": found,
        "has_more": False,
        "url": f"/v1/accounts/{account['id']}/external_accounts",
    }


def bank_named(call: Call, account: dict) -> None:
    """The holder named a bank account: version 1 tells it on the account itself."""
    emit(call.on(account["id"]), "account.external_account.created", banks(account)["data"][0], {})


def first_version(account: dict) -> dict:
    """The account as version 1 shows it."""
    active = transfers_status(account) == "active"
    pays_out = active and not (account["_bank"] or {}).get("errored")
    return {"id": account["id"], "object": "account", "external_accounts": banks(account), "business_type": "individual", "capabilities": {
        "transfers": "active" if active else "inactive"}, "charges_enabled": False, "country": account["identity"].get("country", "US").upper(),
        "created": account["created"], "default_currency": account["defaults"]["currency"] or "usd",
        "details_submitted": account["_bank"] is not None, "email": account["contact_email"], "metadata": account["metadata"],
        "payouts_enabled": pays_out, "type": "express"}  # fmt: skip


@route("GET", "/v1/accounts/{account}")
def retrieve_first(call: Call, account: str) -> dict:
    """The same account through version 1."""
    return first_version(call.on(PLATFORM).load("v2.core.account", account))


@route("POST", "/v1/accounts/{account}/login_links")
def login_link(call: Call, account: str) -> dict:
    """A single-use address of the account holder's dashboard."""
    found = call.on(PLATFORM).load("v2.core.account", account)
    if found["_bank"] is None:
        raise invalid("Cannot create a login link for an account that has not completed onboarding.", "account")
    token = call.store.secret(call.store.new_id("login"), 32)
    call.store.set_meta(f"login {token}", f"{account} {call.now}")
    return {"object": "login_link", "created": call.now, "url": f"{call.base_url}/_hosted/dashboard/{token}"}
