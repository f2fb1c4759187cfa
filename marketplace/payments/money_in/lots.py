"""Lots: what is left of each charge, for whom it is protected, and who draws on it, first in, first out.

A lot is one charge's money and never splits: it belongs to the subject it was paid for, and an
allocation may hand a share of it to another subject of the same payer (from a brief's budget to a
deal, and back). What a subject holds of a lot is what it was paid, plus what was allocated to it,
less what was allocated away, paid out, refunded, and held or lost by a chargeback. So a release or a refund always names the
charge its money came in with, however often that money changed its purpose.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.books import chart, ledger
from marketplace.payments.books.ledger import Entry, credit, debit
from marketplace.payments.events import Allocated
from marketplace.payments.models import Allocation, AllocationShare, Lot, LotDraw

# What each subject holds of each lot, as flows that sum up.
FLOWS = """
    SELECT subject_id, id AS lot_id, amount_minor AS minor FROM funding_lots
    UNION ALL SELECT a.to_subject_id, s.lot_id, s.amount_minor
        FROM allocation_shares s JOIN allocations a ON a.id = s.allocation_id
    UNION ALL SELECT a.from_subject_id, s.lot_id, -s.amount_minor
        FROM allocation_shares s JOIN allocations a ON a.id = s.allocation_id
    UNION ALL SELECT p.subject_id, d.lot_id, -d.amount_minor FROM lot_draws d JOIN payouts p ON p.id = d.payout_id
    UNION ALL SELECT r.subject_id, d.lot_id, -d.amount_minor FROM lot_draws d JOIN refunds r ON r.id = d.refund_id
    UNION ALL SELECT h.subject_id, c.lot_id, -h.amount_minor
        FROM chargeback_holds h JOIN chargebacks c ON c.id = h.chargeback_id WHERE h.state <> 'freed'
"""


def remaining(subject: UUID, currency: str) -> list[tuple[Lot, Money]]:
    """The lots a subject holds something of, with how much, oldest charge first."""
    query = sa.text(
        f"SELECT lot_id, sum(minor)::bigint AS minor FROM ({FLOWS}) flows"  # noqa: S608 - our own text
        " WHERE subject_id = :subject GROUP BY lot_id HAVING sum(minor) > 0 ORDER BY lot_id"
    )
    held = {row.lot_id: row.minor for row in db.session.execute(query, {"subject": subject})}
    found = db.session.scalars(sa.select(Lot).where(Lot.id.in_(held), Lot.currency == currency).order_by(Lot.id))
    return [(lot, Money(held[lot.id], currency)) for lot in found]


def holders(lot: Lot) -> list[tuple[UUID, Money]]:
    """Who holds how much of a lot now: first the subject it was paid for, then the others, oldest first."""
    query = sa.text(
        f"SELECT subject_id, sum(minor)::bigint AS minor FROM ({FLOWS}) flows"  # noqa: S608 - our own text
        " WHERE lot_id = :lot GROUP BY subject_id HAVING sum(minor) > 0 ORDER BY subject_id <> :first, subject_id"
    )
    rows = db.session.execute(query, {"lot": lot.id, "first": lot.subject_id})
    return [(row.subject_id, Money(row.minor, lot.currency)) for row in rows]


def plan(subject: UUID, amount: Money) -> list[tuple[Lot, Money]]:
    """Which lots `amount` would come from, oldest first. Raises `ledger.Overdraft` when they hold less."""
    left, shares = amount.minor, []
    for lot, held in remaining(subject, amount.currency):
        share = min(left, held.minor)
        if share > 0:
            shares.append((lot, Money(share, amount.currency)))
            left -= share
    if left > 0:
        raise ledger.Overdraft(_("There is less protected money than this needs. Nothing was moved."))
    return shares


def draw(
    subject: UUID, amount: Money, *, payout_id: UUID | None = None, refund_id: UUID | None = None
) -> list[tuple[Lot, Money]]:
    """Take `amount` from the subject's lots. The caller holds the protected account's lock.

    Raises `ledger.Overdraft` when the lots hold less; the caller's refusal undoes everything.
    """
    shares = plan(subject, amount)
    for lot, share in shares:
        take(lot, share, payout_id=payout_id, refund_id=refund_id)
    return shares


def take(lot: Lot, amount: Money, *, payout_id: UUID | None = None, refund_id: UUID | None = None) -> None:
    """Note a draw on a lot; a negative amount puts it back."""
    row = LotDraw(
        id=db.new_id(), lot_id=lot.id, payout_id=payout_id, refund_id=refund_id, amount_minor=amount.minor,
        created_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)


def allocate(
    *, source: UUID, target: UUID, payer: UUID, amount: Money, description: str, key: str, by: Actor
) -> Allocation:
    """Hand `amount` of what is protected for `source` to `target`, both paid by `payer`; it stays protected.

    `description` names what it is for, to the payer. The same `key` again returns the first.
    Raises `ledger.Overdraft` when less is protected.
    """
    ledger.open_accounts([chart.protected(source), chart.protected(target)], amount.currency)
    if known := db.session.scalar(sa.select(Allocation).where(Allocation.key == key)):
        if (known.from_subject_id, known.to_subject_id, known.amount) != (source, target, amount):
            raise ledger.KeyReused(f"The allocation {key} exists with other content.")
        return known
    with db.session.begin_nested():
        row = _book(source, target, payer, amount, description, key, by)
    emit(Allocated(row.id, source, target, payer, amount.minor, amount.currency), by=by)
    return row


def _book(source: UUID, target: UUID, payer: UUID, amount: Money, description: str, key: str, by: Actor) -> Allocation:
    allocation_id = db.new_id()
    entry = Entry(
        key=f"allocation:{key}",
        kind="allocation",
        legs=[debit(chart.protected(source), amount), credit(chart.protected(target), amount)],
        reason=description,
        subject_id=target,
        evidence={"allocation_id": str(allocation_id), "from": str(source)},
    )
    row = Allocation(
        id=allocation_id, key=key, from_subject_id=source, to_subject_id=target, payer_party_id=payer,
        amount_minor=amount.minor, currency=amount.currency, description=description[:200],
        journal_id=ledger.post(entry, by=by).id, created_at=clock.now(),
    )  # fmt: skip
    shares = plan(source, amount)
    db.session.add(row)
    db.session.flush()
    db.session.add_all(
        AllocationShare(allocation_id=row.id, lot_id=lot.id, amount_minor=share.minor) for lot, share in shares
    )
    db.session.flush()
    return row


def allocated(source: UUID, target: UUID, currency: str) -> Money:
    """What `target` has of `source` on balance: allocated to it less what was given back."""
    signed = sa.case((Allocation.from_subject_id == source, Allocation.amount_minor), else_=-Allocation.amount_minor)
    total = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(signed), 0)).where(
            Allocation.currency == currency,
            sa.or_(
                sa.and_(Allocation.from_subject_id == source, Allocation.to_subject_id == target),
                sa.and_(Allocation.from_subject_id == target, Allocation.to_subject_id == source),
            ),
        )
    )
    return Money(int(total or 0), currency)
