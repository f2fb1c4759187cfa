"""Where a party is paid: its account at Stripe (Accounts v2, recipient, Express dashboard).

Stripe asks for and keeps names, papers and bank details; we keep the account's id, whether it can
receive transfers, and what is still missing. The address of Stripe's forms is single-use: it is
handed straight to the person and never stored or mailed.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.accounts import places, queries
from marketplace.authz import CLOCK
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.payments import operations, stripe
from marketplace.payments.events import AccountReady, AccountRestricted
from marketplace.payments.guards import holds_after_change
from marketplace.payments.models import PayoutAccount
from marketplace.payments.states import PAYOUT_ACCOUNT, AccountState, OperationState
from marketplace.rules import queries as rules

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

    Commits and calls Stripe. Raises `Refused` when Stripe does not answer; trying again is safe, and
    in words where her country cannot be paid.
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


def _refuse_where_nobody_is_paid(party_id: UUID) -> None:
    """Say before Stripe's forms that money cannot be sent to her country, instead of after them."""
    party, settings = queries.party(party_id), queries.instance()
    if party is None or settings is None or rules.payable(party.country, clock.today(party.zone), settings.country):
        return
    name = places.countries(str(get_locale() or "en")).get(party.country, party.country)
    raise Refused(_("Money cannot be sent to %(country)s yet, so there is nothing to set up.", country=name))


def _begin(party_id: UUID) -> PayoutAccount:
    _refuse_where_nobody_is_paid(party_id)
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
    operations.wipe("account", account_row_id)
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
    holds_after_change.compare(account, found.get("banks") or [])
    before, account.capability = account.capability, _capability(found)
    ready = account.capability == "active"
    if ready and account.state != AccountState.READY:
        advance(PAYOUT_ACCOUNT, account, "ready", by=CLOCK, fact=AccountReady(account.party_id))
    elif not ready and account.state == AccountState.READY:
        fact = AccountRestricted(account.party_id, account.capability)
        advance(PAYOUT_ACCOUNT, account, "restrict", by=CLOCK, fact=fact)
    elif account.state == AccountState.RESTRICTED and account.capability != before:
        emit(AccountRestricted(account.party_id, account.capability), by=CLOCK)


def _capability(found: dict[str, Any]) -> str:
    """Stripe's own sign: `active` when the recipient can be sent transfers, else why not."""
    recipient = (found.get("configuration") or {}).get("recipient") or {}
    balance = (recipient.get("capabilities") or {}).get("stripe_balance") or {}
    return (balance.get("stripe_transfers") or {}).get("status") or "restricted"


def by_stripe_id(stripe_id: str) -> PayoutAccount | None:
    """The account with this id at Stripe."""
    return db.session.scalar(sa.select(PayoutAccount).where(PayoutAccount.stripe_id == stripe_id))


def adopt(found: dict[str, Any]) -> PayoutAccount | None:
    """Finish the call that made an account, known from the account's own mark: the answer to us was lost."""
    operation = operations.adopt(found, "account")
    return db.session.get(PayoutAccount, operation.row_id) if operation else None


def problem(account: PayoutAccount | None) -> tuple[str, str, str] | None:
    """Why a party cannot be paid: a short name, the reason, and what she does next; None when nothing is in the way.

    Names: begin, continue, asked, review, rejected, unsupported.
    """
    if account is None or account.stripe_id is None:
        return (
            "begin",
            _("Stripe does not know yet where to pay you."),
            _("Set up payouts. It takes about five minutes."),
        )
    if account.state == AccountState.READY:
        return None
    name = account.capability if account.capability in PROBLEMS else "restricted"
    if name == "restricted":
        begun = account.state == AccountState.ONBOARDING
        return "continue" if begun else "asked", *map(_, ASKED[begun])
    return ("review" if name == "pending" else str(name)), *map(_, PROBLEMS[str(name)])


ASKED = {
    True: ("Stripe still needs some of your details.", "Continue at Stripe where you stopped."),
    False: (
        "Stripe asks for something before it can pay you again.",
        "Answer at Stripe. What waits for you sets off by itself then.",
    ),
}
PROBLEMS = {
    "pending": (
        "Stripe is checking what you gave.",
        "There is nothing for you to do. It mostly takes a day or two; what waits sets off by itself then.",
    ),
    "rejected": (
        "Stripe has declined to pay to this account.",
        "Write to Stripe’s support from your Stripe pages, and to us. Your money stays here and is yours.",
    ),
    "unsupported": (
        "Stripe cannot pay to your country from here.",
        "Write to us. Your money stays here and is yours.",
    ),
}
# What Stripe asks for, as it names it, in words.
ASKS = {
    "identity.individual.given_name": lazy_gettext("Your first name"),
    "identity.individual.surname": lazy_gettext("Your last name"),
    "identity.individual.date_of_birth": lazy_gettext("Your date of birth"),
    "identity.individual.address": lazy_gettext("Your address"),
    "identity.individual.documents.primary_verification": lazy_gettext("A picture of your identity document"),
    "identity.individual.id_numbers": lazy_gettext("Your tax or identity number"),
    "identity.attestations.terms_of_service.account": lazy_gettext("Your agreement to Stripe’s terms"),
    "default_outbound_destination": lazy_gettext("A bank account to pay to"),
}


def asks(account: PayoutAccount) -> list[Any]:
    """What Stripe still asks of her, in words; what we have no words for is named once."""
    known = [ASKS[name] for name in account.missing if name in ASKS]
    other = [name for name in account.missing if name not in ASKS]
    return [*known, _("Something else that Stripe’s form shows")] if other else known
