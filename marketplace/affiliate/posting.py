"""Who may write when: lines are posted under a shared lock, a month is closed under the exclusive one.

So nothing is ever written into a closed period: a close waits for every writer, and a later writer
gets a time after the last close. One shop's news is worked on by one process at a time. Lock order:
shop, then program.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from marketplace import clock, db
from marketplace.affiliate.models import Program
from marketplace.affiliate.sales_models import Close


def _number(name: str, id: UUID) -> int:
    digest = hashlib.blake2b(name.encode() + id.bytes, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def hold_shop(shop_id: UUID) -> None:
    """Until this transaction ends, nobody else works on this shop's news."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_number("affiliate.shop", shop_id))))


def begin(program_id: UUID) -> datetime:
    """Hold off closes until this transaction ends. Returns the time to post with."""
    lock = sa.func.pg_advisory_xact_lock_shared(_number("affiliate.program", program_id))
    db.session.execute(sa.select(lock))
    closed = closed_until(program_id)
    return max(clock.now(), closed) if closed else clock.now()


def begin_close(program: Program) -> None:
    """Wait for every writer and hold off new ones until this transaction ends."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_number("affiliate.program", program.id))))


def closed_until(program_id: UUID) -> datetime | None:
    """The end of the last closed month."""
    return db.session.scalar(sa.select(sa.func.max(Close.period_end)).where(Close.program_id == program_id))


@contextmanager
def replay(program_id: UUID) -> Iterator[None]:
    """While imported history is replayed with the clock of its own time, nobody else closes months."""
    number = _number("affiliate.replay", program_id)
    with db.engine().connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(number)))
        connection.commit()
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))


def is_replayed(program_id: UUID) -> bool:
    """Is the program's history being replayed right now?"""
    number = _number("affiliate.replay", program_id)
    return not db.session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock_shared(number)))
