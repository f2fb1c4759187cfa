"""Every movement on the platform's Stripe balance against its journal, and back.

`mirror()` keeps what Stripe lists; `differences()` reads our tables whole: movements without a journal,
journals without a movement, and pairs whose amounts differ. What Stripe no longer lists, or lists with
another amount than it once did, only a listing can tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.money import Money
from marketplace.payments.books import balance
from marketplace.payments.models import BalanceTransaction, Funding, StripeOperation
from marketplace.payments.reconciliation.differences import Found
from marketplace.payments.states import OperationState

AT_ONCE = 500
CAUSE_OF = {
    **dict.fromkeys(("charge", "payment"), "stray_payment"),
    **dict.fromkeys(("transfer",), "stray_transfer"),
    **dict.fromkeys(("refund", "payment_refund"), "stray_refund"),
    **dict.fromkeys(("payout",), "stray_payout"),
    **dict.fromkeys(("transfer_refund", "transfer_cancel", "transfer_failure"), "came_back"),
    **dict.fromkeys(("refund_failure", "payment_failure_refund"), "refund_failed"),
    **dict.fromkeys(("payout_failure", "payout_cancel"), "payout_failed"),
    **dict.fromkeys(("adjustment", "payment_reversal"), "bank"),
    **dict.fromkeys(("stripe_fee", "stripe_fx_fee", "tax_fee", "network_cost", "application_fee"), "fee"),
    **dict.fromkeys(("topup", "topup_reversal"), "topup"),
}
NET = """SELECT p.journal_id, p.currency,
        sum(CASE p.side WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END)::bigint AS net
    FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
    WHERE a.kind IN ('stripe_pending', 'stripe_available') GROUP BY p.journal_id, p.currency"""


def mirror(listed: list[dict[str, Any]]) -> list[Found]:
    """Keep what Stripe lists; returns those it lists with another amount than when we first saw them."""
    changed = []
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        balance.mirror_all(some)
        rows = {row.id: row for row in _rows([one["id"] for one in some])}
        changed += [
            _pair(rows[one["id"]], Money(one["net"], one["currency"].upper()), rows[one["id"]].net, "changed")
            for one in some
            if one["net"] != rows[one["id"]].net_minor
        ]
    return changed


def vanished(since: datetime, listed: Iterable[str]) -> list[BalanceTransaction]:
    """What our mirror has since then and the list has not; oldest first."""
    rows = db.session.scalars(
        sa.select(BalanceTransaction)
        .where(BalanceTransaction.created_at >= since)
        .order_by(BalanceTransaction.created_at, BalanceTransaction.id)
    )
    known = set(listed)
    return [row for row in rows if row.id not in known]


def as_vanished(row: BalanceTransaction) -> Found:
    """A movement of our books that Stripe does not have."""
    return Found(
        row.id, row.type, "vanished", -row.net, row.created_at, books=row.journal_id is not None,
        in_books=row.net, journal_id=row.journal_id,
    )  # fmt: skip


def differences() -> list[Found]:
    """What our own tables tell: no journal, no movement, or other amounts; oldest first."""
    return unexplained() + _other_amounts() + _without_movement()


def unexplained() -> list[Found]:
    """Movements at Stripe without a journal, each with what probably became of it."""
    rows = db.session.scalars(
        sa.select(BalanceTransaction)
        .where(BalanceTransaction.journal_id.is_(None))
        .order_by(BalanceTransaction.created_at, BalanceTransaction.id)
    ).all()
    marks = _marked([row.mark for row in rows if row.mark])
    return [_unexplained(row, marks.get(row.mark or "")) for row in rows]


def _unexplained(row: BalanceTransaction, mark: tuple[str, UUID | None] | None) -> Found:
    of_its_kind = CAUSE_OF.get(row.type, "unknown")
    cause, operation_id = mark or (of_its_kind, None)
    cause = of_its_kind if of_its_kind == "refund_failed" else cause  # its mark is the refund's, which we have heard of
    return Found(
        row.id, row.type, cause, row.net, row.created_at, books=True, at_stripe=row.net, operation_id=operation_id
    )


def _marked(marks: list[str]) -> dict[str, tuple[str, UUID | None]]:
    """Our marks on Stripe's objects, each with the cause it stands for and the call it belongs to."""
    ids = [UUID(mark) for mark in marks if _is_id(mark)]
    found: dict[str, tuple[str, UUID | None]] = {}
    pages = sa.select(Funding.id, StripeOperation.id).outerjoin(StripeOperation, StripeOperation.row_id == Funding.id)
    for funding_id, operation_id in db.session.execute(pages.where(Funding.id.in_(ids)).order_by(StripeOperation.id)):
        found.setdefault(str(funding_id), ("unheard", operation_id))
    for one in db.session.scalars(sa.select(StripeOperation).where(StripeOperation.id.in_(ids))):
        found[str(one.id)] = (cause_of_call(one), one.id)
    return found


def cause_of_call(operation: StripeOperation) -> str:
    """Why something that we asked for is at Stripe and not in our books."""
    refused = operation.state == OperationState.REFUSED
    return "refused" if refused else "unheard" if operation.state == OperationState.DONE else "outstanding"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _other_amounts() -> list[Found]:
    """Movements whose journal moved another amount."""
    rows = db.session.execute(
        sa.text(
            f"SELECT b.id, coalesce(n.net, 0) AS net FROM balance_transactions b"  # noqa: S608 - our own text
            f" LEFT JOIN ({NET}) n ON n.journal_id = b.journal_id AND n.currency = b.currency"
            " WHERE b.journal_id IS NOT NULL AND coalesce(n.net, 0) <> b.net_minor"
        )
    )
    booked = {row.id: int(row.net) for row in rows}
    return [_pair(row, row.net, Money(booked[row.id], row.currency), "amount") for row in _rows(list(booked))]


def _without_movement() -> list[Found]:
    """Journals that moved our Stripe balance, though nothing moved at Stripe. A settlement needs no movement."""
    rows = db.session.execute(
        sa.text(
            "SELECT j.id, j.key, j.kind, j.occurred_at, n.currency, n.net FROM ledger_journals j"  # noqa: S608 - our own text
            f" JOIN ({NET}) n ON n.journal_id = j.id LEFT JOIN balance_transactions b ON b.journal_id = j.id"
            " WHERE b.id IS NULL AND j.kind <> 'settlement' AND n.net <> 0 ORDER BY j.number"
        )
    )
    return [
        Found(
            row.key, row.kind, "no_movement", Money(-row.net, row.currency), row.occurred_at, books=True,
            in_books=Money(row.net, row.currency), journal_id=row.id,
        )
        for row in rows
    ]  # fmt: skip


def _pair(row: BalanceTransaction, there: Money, here: Money, cause: str) -> Found:
    return Found(
        row.id, row.type, cause, there - here, row.created_at, books=True, at_stripe=there, in_books=here,
        journal_id=row.journal_id,
    )  # fmt: skip


def _rows(ids: list[str]) -> list[BalanceTransaction]:
    statement = sa.select(BalanceTransaction).where(BalanceTransaction.id.in_(ids))
    return list(db.session.scalars(statement.order_by(BalanceTransaction.created_at, BalanceTransaction.id)))
