"""A payer's money by month and by subject, read from the ledger: what its protected accounts did.

Every amount is a sum over postings of `protected:<subject>`, so whatever books there is in these totals:
`held` at the end is `held` before plus `paid_in` plus `moved` less `released`, `refunded` and `lost`, plus
`other` (a correction of ours). A release taken back counts as less released; what then went to the payer,
as refunded. A payer's subjects are those it paid in for, and those its protected money was handed on to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.money import Money
from marketplace.payments.models import Payout
from marketplace.payments.period import FIRST, Period

PAGE = 50  # lines of a list
# What each column of a table is made of: the kinds of journal. `fee` is within `released`.
KINDS: dict[str, tuple[str, ...]] = {
    "paid_in": ("charge",),
    "released": ("release", "recovery"),
    "fee": ("release", "recovery"),
    "refunded": ("refund",),
    "lost": ("chargeback_lost",),
    "moved": ("allocation",),
}
# Which column a journal is in, and whether it counts there as it changes what is held, or the other way round.
COLUMN = {
    kind: (name, 1 if name in ("paid_in", "moved") else -1)
    for name, kinds in KINDS.items()
    if name != "fee"
    for kind in kinds
}
KNOWN = sorted({kind for kinds in KINDS.values() for kind in kinds})

# One row a journal and subject: `change` of its protected money, `fee` the platform's part of it. A payment counts
# from the moment its money is protected, as its receipt says.
MOVES = """
WITH subjects (id) AS (
    SELECT subject_id FROM fundings WHERE payer_party_id = :payer AND state = 'funded'
    UNION SELECT to_subject_id FROM allocations WHERE payer_party_id = :payer),
moves AS (
    SELECT j.id AS journal_id, j.number, j.kind, j.reason, j.evidence, t.at, a.subject_id,
        date_trunc('month', t.at AT TIME ZONE :zone)::date AS month,
        CASE p.side WHEN 'credit' THEN p.amount_minor ELSE -p.amount_minor END AS change,
        coalesce((
            SELECT sum(CASE f.side WHEN 'credit' THEN f.amount_minor ELSE -f.amount_minor END)
            FROM ledger_postings f JOIN ledger_accounts r ON r.id = f.account_id AND r.kind = 'fee_revenue'
            WHERE f.journal_id = j.id AND j.kind IN ('release', 'recovery')), 0) AS fee
    FROM subjects s
    JOIN ledger_accounts a ON a.subject_id = s.id AND a.kind = 'protected' AND a.currency = :currency
    JOIN ledger_postings p ON p.account_id = a.id
    JOIN ledger_journals j ON j.id = p.journal_id
    LEFT JOIN fundings f ON j.kind = 'charge' AND f.id = CAST(j.evidence ->> 'funding_id' AS uuid)
    CROSS JOIN LATERAL (SELECT coalesce(f.funded_at, j.occurred_at) AS at) t)
"""
SUMS = """
    coalesce(sum(change) FILTER (WHERE kind = 'charge'), 0) AS paid_in,
    -coalesce(sum(change) FILTER (WHERE kind IN ('release', 'recovery')), 0) AS released,
    coalesce(sum(fee), 0) AS fee,
    -coalesce(sum(change) FILTER (WHERE kind = 'refund'), 0) AS refunded,
    -coalesce(sum(change) FILTER (WHERE kind = 'chargeback_lost'), 0) AS lost,
    coalesce(sum(change) FILTER (WHERE kind = 'allocation'), 0) AS moved,
    coalesce(sum(change) FILTER (WHERE kind <> ALL (:known)), 0) AS other,
    coalesce(sum(change), 0) AS change
"""
# The lines behind one amount.
THESE = """
    at >= :start AND at < :end AND (CAST(:kinds AS text[]) IS NULL OR kind = ANY (:kinds))
    AND (NOT :fees OR fee <> 0) AND (CAST(:subject AS uuid) IS NULL OR subject_id = :subject)
"""


@dataclass(frozen=True)
class Sums:
    """What happened to protected money in some time, and what was `held` at its end."""

    paid_in: Money
    released: Money
    fee: Money
    refunded: Money
    lost: Money
    moved: Money
    other: Money
    held: Money

    @property
    def to_creators(self) -> Money:
        """What was released less the platform's fee."""
        return self.released - self.fee

    @property
    def change(self) -> Money:
        """How much more is held at the end than at the beginning."""
        return self.paid_in + self.moved + self.other - self.released - self.refunded - self.lost


@dataclass(frozen=True)
class Line:
    """One journal as the payer reads it: `change` of what is held for a subject, `fee` within it."""

    journal_id: UUID
    at: datetime
    kind: str
    subject_id: UUID
    change: Money
    fee: Money
    reason: str
    evidence: dict[str, Any]

    @property
    def payout_id(self) -> UUID | None:
        """The payout of a release or of what was taken back."""
        told = self.evidence.get("payout_id")
        return UUID(told) if told else None


def by_month(payer: UUID, currency: str, period: Period) -> list[tuple[date, Sums]]:
    """The months of a period in which something happened, each with what was held at its end; newest first."""
    tail = """
    SELECT month, sum(sum(change)) OVER (ORDER BY month) AS held, {sums} FROM moves
    WHERE at < :end GROUP BY month ORDER BY month DESC"""
    rows = _ask(tail, payer, currency, period)
    return [(row.month, _sums(row, currency)) for row in rows if row.month >= period.first]


def by_subject(payer: UUID, currency: str, period: Period) -> list[tuple[UUID, Sums]]:
    """What each subject did in a period and holds at its end, the latest first.

    Where nothing happened and nothing is left, a subject is not named.
    """
    tail = """
    , told AS (SELECT subject_id, max(number) AS last, sum(change) AS held FROM moves WHERE at < :end GROUP BY subject_id)
    SELECT t.subject_id, t.held, t.last, {sums} FROM told t
    LEFT JOIN moves m ON m.subject_id = t.subject_id AND m.at >= :start AND m.at < :end
    GROUP BY t.subject_id, t.held, t.last HAVING t.held <> 0 OR count(m.journal_id) > 0 ORDER BY t.last DESC"""
    return [(row.subject_id, _sums(row, currency)) for row in _ask(tail, payer, currency, period)]


def together(payer: UUID, currency: str, period: Period) -> Sums:
    """The whole of a period."""
    tail = """
    SELECT (SELECT coalesce(sum(change), 0) FROM moves WHERE at < :end) AS held, {sums}
    FROM moves WHERE at >= :start AND at < :end"""
    return _sums(_ask(tail, payer, currency, period).one(), currency)


def years(payer: UUID, currency: str, zone: str) -> list[int]:
    """The years in which something happened, newest first."""
    tail = "SELECT DISTINCT extract(year FROM month)::int AS year FROM moves ORDER BY year DESC"
    return [row.year for row in _ask(tail, payer, currency, Period(FIRST, None, zone))]


@dataclass(frozen=True)
class Whole:
    """What the lines behind one amount come to: how many, their `change` of what is held, the `fee` within."""

    count: int
    change: Money
    fee: Money


def whole(payer: UUID, currency: str, period: Period, what: str | None = None, subject: UUID | None = None) -> Whole:
    """All of those lines at once."""
    tail = "SELECT count(*) AS n, coalesce(sum(change), 0) AS change, coalesce(sum(fee), 0) AS fee FROM moves WHERE {these}"
    row = _ask(tail, payer, currency, period, **_narrowed(what, subject)).one()
    return Whole(row.n, Money(int(row.change), currency), Money(int(row.fee), currency))


def lines(
    payer: UUID, currency: str, period: Period, what: str | None = None, subject: UUID | None = None, page: int = 1
) -> list[Line]:
    """A page of the lines behind one amount, newest first."""
    tail = "SELECT * FROM moves WHERE {these} ORDER BY at DESC, number DESC LIMIT :limit OFFSET :offset"
    told = {**_narrowed(what, subject), "limit": PAGE, "offset": (page - 1) * PAGE}
    return [_line(row, currency) for row in _ask(tail, payer, currency, period, **told)]


def every_line(payer: UUID, currency: str, period: Period) -> Iterator[Line]:
    """All of them, oldest first, a few hundred at a time."""
    tail = "SELECT * FROM moves WHERE at >= :start AND at < :end ORDER BY at, number, change DESC"
    rows = _ask(tail, payer, currency, period, stream=True)
    return (_line(row, currency) for row in rows)


def of_subject(payer: UUID, currency: str, subject: UUID, zone: str) -> list[Line]:
    """All that ever happened to one subject's protected money, oldest first."""
    tail = "SELECT * FROM moves WHERE subject_id = :subject ORDER BY at, number"
    rows = _ask(tail, payer, currency, Period(FIRST, None, zone), subject=subject)
    return [_line(row, currency) for row in rows]


def add_up(found: Iterable[Line], currency: str) -> Sums:
    """The sums of lines that begin with nothing held."""
    sums = {one.name: Money.zero(currency) for one in fields(Sums)}
    for line in found:
        name, sign = COLUMN.get(line.kind, ("other", 1))
        sums[name] += line.change * sign
        sums["fee"] += line.fee
        sums["held"] += line.change
    return Sums(**sums)


def _narrowed(what: str | None, subject: UUID | None) -> dict[str, Any]:
    """What `THESE` is asked with: one column, or all; one subject, or all."""
    return {"kinds": list(KINDS[what]) if what else None, "fees": what == "fee", "subject": subject}


def _ask(tail: str, payer: UUID, currency: str, period: Period, stream: bool = False, **more: Any) -> sa.Result[Any]:
    told = {
        "payer": payer, "currency": currency, "zone": period.zone, "start": period.start, "end": period.end,
        "known": KNOWN, **more,
    }  # fmt: skip
    statement = sa.text(MOVES + tail.replace("{sums}", SUMS).replace("{these}", THESE))
    return db.session.execute(statement, told, execution_options={"yield_per": 500} if stream else {})


def _sums(row: Any, currency: str) -> Sums:
    return Sums(**{one.name: Money(int(getattr(row, one.name)), currency) for one in fields(Sums)})


def _line(row: Any, currency: str) -> Line:
    change, fee = Money(int(row.change), currency), Money(int(row.fee), currency)
    return Line(row.journal_id, row.at, row.kind, row.subject_id, change, fee, row.reason, row.evidence)


def payees(found: Iterable[Line]) -> dict[UUID, UUID]:
    """Who was paid, by payout."""
    ids = {line.payout_id for line in found if line.payout_id}
    if not ids:
        return {}
    rows = db.session.execute(sa.select(Payout.id, Payout.payee_party_id).where(Payout.id.in_(ids)))
    return {row.id: row.payee_party_id for row in rows}
