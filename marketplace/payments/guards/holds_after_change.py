"""72 hours without payouts after somebody changed where a payee is paid, or the e-mail she signs in with.

Whoever has taken an account over changes one of the two first. The warning goes to the address she had
before, with a link that undoes the change. A first set-up is no change. Nothing is stored about a hold
itself: it follows from the rows of what was changed, so it cannot be lost or forgotten.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import clock, db
from marketplace.accounts import queries as people
from marketplace.accounts import undo
from marketplace.authz import CLOCK, Actor
from marketplace.errors import NotThere, Refused
from marketplace.events import emit
from marketplace.payments.events import AccountChanged, AccountDisowned
from marketplace.payments.guards.guard_tables import AccountChange
from marketplace.payments.models import PayoutAccount

LASTS = undo.LASTS


@dataclass(frozen=True)
class Hold:
    """Why a party is paid nothing for now: `account` or `e-mail` until a moment, or `disowned` until she acts."""

    why: str
    until: datetime | None


def standing(party_id: UUID) -> Hold | None:
    """The hold on a party's payouts, if there is one; of several, the one that ends last."""
    change, email = latest(party_id), undo.recent_email_change(party_id)
    if change is not None and change.undone_at is not None and change.owned_at is None:
        return Hold("disowned", None)
    holds = []
    if change is not None:
        holds.append(Hold("account", (change.owned_at or change.seen_at) + LASTS))
    if email is not None:
        holds.append(Hold("e-mail", email.changed_at + LASTS))
    return max((one for one in holds if one.until and one.until > clock.now()), key=_end, default=None)


def _end(hold: Hold) -> Any:
    return hold.until


def latest(party_id: UUID) -> AccountChange | None:
    """The newest change of a party's bank account."""
    query = sa.select(AccountChange).where(AccountChange.party_id == party_id).order_by(AccountChange.id.desc())
    return db.session.scalar(query.limit(1))


def compare(account: PayoutAccount, banks: list[dict[str, Any]]) -> None:
    """Take over which bank account Stripe pays to; another one than before begins a hold, the first one does not.

    A bank account that is only gone changes nothing yet: the next one is compared with the last we knew.
    """
    if not banks:
        return
    before, account.bank_digest = account.bank_digest, _digest(account, banks)
    account.bank_last_four = next((one for one in banks if one.get("default_for_currency")), banks[0]).get("last4")
    if before in (None, account.bank_digest):
        return
    row = AccountChange(id=db.new_id(), party_id=account.party_id, bank_digest=account.bank_digest, seen_at=clock.now())
    db.session.add(row)
    db.session.flush()
    emit(AccountChanged(account.party_id, row.id), by=CLOCK)


def _digest(account: PayoutAccount, banks: list[dict[str, Any]]) -> bytes:
    """Of Stripe's fingerprints, salted with our row: equal for the same bank accounts of this payee and no other."""
    prints = sorted(str(one.get("fingerprint") or one["id"]) for one in banks)
    return hashlib.sha256(b"|".join([account.id.bytes, *(one.encode() for one in prints)])).digest()


def link(row: AccountChange) -> str:
    """Where the mail leads whoever did not change it."""
    return f"/undo/payout-account/{undo.token('payout account', row.id)}"


def by_token(token: str) -> AccountChange:
    """The change behind a link. Raises NotThere."""
    row = db.session.get(AccountChange, undo.signed_id("payout account", token))
    if row is None:
        raise NotThere()
    return row


def disown(row: AccountChange, *, by: Actor) -> None:
    """It was not her: lock everybody out, and pay nothing until it is set up anew. Raises Refused when it is too late."""
    db.lock(row)
    undo.refuse_if_over(row.seen_at, row.undone_at)
    newest = latest(row.party_id)
    for one in {row, newest or row}:
        one.undone_at, one.owned_at = one.undone_at or clock.now(), None
    for membership in people.members(row.party_id):
        undo.lock_out(membership.user)
    emit(AccountDisowned(row.party_id), by=by)


def own(party_id: UUID) -> None:
    """She says, with her password, that the bank account is hers after all: 72 hours begin. Raises Refused."""
    row = latest(party_id)
    if row is None or row.undone_at is None or row.owned_at is not None:
        raise Refused(gettext("Nothing waits for this answer."))
    row.owned_at = clock.now()
    emit(AccountChanged(party_id, row.id), by=CLOCK)
