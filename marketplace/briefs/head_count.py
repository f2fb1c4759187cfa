"""The head count of a brief: how many of its places deals took, and for how many the pay is settled.

Deals are kept by `collaborations`, which lends its two counts as SQL on `briefs.id`, so that a search can
ask them, too. A place is taken while its deal lives or is
done, and free again once the deal is cancelled. It is paid once its deal is past its payment,
whether that came out of the brief's budget, from a card or needs none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.briefs.models import Brief
from marketplace.lent import Lent

Count = sa.ScalarSelect[Any]


@dataclass(frozen=True)
class HeadCount:
    """`taken` and `paid` count deals, `paid` among `taken`."""

    taken: int = 0
    paid: int = 0

    def free(self, offered: int) -> int:
        """How many of the offered places nobody has yet."""
        return max(0, offered - self.taken)

    def unpaid(self, offered: int) -> int:
        """How many of the offered places still need their pay, taken or not."""
        return max(0, offered - self.paid)


@dataclass(frozen=True)
class Counts:
    """How many deals took a place, and how many of them are paid: each a subquery correlated to `briefs.id`."""

    taken: Count
    paid: Count


counts: Lent[Counts] = Lent()


def of_many(brief_ids: Iterable[UUID]) -> dict[UUID, HeadCount]:
    """The head counts of many briefs in one query."""
    ids = list(brief_ids)
    if not ids:
        return {}
    count = counts.the_one
    rows = db.session.execute(sa.select(Brief.id, count.taken, count.paid).where(Brief.id.in_(ids)))
    return {key: HeadCount(taken, paid) for key, taken, paid in rows}


def of(brief: Brief) -> HeadCount:
    """The head count of one brief."""
    return of_many([brief.id])[brief.id]


def free() -> sa.ColumnElement[bool]:
    """A condition for a search: the brief has a place left."""
    return counts.the_one.taken < Brief.head_count
