"""The only door to Stripe: one client, every call by name, and what an answer means.

An answer is one of three: done, refused (Stripe said no, nothing happened), or unknown. A timeout, a
broken connection, a 409, a 429, a key known with other words and every 5xx are unknown: it may have happened, and the same
idempotency key is sent again. Nothing here touches the database.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import stripe
from flask import current_app

from marketplace.config import Config, is_live

API_VERSION = "2026-10-28.endive"  # what this code was written against, whatever the library brings along
RETRIES = 2  # by the client itself, with the same key; a bare client would not retry
TIMEOUTS = (5, 30)  # seconds to connect, to read
TOLERANCE = 300  # seconds a webhook's signature may be old, or its sender's clock ahead
LOOKED_AT = 500  # objects a look-up reads at most, newest first
WITH_MONEY = ["payment_intent.latest_charge.balance_transaction"]


Error = stripe.StripeError
# A no to how we asked, not to what: a key known with other words says that it was asked before, and may have happened.
UNDECIDED = (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError, stripe.IdempotencyError)


class Forged(Exception):
    """A webhook whose signature, time or body cannot be right."""


@dataclass(frozen=True)
class Outcome:
    """What became of a call: `kind` is done, refused or unknown; `object` what Stripe answered, as plain data."""

    kind: str
    object: dict[str, Any] | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class Call:
    """How a thing is made at Stripe, and how one made earlier is found: by our mark in its metadata, or as `is_it` says."""

    make: Callable[[stripe.StripeClient, Any, Any], Any]
    search: Callable[[stripe.StripeClient, Any], Any]
    is_it: Callable[[dict[str, Any], str], bool] = lambda one, mark: (
        (one.get("metadata") or {}).get("operation") == mark
    )


def _by_email(params: Any) -> Any:
    return {"email": params["email"]} if params.get("email") else {}


def _but(params: Any, name: str) -> Any:
    """Parameters without the one that stands in the address."""
    return {key: value for key, value in params.items() if key != name}


INTENT = Call(
    lambda c, params, options: c.v1.payment_intents.create(params, options),
    lambda c, params: c.v1.payment_intents.list(
        {"customer": params["customer"], "limit": 100, "expand": ["data.latest_charge.balance_transaction"]}
    ).auto_paging_iter(),
)
CALLS = {
    "customer": Call(
        lambda c, params, options: c.v1.customers.create(params, options),
        lambda c, params: c.v1.customers.list({**_by_email(params), "limit": 100}).auto_paging_iter(),
    ),
    "setup_session": Call(
        lambda c, params, options: c.v1.checkout.sessions.create(params, options),
        lambda c, params: c.v1.checkout.sessions.list(
            {"customer": params["customer"], "limit": 100}
        ).auto_paging_iter(),
    ),
    "detachment": Call(
        lambda c, params, options: c.v1.payment_methods.detach(params["payment_method"], None, options),
        lambda c, params: [c.v1.payment_methods.retrieve(params["payment_method"])],
        lambda one, mark: one["customer"] is None,
    ),
    "session_expiry": Call(
        lambda c, params, options: c.v1.checkout.sessions.expire(params["session"], None, options),
        lambda c, params: [c.v1.checkout.sessions.retrieve(params["session"])],
        lambda one, mark: one["status"] == "expired",
    ),
    "card_payment": INTENT,
    "transfer_payment": INTENT,
    "intent_cancellation": Call(
        lambda c, params, options: c.v1.payment_intents.cancel(params["intent"], None, options),
        lambda c, params: [c.v1.payment_intents.retrieve(params["intent"])],
        lambda one, mark: one["status"] == "canceled",
    ),
    "checkout_session": Call(
        lambda c, params, options: c.v1.checkout.sessions.create(params, options),
        lambda c, params: c.v1.checkout.sessions.list({"limit": 100}).auto_paging_iter(),
    ),
    "transfer": Call(
        lambda c, params, options: c.v1.transfers.create(params, options),
        lambda c, params: c.v1.transfers.list(
            {"destination": params["destination"], "limit": 100, "expand": ["data.balance_transaction"]}
        ).auto_paging_iter(),
    ),
    "refund": Call(
        lambda c, params, options: c.v1.refunds.create(params, options),
        lambda c, params: c.v1.refunds.list(
            {"charge": params["charge"], "limit": 100, "expand": ["data.balance_transaction"]}
        ).auto_paging_iter(),
    ),
    "transfer_reversal": Call(
        lambda c, params, options: c.v1.transfers.reversals.create(
            params["transfer"], _but(params, "transfer"), options
        ),
        lambda c, params: c.v1.transfers.reversals.list(
            params["transfer"], {"limit": 100, "expand": ["data.balance_transaction"]}
        ).auto_paging_iter(),
    ),
    "dispute_evidence": Call(
        lambda c, params, options: c.v1.disputes.update(params["dispute"], _but(params, "dispute"), options),
        lambda c, params: [c.v1.disputes.retrieve(params["dispute"])],
    ),
    "platform_payout": Call(
        lambda c, params, options: c.v1.payouts.create(params, options),
        lambda c, params: c.v1.payouts.list({"limit": 100, "expand": ["data.balance_transaction"]}).auto_paging_iter(),
    ),
    "account": Call(
        lambda c, params, options: c.v2.core.accounts.create(params, options),
        lambda c, params: c.v2.core.accounts.list({"limit": 100}).auto_paging_iter(),
    ),
}


def settings() -> Config:
    """This process's settings."""
    return current_app.config["SETTINGS"]


def client() -> stripe.StripeClient:
    """The client of this process, speaking to Stripe or to the address in `STRIPE_API_BASE`."""
    return _client(settings().stripe_api_key, settings().stripe_api_base)


@lru_cache(maxsize=4)
def _client(key: str, base: str | None) -> stripe.StripeClient:
    if base and is_live(key):
        raise RuntimeError("A live key is sent to Stripe only.")
    bases: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), base) if base else None
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses=bases,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUTS),
    )


def make(kind: str, params: dict[str, Any], *, key: str, mark: str) -> Outcome:
    """Ask Stripe for something under an idempotency key. `mark` goes into its metadata, to find it again."""
    marked = {**params, "metadata": {**params.get("metadata", {}), "operation": mark}}
    return _answer(lambda: CALLS[kind].make(client(), marked, {"idempotency_key": key}))


def find(kind: str, params: dict[str, Any], *, mark: str) -> Outcome:
    """Look for what an earlier call may have made: done with the object, refused when there is none, or unknown."""

    def search() -> Any:
        for number, one in enumerate(CALLS[kind].search(client(), params)):
            if CALLS[kind].is_it(plain(one), mark):
                return one
            if number >= LOOKED_AT:
                raise stripe.APIConnectionError("Too many objects to be sure that it is not there.")
        return None

    answer = _answer(search)
    return answer if answer.object or answer.kind != "done" else Outcome("refused", code="not_found")


def _answer(call: Callable[[], Any]) -> Outcome:
    try:
        made = call()
    except UNDECIDED as problem:
        return Outcome("unknown", code=problem.code, message=str(problem))
    except stripe.APIConnectionError as problem:
        return Outcome("unknown", code="no_answer", message=str(problem))
    except stripe.StripeError as problem:
        certain = problem.http_status is not None and 400 <= problem.http_status < 500 and problem.http_status != 409
        declined = problem.error.decline_code if problem.error else None  # says more than "card_declined"
        return Outcome("refused" if certain else "unknown", code=declined or problem.code, message=str(problem))
    return Outcome("done", object=plain(made) if made is not None else None)


def plain(made: Any) -> dict[str, Any]:
    """An object of Stripe's as plain data."""
    return made.to_dict()


# Reading: these raise `Error`; a job that meets one is tried again.


def checkout_session(session_id: str) -> dict[str, Any]:
    """A session with its charge and the charge's balance transaction."""
    return plain(client().v1.checkout.sessions.retrieve(session_id, {"expand": WITH_MONEY}))


def setup_session(session_id: str) -> dict[str, Any]:
    """A session that saves a card, with the card."""
    return plain(client().v1.checkout.sessions.retrieve(session_id, {"expand": ["setup_intent.payment_method"]}))


def payment_intent(intent_id: str) -> dict[str, Any]:
    """A payment by card with its charge and the charge's balance transaction."""
    expand = ["latest_charge.balance_transaction"]
    return plain(client().v1.payment_intents.retrieve(intent_id, {"expand": expand}))


def payment_method(method_id: str) -> dict[str, Any]:
    """A card."""
    return plain(client().v1.payment_methods.retrieve(method_id))


def charge(charge_id: str) -> dict[str, Any]:
    """A charge."""
    return plain(client().v1.charges.retrieve(charge_id))


def transfer(transfer_id: str) -> dict[str, Any]:
    """A transfer with its balance transaction."""
    return plain(client().v1.transfers.retrieve(transfer_id, {"expand": ["balance_transaction"]}))


def refund(refund_id: str) -> dict[str, Any]:
    """A refund with its balance transactions: how it left, and how it came back if its bank said no."""
    params: Any = {"expand": ["balance_transaction", "failure_balance_transaction"]}
    return plain(client().v1.refunds.retrieve(refund_id, params))


def reversals(transfer_id: str) -> list[dict[str, Any]]:
    """A transfer's reversals with their balance transactions, newest first."""
    params: Any = {"limit": 100, "expand": ["data.balance_transaction"]}
    return [plain(one) for one in client().v1.transfers.reversals.list(transfer_id, params).auto_paging_iter()]


def dispute(dispute_id: str) -> dict[str, Any]:
    """A dispute; it carries its balance transactions."""
    return plain(client().v1.disputes.retrieve(dispute_id))


def payout(payout_id: str, account_id: str | None = None) -> dict[str, Any]:
    """A payout to a bank, of the platform or of a connected account, with its balance transactions."""
    params: Any = {"expand": ["balance_transaction", "failure_balance_transaction"]}
    options: Any = {"stripe_account": account_id} if account_id else {}
    return plain(client().v1.payouts.retrieve(payout_id, params, options))


def carried(payout_id: str, account_id: str) -> tuple[list[str], list[str]]:
    """What an automatic payout of a connected account took to its bank: ids of transfers, and of payouts that had failed."""
    params: Any = {"payout": payout_id, "limit": 100, "expand": ["data.source"]}
    options: Any = {"stripe_account": account_id}
    listed = [plain(one) for one in client().v1.balance_transactions.list(params, options).auto_paging_iter()]
    sources = [(one["type"], one.get("source") or {}) for one in listed]
    transfers = [source["source_transfer"] for kind, source in sources if kind == "payment"]
    return [one for one in transfers if one], [source["id"] for kind, source in sources if kind == "payout_failure"]


def account(account_id: str) -> dict[str, Any]:
    """A connected account with what decides whether it can be paid, and the banks it pays to, which only version 1 names."""
    included: Any = ["configuration.recipient", "requirements"]
    found = plain(client().v2.core.accounts.retrieve(account_id, {"include": included}))
    banks = plain(client().v1.accounts.retrieve(account_id)).get("external_accounts") or {}
    return {**found, "banks": banks.get("data") or []}


def account_link(account_id: str, kind: str, return_url: str, refresh_url: str) -> str:
    """A fresh single-use address of Stripe's own forms. Never stored, never mailed, never with `configurations`."""
    options: Any = {"return_url": return_url, "refresh_url": refresh_url}
    use_case: Any = {"type": kind, kind: options}
    return client().v2.core.account_links.create({"account": account_id, "use_case": use_case}).url


def balance_transactions(since: datetime) -> Iterator[dict[str, Any]]:
    """Every movement on the platform's balance created at or after `since`, newest first, with what it came from."""
    return _listed(client().v1.balance_transactions, since, expand=["data.source"])


def transfers(since: datetime) -> Iterator[dict[str, Any]]:
    """Every transfer created at or after `since`, newest first; `refunds` and `payouts` likewise."""
    return _listed(client().v1.transfers, since)


def refunds(since: datetime) -> Iterator[dict[str, Any]]:
    """Every refund of the platform's charges."""
    return _listed(client().v1.refunds, since)


def payouts(since: datetime) -> Iterator[dict[str, Any]]:
    """Every payout from the platform's balance to its bank."""
    return _listed(client().v1.payouts, since)


def _listed(service: Any, since: datetime, **more: Any) -> Iterator[dict[str, Any]]:
    params = {"created": {"gte": int(since.timestamp())}, "limit": 100, **more}
    return (plain(one) for one in service.list(params).auto_paging_iter())


def balance() -> dict[str, tuple[int, int]]:
    """The platform's balance in minor units: available and pending by currency."""
    found = client().v1.balance.retrieve()
    sides = [{one.currency.upper(): one.amount for one in side} for side in (found.available, found.pending)]
    return {currency: (sides[0].get(currency, 0), sides[1].get(currency, 0)) for currency in sides[0] | sides[1]}


def gone(kind: str, object_id: str) -> bool:
    """Whether Stripe says that there is no such `balance_transactions`, `transfers`, `refunds` or `payouts`."""
    try:
        getattr(client().v1, kind).retrieve(object_id)
    except stripe.InvalidRequestError as problem:
        if problem.http_status == 404:
            return True
        raise
    return False


def events(since: datetime, until: datetime, account_id: str | None = None) -> Iterator[dict[str, Any]]:
    """Every version 1 event created between the two, newest first: the platform's, or one connected account's."""
    params: Any = {"created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())}, "limit": 100}
    options: Any = {"stripe_account": account_id} if account_id else {}
    return (plain(one) for one in client().v1.events.list(params, options).auto_paging_iter())


def thin_events(since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Every version 2 event created between the two, newest first."""
    bounds = {"gte": since, "lte": until}
    stamps = {name: f"{one.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}" for name, one in bounds.items()}
    params: Any = {"created": stamps, "limit": 100}
    return (plain(one) for one in client().v2.core.events.list(params).auto_paging_iter())


def moment(seconds: int) -> datetime:
    """Stripe's seconds since 1970 as an instant."""
    return datetime.fromtimestamp(seconds, UTC)


def opened(endpoint: str, body: bytes, signature: str) -> dict[str, Any]:
    """A webhook's message after its signature is checked against every secret of its endpoint. Raises `Forged`."""
    for secret in settings().stripe_webhook_secrets[endpoint]:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            continue
        break
    else:
        raise Forged("signature")
    stamps = [part.strip()[2:] for part in signature.split(",") if part.strip().startswith("t=")]
    if any(not stamp.isdecimal() or int(stamp) > time.time() + TOLERANCE for stamp in stamps):
        raise Forged("a time in the future, or none")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Forged("not JSON") from None
    if not isinstance(message, dict) or not all(is_text(message.get(name)) for name in ("id", "type")):
        raise Forged("not an event")
    if message.get("account") is not None and not is_text(message["account"]):
        raise Forged("an account that is none")
    return message


def is_text(value: Any) -> bool:
    """Whether this is text that a database can keep: no NUL, no half of a character, not longer than any id or name."""
    if not isinstance(value, str) or not 0 < len(value) <= 255 or "\0" in value:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)
