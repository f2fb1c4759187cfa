"""Who may write when: lines are posted under a shared lock, a month is closed under the exclusive one.

So nothing is ever written into a closed period: a close waits for every writer, and a later writer
gets a time after the last close. One shop's news is worked on by one process at a time. Lock order:
shop, then program.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.affiliate.models import Program
from marketplace.affiliate.sales_models import Close


def hold_shop(shop_id: UUID) -> None:
    """Until this transaction ends, nobody else works on this shop's news."""
    db.hold("affiliate.shop", shop_id)


def begin(program_id: UUID) -> datetime:
    """Hold off closes until this transaction ends. Returns the time to post with."""
    db.hold("affiliate.program", program_id, shared=True)
    closed = closed_until(program_id)
    return max(clock.now(), closed) if closed else clock.now()


def begin_close(program: Program) -> None:
    """Wait for every writer and hold off new ones until this transaction ends."""
    db.hold("affiliate.program", program.id)


def closed_until(program_id: UUID) -> datetime | None:
    """The end of the last closed month."""
    return db.session.scalar(sa.select(sa.func.max(Close.period_end)).where(Close.program_id == program_id))
