"""The ledger: double entry, append-only, whole minor units. The only module that writes postings.

Invariants, each enforced by the database and searched for by `checks.py`: a journal sums to zero per
currency; a posting is never changed; an account marked no-negative is never overdrawn, reservations
included; one journal per business key; nothing is posted into a closed month. Sign convention: see
`chart.py`; a balance is a sum over postings (for a busy account: its stored balance and the postings
after it), positive on the account's normal side. A correction is a reversing journal.

Locks, in this order: the books, shared (`ledger_open_from()`), then the no-negative accounts by id.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books.chart import CREDIT, DEBIT, KINDS, Name
from marketplace.payments.books.ledger_tables import Account, Journal, Posting

OVERDRAFT = "GW001"  # the SQLSTATE our trigger raises
OPPOSITE = {DEBIT: CREDIT, CREDIT: DEBIT}


class Overdraft(Refused):
    """There is less money in an account than was asked for. Nothing was written."""


class KeyReused(Exception):
    """A business key came again with other content: a bug in the caller, never a person's fault."""


@dataclass(frozen=True)
class Leg:
    """One side of a journal: `amount` > 0 on `side` of `account`."""

    account: Name
    side: str
    amount: Money


def debit(account: Name, amount: Money) -> Leg:
    """A debit leg."""
    return Leg(account, DEBIT, amount)


def credit(account: Name, amount: Money) -> Leg:
    """A credit leg."""
    return Leg(account, CREDIT, amount)


@dataclass(frozen=True)
class Entry:
    """A journal to be: its business key, kind, legs, and why (in words and in ids)."""

    key: str
    kind: str
    legs: Sequence[Leg]
    reason: str = ""
    subject_id: UUID | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    reverses_id: UUID | None = None
    occurred_at: datetime | None = None
    id: UUID = field(default_factory=db.new_id)

    def __post_init__(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for leg in self.legs:
            if leg.amount.minor <= 0:
                raise ValueError("A posting's amount is positive; its side says the direction.")
            sums[leg.amount.currency] += leg.amount.minor if leg.side == DEBIT else -leg.amount.minor
        if not self.legs or any(sums.values()):
            raise ValueError(f"The journal {self.key} does not sum to zero.")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the content, exactly as the database's `ledger_text()` writes it."""
        legs = sorted((leg.account.code, leg.amount.currency, leg.side, leg.amount.minor) for leg in self.legs)
        lines = ";".join(f"{code} {currency} {side} {minor}" for code, currency, side, minor in legs)
        ids = (str(id) if id else "" for id in (self.subject_id, self.reverses_id))
        return hashlib.sha256("|".join([self.key, self.kind, *ids, lines]).encode()).hexdigest()


def post(entry: Entry, *, by: Actor) -> Journal:
    """Book one journal. The same key again returns the first journal.

    Raises `Overdraft` (nothing written), `KeyReused` when the key came with other content.
    """
    return post_many([entry], by=by)[0]


def post_many(entries: Sequence[Entry], *, by: Actor) -> list[Journal]:
    """Book many journals in a few statements, all or none; returns them in the order given."""
    fingerprints = _one_content_per_key(entries)
    wanted = {entry.key: entry for entry in entries}
    with overdraft_in_words(), db.session.begin_nested():
        open_from = _hold_books()
        accounts = _open_accounts(leg for entry in wanted.values() for leg in entry.legs)
        _lock(accounts.values())
        known = _insert_journals(wanted.values(), open_from, by)
        _insert_postings([wanted[key] for key in known], accounts)
    known |= _by_key(fingerprints.keys() - known.keys())
    for key, fingerprint in fingerprints.items():
        if known[key].fingerprint != fingerprint:
            raise KeyReused(f"The journal {key} exists with other content.")
    return [known[entry.key] for entry in entries]


def reverse(journal: Journal, *, reason: str, by: Actor) -> Journal:
    """Book the opposite of a journal, once; a second call returns the first reversal."""
    legs = [Leg(p.account.name, OPPOSITE[p.side], p.amount) for p in postings(journal.id)]
    return post(
        Entry(
            key=f"reverse:{journal.key}",
            kind="reversal",
            legs=legs,
            reason=reason,
            subject_id=journal.subject_id,
            reverses_id=journal.id,
        ),
        by=by,
    )


def postings(journal_id: UUID) -> list[Posting]:
    """A journal's legs with their accounts, in the order written."""
    statement = sa.select(Posting).where(Posting.journal_id == journal_id).order_by(Posting.id)
    return list(db.session.scalars(statement.options(selectinload(Posting.account))))


def balance(account: Name, currency: str) -> Money:
    """What an account holds: the sum of its postings, positive on its normal side."""
    total = db.session.scalar(
        sa.select(sa.func.ledger_balance(Account.id)).where(Account.code == account.code, Account.currency == currency)
    )
    return Money(int(total or 0), currency)


def available(account: Name, currency: str) -> Money:
    """The balance less what open reservations hold."""
    held = db.session.scalar(
        sa.text(
            "SELECT coalesce(sum(r.amount_minor), 0) FROM ledger_reservations r"
            " JOIN ledger_accounts a ON a.id = r.account_id"
            " LEFT JOIN ledger_reservation_ends e ON e.reservation_id = r.id"
            " WHERE a.code = :code AND a.currency = :currency AND e.reservation_id IS NULL"
        ),
        {"code": account.code, "currency": currency},
    )
    return balance(account, currency) - Money(int(held or 0), currency)


def open_account(account: Name, currency: str) -> Account:
    """The account's row, locked when it is no-negative; created when it is new."""
    return open_accounts([account], currency)[0]


def open_accounts(accounts: Sequence[Name], currency: str) -> list[Account]:
    """The same for several, locked together so that no two callers cross; in the order given."""
    _hold_books()
    found = _open_accounts([debit(account, Money(1, currency)) for account in accounts])
    _lock(found.values())
    return [found[account.code, currency] for account in accounts]


def _one_content_per_key(entries: Sequence[Entry]) -> dict[str, str]:
    fingerprints: dict[str, str] = {}
    for entry in entries:
        if fingerprints.setdefault(entry.key, entry.fingerprint) != entry.fingerprint:
            raise KeyReused(f"The journal {entry.key} came twice with different content.")
    return fingerprints


def _by_key(keys: Set[str]) -> dict[str, Journal]:
    if not keys:
        return {}
    found = db.session.scalars(sa.select(Journal).where(Journal.key.in_(list(keys))))
    return {journal.key: journal for journal in found}


def _open_accounts(legs: Any) -> dict[tuple[str, str], Account]:
    """The accounts of `legs` by code and currency, new ones opened. Sorted, so that two never cross."""
    wanted = {(leg.account.code, leg.amount.currency): leg.account for leg in legs}
    found = _find_accounts(wanted)
    missing = [
        {
            "id": db.new_id(), "code": code, "currency": currency, "kind": name.kind,
            "party_id": name.party_id, "subject_id": name.subject_id, "opened_at": clock.now(),
            "normal": KINDS[name.kind].normal, "no_negative": KINDS[name.kind].no_negative,
        }
        for (code, currency), name in sorted(wanted.items(), key=lambda item: item[0])
        if (code, currency) not in found
    ]  # fmt: skip
    if missing:
        db.session.execute(insert(Account).on_conflict_do_nothing(), missing)
        found = _find_accounts(wanted)
    return found


def _find_accounts(wanted: Any) -> dict[tuple[str, str], Account]:
    codes = sa.tuple_(Account.code, Account.currency).in_(list(wanted))
    return {
        (account.code, account.currency): account for account in db.session.scalars(sa.select(Account).where(codes))
    }


def _hold_books() -> datetime | None:
    """Keep snapshots and closes waiting until this transaction ends. Returns the end of the last closed month."""
    return db.session.scalar(sa.select(sa.func.ledger_open_from()))


def _lock(accounts: Any) -> None:
    """Lock the no-negative ones in id order, before anything is inserted: no two callers can cross."""
    ids = [account.id for account in accounts if account.no_negative]
    if ids:
        statement = sa.select(Account.id).where(Account.id.in_(ids)).order_by(Account.id)
        db.session.execute(statement.with_for_update(key_share=True)).all()


def _insert_journals(entries: Any, open_from: datetime | None, by: Actor) -> dict[str, Journal]:
    """Insert the journals whose key is still free; returns them by key."""
    now = clock.now()
    posted_at = max(now, open_from) if open_from else now
    rows = [
        {
            "id": entry.id, "key": entry.key, "kind": entry.kind, "reason": entry.reason,
            "subject_id": entry.subject_id, "reverses_id": entry.reverses_id, "fingerprint": entry.fingerprint,
            "evidence": entry.evidence, "occurred_at": entry.occurred_at or now, "posted_at": posted_at,
            "actor_kind": by.kind, "actor_user_id": by.user_id, "actor_party_id": by.party_id,
        }
        for entry in sorted(entries, key=lambda entry: entry.key)
    ]  # fmt: skip
    statement = insert(Journal).on_conflict_do_nothing(index_elements=["key"]).returning(Journal)
    return {journal.key: journal for journal in db.session.scalars(statement, rows)}


def _insert_postings(entries: list[Entry], accounts: dict[tuple[str, str], Account]) -> None:
    """All legs in one INSERT, judged at once; then the constraint is deferred again for what follows."""
    rows = [
        {
            "journal_id": entry.id, "account_id": accounts[leg.account.code, leg.amount.currency].id,
            "side": leg.side, "amount_minor": leg.amount.minor, "currency": leg.amount.currency,
        }
        for entry in entries
        for leg in entry.legs
    ]  # fmt: skip
    if not rows:
        return
    columns = ("journal_id", "account_id", "side", "amount_minor", "currency")
    db.session.execute(
        sa.text(
            "INSERT INTO ledger_postings (journal_id, account_id, side, amount_minor, currency)"
            " SELECT * FROM unnest(CAST(:journal_id AS uuid[]), CAST(:account_id AS uuid[]), CAST(:side AS text[]),"
            " CAST(:amount_minor AS bigint[]), CAST(:currency AS text[]))"
        ),
        {column: [row[column] for row in rows] for column in columns},
    )
    both = "SET CONSTRAINTS ledger_postings_balance, ledger_journals_balance"
    db.session.execute(sa.text(f"{both} IMMEDIATE; {both} DEFERRED"))


@contextmanager
def overdraft_in_words() -> Iterator[None]:
    """The database's own refusal of an overdraft, as a sentence. Raises Overdraft."""
    try:
        yield
    except sa.exc.DBAPIError as problem:
        if getattr(problem.orig, "sqlstate", None) != OVERDRAFT:
            raise
        raise Overdraft(_("There is not enough money here for this. Nothing was moved.")) from problem
