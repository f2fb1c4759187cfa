"""Money set aside in two phases: reserve, then post or void, each a new row.

A reservation holds part of a no-negative account; nothing else can draw on it. It resolves at most
once: the second attempt is refused. Amounts are minor units in the account's currency.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import ledger
from marketplace.payments.books.chart import KINDS, Name
from marketplace.payments.books.ledger_tables import Account, Journal, Reservation, ReservationEnd


def reserve(key: str, account: Name, amount: Money, *, reason: str, by: Actor) -> Reservation:
    """Set `amount` of `account` aside. The same key again returns the first reservation.

    Raises `ledger.Overdraft` when less is free, `ledger.KeyReused` when the key held another amount or account.
    """
    if not KINDS[account.kind].no_negative:
        raise ValueError("Only what may not be negative can be reserved: nothing else is guarded.")
    row = ledger.open_account(account, amount.currency)
    found = db.session.scalar(sa.select(Reservation).where(Reservation.key == key))
    if found is None:
        found = Reservation(
            id=db.new_id(), key=key, account_id=row.id, amount_minor=amount.minor, currency=amount.currency,
            reason=reason, created_at=clock.now(), actor_kind=by.kind, actor_user_id=by.user_id,
            actor_party_id=by.party_id,
        )  # fmt: skip
        with ledger.overdraft_in_words(), db.session.begin_nested():
            db.session.add(found)
            db.session.flush()
    if (found.account_id, found.amount_minor) != (row.id, amount.minor):
        raise ledger.KeyReused(f"The reservation {key} exists with other content.")
    return found


def post(reservation: Reservation, entry: ledger.Entry, posted: Money, *, by: Actor) -> Journal:
    """Book `entry`, which takes `posted` (at most the reserved amount) from the account; free the rest.

    Raises `Refused` when the reservation is resolved already.
    """
    rest = reservation.amount - posted
    if rest.minor < 0 or posted.minor <= 0:
        raise ValueError("A reservation posts more than nothing and at most what it holds.")
    account = db.session.get_one(Account, reservation.account_id)
    taken = sum(
        leg.amount.minor if leg.side != account.normal else -leg.amount.minor
        for leg in entry.legs
        if leg.account.code == account.code
    )
    if taken != posted.minor:
        raise ValueError("A reservation posts what leaves its own account, and all of it.")
    with db.session.begin_nested():
        entry = replace(entry, evidence={**entry.evidence, "reservation_id": str(reservation.id)})
        _end(reservation, "posted", posted.minor, rest.minor, entry.id)
        journal = ledger.post(entry, by=by)
        if journal.id != entry.id:
            raise ledger.KeyReused(f"The journal {entry.key} was booked outside its reservation.")
    return journal


def void(reservation: Reservation) -> None:
    """Set the whole amount free. Raises `Refused` when the reservation is resolved already."""
    _end(reservation, "voided", 0, reservation.amount_minor, None)


def is_open(reservation: Reservation) -> bool:
    """Neither posted nor voided."""
    return db.session.get(ReservationEnd, reservation.id) is None


def _end(reservation: Reservation, outcome: str, posted: int, voided: int, journal_id: UUID | None) -> None:
    row = {
        "reservation_id": reservation.id, "outcome": outcome, "posted_minor": posted, "voided_minor": voided,
        "journal_id": journal_id, "ended_at": clock.now(),
    }  # fmt: skip
    statement = insert(ReservationEnd).values(row).on_conflict_do_nothing().returning(ReservationEnd.reservation_id)
    if db.session.scalar(statement) is None:
        raise Refused(_("This money has been released or set free already."))
