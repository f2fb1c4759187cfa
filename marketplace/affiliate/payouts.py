"""Paying statements out of the program's budget: released whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate.sales_models import BatchPayment, ReleaseBatch, Statement


@dataclass(frozen=True)
class Standing:
    """What became of a statement's releasable amount: nothing_due, waiting, in_payout or paid."""

    word: str
    batch: ReleaseBatch | None = None
    payment: BatchPayment | None = None


def standing(row: Statement) -> Standing:
    """Where the payout of a statement stands now."""
    batch = db.session.scalar(sa.select(ReleaseBatch).where(ReleaseBatch.statement_id == row.id))
    if batch is None:
        return Standing("waiting" if row.releasable_minor else "nothing_due")
    payment = db.session.get(BatchPayment, batch.id)
    return Standing("paid" if payment else "in_payout", batch, payment)
