"""What a payee was paid, by the day it was paid: her year for herself and for her accountant.

A line is a journal of the ledger: `sent` (it reached her Stripe account), `set_off` (it paid what she had been
overpaid) or `taken_back` (by a ruling, after it was sent; negative). `net` is hers, `fee` the platform's share that
belongs to it, `gross` both. A payout's fee is spread over its payments in proportion, so that the parts sum to it.
What was taken out of a payout before it left was never paid and is in no line. What a brand paid directly is no
line either: it stands apart, by the day the brand says it paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from marketplace import db
from marketplace.money import Money
from marketplace.payments.models import DirectPayment, DirectPaymentAnswer
from marketplace.payments.paid_directly.direct import ARRIVED
from marketplace.payments.period import Period

PAGE = 50  # lines of a list

LINES = """
WITH mine AS (
    SELECT p.id, p.subject_id, p.currency, p.fee_minor - coalesce((
        SELECT sum(r.fee_minor) FROM recoveries r
        WHERE r.payout_id = p.id AND r.how = 'unsent' AND r.state = 'done'), 0) AS fee,
        (SELECT sum(t.amount_minor + t.netted_minor) FROM transfers t WHERE t.payout_id = p.id) AS net
    FROM payouts p WHERE p.payee_party_id = :payee AND p.currency = :currency),
paid AS (
    SELECT j.id AS journal_id, j.number, j.occurred_at AS at, 'sent' AS what, t.payout_id, t.lot_id, p.amount_minor AS net,
        t.stripe_id, t.bank_payout_id, '' AS reason
    FROM mine m JOIN transfers t ON t.payout_id = m.id
    JOIN ledger_accounts a ON a.kind = 'clearing' AND a.subject_id = t.id
    JOIN ledger_postings p ON p.account_id = a.id AND p.side = 'debit'
    JOIN ledger_journals j ON j.id = p.journal_id AND j.kind = 'transfer'
    UNION ALL
    SELECT j.id, j.number, j.occurred_at, 'set_off', t.payout_id, t.lot_id, p.amount_minor, NULL, NULL, j.reason
    FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id AND p.side = 'debit'
    JOIN ledger_journals j ON j.id = p.journal_id AND j.kind = 'netting'
    JOIN transfers t ON t.id = CAST(j.evidence ->> 'transfer_id' AS uuid)
    WHERE a.kind = 'payable' AND a.party_id = :payee AND a.currency = :currency),
shares AS (
    SELECT paid.*, m.subject_id, m.fee AS whole, m.net AS of,
        sum(paid.net) OVER (PARTITION BY payout_id ORDER BY number) AS upto
    FROM paid JOIN mine m ON m.id = paid.payout_id),
lines AS (
    SELECT journal_id, number, at, what, payout_id, lot_id, subject_id, stripe_id, bank_payout_id, reason, net,
        CAST(round(whole * upto / of) - round(whole * (upto - net) / of) AS bigint) AS fee
    FROM shares
    UNION ALL
    SELECT j.id, j.number, j.occurred_at, 'taken_back', r.payout_id, r.lot_id, r.subject_id, r.stripe_id, NULL, r.reason,
        -r.amount_minor, -r.fee_minor
    FROM recoveries r JOIN ledger_journals j ON j.key = 'recovery:' || r.id
    WHERE r.payee_party_id = :payee AND r.currency = :currency AND r.how IN ('reversal', 'receivable'))
"""

YEARS = """
SELECT extract(year FROM at AT TIME ZONE :zone)::int AS year,
    coalesce(sum(net + fee) FILTER (WHERE what <> 'taken_back'), 0) AS gross,
    coalesce(sum(fee) FILTER (WHERE what <> 'taken_back'), 0) AS fee,
    coalesce(sum(net) FILTER (WHERE what <> 'taken_back'), 0) AS net,
    coalesce(sum(net) FILTER (WHERE what = 'sent'), 0) AS sent,
    coalesce(sum(net) FILTER (WHERE what = 'set_off'), 0) AS set_off,
    -coalesce(sum(net) FILTER (WHERE what = 'taken_back'), 0) AS taken_back,
    -coalesce(sum(fee) FILTER (WHERE what = 'taken_back'), 0) AS fee_back
FROM lines GROUP BY year ORDER BY year DESC
"""
COUNT = "SELECT count(*) FROM lines WHERE at >= :start AND at < :end"
IN_FULL = """
SELECT l.*, po.evidence ->> 'month' AS month, f.payer_party_id, CAST(:currency AS text) AS currency,
    CASE b.state WHEN 'paid' THEN b.arrives_on END AS in_bank_on
FROM lines l JOIN payouts po ON po.id = l.payout_id JOIN funding_lots lot ON lot.id = l.lot_id JOIN fundings f ON f.id = lot.funding_id
LEFT JOIN bank_payouts b ON b.id = l.bank_payout_id
WHERE l.at >= :start AND l.at < :end ORDER BY l.number
"""


@dataclass(frozen=True)
class Year:
    """A year's sums. `gross` = `net` + `fee`; `net` = `sent` + `set_off`; `taken_back` and its `fee_back` are positive."""

    year: int
    gross: Money
    fee: Money
    net: Money
    sent: Money
    set_off: Money
    taken_back: Money
    fee_back: Money

    @property
    def kept(self) -> Money:
        """What the year left her: `net` less what was taken back in it."""
        return self.net - self.taken_back


@dataclass(frozen=True)
class Line:
    """One payment, or one that was taken back (then `net` and `fee` are negative); `month` of the statement it paid, `2026-11`."""

    journal_id: UUID
    at: datetime
    what: str
    payout_id: UUID
    subject_id: UUID
    net: Money
    fee: Money
    stripe_id: str | None
    in_bank_on: Any
    payer_party_id: UUID
    reason: str
    month: str | None

    @property
    def gross(self) -> Money:
        """With the platform's fee."""
        return self.net + self.fee


def years(payee: UUID, currency: str, zone: str) -> list[Year]:
    """Every year in which something was paid or taken back, newest first."""
    rows = db.session.execute(
        sa.text(LINES + YEARS),
        {"payee": payee, "currency": currency, "zone": zone},
    )
    names = ("gross", "fee", "net", "sent", "set_off", "taken_back", "fee_back")
    return [Year(row.year, *(Money(int(getattr(row, name)), currency) for name in names)) for row in rows]


def in_year(payee: UUID, currency: str, period: Period) -> Year:
    """One year; all zero when nothing was paid in it."""
    return one_of(years(payee, currency, period.zone), currency, period)


def one_of(every: Sequence[Year], currency: str, period: Period) -> Year:
    """The same out of all her years."""
    nothing = Year(period.year, *[Money.zero(currency)] * 7)
    return next((one for one in every if one.year == period.year), nothing)


def count(payee: UUID, currency: str, period: Period) -> int:
    """How many lines a period has."""
    return int(db.session.scalar(sa.text(LINES + COUNT), _told(payee, currency, period)) or 0)


def lines(payee: UUID, currency: str, period: Period, page: int = 1) -> list[Line]:
    """A page of a period's lines, newest first."""
    told = _told(payee, currency, period) | {"limit": PAGE, "offset": (page - 1) * PAGE}
    rows = db.session.execute(sa.text(LINES + IN_FULL + "DESC LIMIT :limit OFFSET :offset"), told)
    return [_line(row) for row in rows]


def every_line(payee: UUID, currency: str, period: Period) -> Iterator[Line]:
    """All of them, oldest first, a few hundred at a time."""
    options = {"yield_per": 500}
    rows = db.session.execute(sa.text(LINES + IN_FULL), _told(payee, currency, period), execution_options=options)
    return (_line(row) for row in rows)


def _told(payee: UUID, currency: str, period: Period) -> dict[str, Any]:
    return {"payee": payee, "currency": currency, "start": period.start, "end": period.end}


def _line(row: Any) -> Line:
    return Line(
        row.journal_id, row.at, row.what, row.payout_id, row.subject_id, Money(int(row.net), row.currency),
        Money(int(row.fee), row.currency), row.stripe_id, row.in_bank_on, row.payer_party_id, row.reason,
        row.month,
    )  # fmt: skip


def directly(payee: UUID, currency: str) -> dict[int, Money]:
    """What brands paid her directly in each year, as far as it has arrived; newest first."""
    year = sa.extract("year", DirectPayment.paid_on)
    rows = db.session.execute(
        sa.select(year, sa.func.sum(DirectPayment.amount_minor))
        .where(*_direct(payee, currency))
        .group_by(year)
        .order_by(year.desc())
    )
    return {int(number): Money(int(minor), currency) for number, minor in rows}


def every_direct(payee: UUID, currency: str, period: Period) -> list[DirectPayment]:
    """The payments behind such a sum, oldest first."""
    days = (DirectPayment.paid_on >= period.first, DirectPayment.paid_on < period.after)
    statement = sa.select(DirectPayment).where(*_direct(payee, currency), *days)
    order = (DirectPayment.paid_on, DirectPayment.id)
    return list(db.session.scalars(statement.options(selectinload(DirectPayment.answers)).order_by(*order)))


def _direct(payee: UUID, currency: str) -> tuple[Any, ...]:
    newest = sa.select(DirectPaymentAnswer.word).where(DirectPaymentAnswer.payment_id == DirectPayment.id)
    newest = newest.order_by(DirectPaymentAnswer.id.desc()).limit(1)
    return (
        DirectPayment.payee_party_id == payee,
        DirectPayment.currency == currency,
        newest.scalar_subquery().in_(ARRIVED),
    )
