"""Pages about money, and the doors through which Stripe tells us things."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for

from marketplace import web
from marketplace.authz import current_actor, machine, requires
from marketplace.payments import funding, payout_accounts, policy, queries, stripe, webhooks
from marketplace.payments.models import Funding

blueprint = Blueprint("payments", __name__)


# Stripe's doors


@blueprint.post("/webhooks/stripe/platform")
@machine("hmac")
def webhook_platform() -> Any:
    """Messages about the platform's own account."""
    return _received("platform")


@blueprint.post("/webhooks/stripe/connect")
@machine("hmac")
def webhook_connect() -> Any:
    """Messages about creators' accounts, as version 1 tells them."""
    return _received("connect")


@blueprint.post("/webhooks/stripe/thin")
@machine("hmac")
def webhook_thin() -> Any:
    """Thin messages of version 2: what happened to which account."""
    return _received("thin")


def _received(endpoint: str) -> Any:
    """Verify, store, answer. The work is a job's."""
    request.max_content_length = 1_000_000
    try:
        webhooks.receive(endpoint, request.get_data(), request.headers.get("Stripe-Signature", ""))
    except stripe.Forged:
        abort(400)
    return "", 200


# A brand pays


@blueprint.get("/brand/funding/<id:funding_id>/return")
@requires(policy.may_return, load=queries.own_funding)
def returned(row: Funding) -> Any:
    """Back from Stripe's page: look at once, so that nobody waits for a webhook; then on to where she was."""
    with suppress(stripe.Error):  # then the webhook tells; the page says what we know
        funding.refresh(row)
    return redirect(row.return_url)


# A creator sets up payouts


@blueprint.post("/payouts/set-up")
@requires(policy.may_set_up_payouts)
def set_up() -> Any:
    """On to Stripe's own forms."""
    party_id = current_actor().party_id
    assert party_id is not None
    back = url_for("payments.set_up_done", _external=True)
    again = url_for("payments.set_up_done", again=1, _external=True)
    return redirect(payout_accounts.onboarding_url(party_id, back, again), code=303)


@blueprint.get("/payouts/set-up/done")
@requires(policy.may_set_up_payouts)
def set_up_done() -> Any:
    """Back from Stripe's forms: see at once whether payouts work."""
    account = payout_accounts.of(current_actor().party_id)  # type: ignore[arg-type]  # a creator acts for a party
    if account is not None:
        with suppress(stripe.Error):
            payout_accounts.refresh(account)
    return web.page("payments/set_up.html", account=account, waiting=None)
