"""Where a party is paid: its account at Stripe (Accounts v2, recipient, Express dashboard).

Stripe asks for and keeps names, papers and bank details; we keep the account's id, whether it can
receive transfers, and what is still missing. The address of Stripe's forms is single-use: it is
handed straight to the person and never stored or mailed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.accounts import queries
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.lifecycle import advance
from marketplace.payments import operations, stripe
from marketplace.payments.events import AccountReady
from marketplace.payments.models import PayoutAccount, StripeOperation
from marketplace.payments.states import PAYOUT_ACCOUNT, AccountState, OperationState

NO_ANSWER = "Stripe did not answer. Nothing has changed; please try again in a moment."


def of(party_id: UUID) -> PayoutAccount | None:
    """A party's payout account."""
    return db.session.scalar(sa.select(PayoutAccount).where(PayoutAccount.party_id == party_id))


def status(party_id: UUID) -> str:
    """`none`, `onboarding`, `ready` or `restricted`."""
    account = of(party_id)
    return account.state if account else "none"


def onboarding_url(party_id: UUID, return_url: str, refresh_url: str) -> str:
    """A fresh address of Stripe's forms, after making the account if there is none. For a view, as its last act.

    Commits and calls Stripe. Raises `Refused` when Stripe does not answer; trying again is safe.
    """
    account = of(party_id) or _begin(party_id)
    if account.stripe_id is None:
        operation = operations.of("account", account.id)
        if operation is not None:
            if operation.state == OperationState.REFUSED:
                operations.renew(operation, _params(party_id))
            operations.perform(operation.id)
    if account.stripe_id is None:
        db.session.commit()
        raise Refused(_(NO_ANSWER))
    kind = "account_update" if account.state == AccountState.READY else "account_onboarding"
    stripe_id = account.stripe_id
    try:
        return db.outside(lambda: stripe.account_link(stripe_id, kind, return_url, refresh_url))
    except stripe.Error:
        raise Refused(_(NO_ANSWER)) from None


def _begin(party_id: UUID) -> PayoutAccount:
    account = PayoutAccount(
        id=db.new_id(), party_id=party_id, state=AccountState.ONBOARDING, missing=[], created_at=clock.now()
    )
    db.session.add(account)
    db.session.flush()
    operations.intend("account", account.id, _params(party_id), at_once=False)
    return account


def _params(party_id: UUID) -> dict[str, Any]:
    party = queries.party(party_id)
    if party is None:
        raise ValueError("No such party.")
    emails = queries.members_emails(party_id)
    return {
        "contact_email": emails[0] if emails else None,
        "display_name": party.name,
        "dashboard": "express",
        "identity": {"country": party.country.lower()},
        "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
        "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
        "include": ["configuration.recipient", "requirements"],
        "metadata": {"party": str(party_id)},
    }


def _made(account_row_id: UUID, made: dict[str, Any]) -> None:
    account = db.session.get_one(PayoutAccount, account_row_id)
    account.stripe_id = made["id"]
    operation = operations.of("account", account_row_id)
    if operation is not None:
        operation.params = {}  # name and address are the person's; they were only needed for the call
    take_over(account, made)


def _refused(account_row_id: UUID, code: str | None) -> None:
    """Nothing changes: the account stays without an id, and the next click asks again."""


operations.KINDS["account"] = operations.Kind(_made, _refused)


def refresh(account: PayoutAccount) -> PayoutAccount:
    """Ask Stripe whether the account can be paid. Commits: only edges and jobs call it."""
    if account.stripe_id:
        stripe_id = account.stripe_id
        take_over(account, db.outside(lambda: stripe.account(stripe_id)))
    return account


def take_over(account: PayoutAccount, found: dict[str, Any]) -> None:
    """Move our account to what Stripe's says; it becoming ready sets waiting payouts off."""
    db.lock(account)
    account.checked_at = clock.now()
    entries = (found.get("requirements") or {}).get("entries") or []
    account.missing = sorted({entry["description"] for entry in entries if entry["awaiting_action_from"] == "user"})
    ready = _can_receive(found)
    if ready and account.state != AccountState.READY:
        advance(PAYOUT_ACCOUNT, account, "ready", by=CLOCK, fact=AccountReady(account.party_id))
    elif not ready and account.state == AccountState.READY:
        advance(PAYOUT_ACCOUNT, account, "restrict", by=CLOCK)


def _can_receive(found: dict[str, Any]) -> bool:
    """Stripe's own sign: the recipient's transfers capability is active."""
    recipient = (found.get("configuration") or {}).get("recipient") or {}
    balance = (recipient.get("capabilities") or {}).get("stripe_balance") or {}
    return (balance.get("stripe_transfers") or {}).get("status") == "active"


def by_stripe_id(stripe_id: str) -> PayoutAccount | None:
    """The account with this id at Stripe."""
    return db.session.scalar(sa.select(PayoutAccount).where(PayoutAccount.stripe_id == stripe_id))


def adopt(found: dict[str, Any]) -> PayoutAccount | None:
    """Finish the call that made an account, known from the account's own mark: the answer to us was lost."""
    mark = (found.get("metadata") or {}).get("operation")
    operation = db.session.get(StripeOperation, UUID(mark)) if mark else None
    if operation is None or operation.kind != "account":
        return None
    operations.finish(operation, found)
    return db.session.get(PayoutAccount, operation.row_id)
