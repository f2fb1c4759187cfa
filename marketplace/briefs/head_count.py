"""The head count of a brief: how many of its places deals took, and for how many the pay is settled.

Deals are kept by `collaborations`, which stands above briefs and lends its two counts by `lend()` as
SQL on `briefs.id`, so that a search can ask them, too. A place is taken while its deal lives or is
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


_lent: list[tuple[Count, Count]] = []


def lend(taken: Count, paid: Count) -> None:
    """The package that keeps deals counts them from now on, each a subquery correlated to `briefs.id`."""
    _lent[:] = [(taken, paid)]


def of_many(brief_ids: Iterable[UUID]) -> dict[UUID, HeadCount]:
    """The head counts of many briefs in one query."""
    ids = list(brief_ids)
    if not ids:
        return {}
    taken, paid = _lent[0]
    rows = db.session.execute(sa.select(Brief.id, taken, paid).where(Brief.id.in_(ids)))
    return {key: HeadCount(*counts) for key, *counts in rows}


def of(brief: Brief) -> HeadCount:
    """The head count of one brief."""
    return of_many([brief.id])[brief.id]


def free() -> sa.ColumnElement[bool]:
    """A condition for a search: the brief has a place left."""
    return _lent[0][0] < Brief.head_count
