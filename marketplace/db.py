"""The database: one engine, one session per thread, and the shapes every table shares.

A request or job is one transaction, committed at the edge (`web.py`, `jobs.py`); verbs never
commit. `outside()` is the one exception: it lets the edge call a vendor without a transaction.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, scoped_session, sessionmaker

from marketplace.money import Money

T = TypeVar("T")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> UUID:
    """A time-ordered random id (UUID version 7, RFC 9562): 48 bits of milliseconds, 74 random."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def id_from(*parts: object) -> UUID:
    """The id that these parts always get: the same thing sent again has it already (UUID version 8, RFC 9562)."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).digest()
    value = int.from_bytes(digest, "big") & ~(0xF << 76) | 8 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def short(id: UUID) -> str:
    """An id as addresses carry it: 26 lower-case Crockford base-32 characters."""
    number, out = id.int, []
    for _ in range(26):
        number, digit = divmod(number, 32)
        out.append(_ALPHABET[digit])
    return "".join(reversed(out))


def long(text: str) -> UUID:
    """The id behind `short()`. Raises ValueError for anything `short()` cannot have written."""
    if len(text) != 26:
        raise ValueError("An id has 26 characters.")
    number = 0
    for character in text:
        number = number * 32 + _ALPHABET.index(character)
    if number >> 128:
        raise ValueError("Not an id.")
    return UUID(int=number)


Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
Moment = Annotated[datetime, mapped_column(sa.DateTime(timezone=True))]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
Minor = Annotated[int, mapped_column(sa.BigInteger)]
Currency = Annotated[str, mapped_column(sa.CHAR(3))]


class Base(DeclarativeBase):
    """Every table: named constraints, aware instants, JSONB."""

    metadata = sa.MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: sa.DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


_factory = sessionmaker(expire_on_commit=False)
session: scoped_session[Session] = scoped_session(_factory)
_engine: sa.Engine | None = None


def init(url: str, **options: Any) -> sa.Engine:
    """Connect this process to the database as the application's role."""
    global _engine
    if _engine is not None:
        _engine.dispose()
    settings = {"pool_size": 5, "max_overflow": 5, "pool_pre_ping": True, **options}
    _engine = sa.create_engine(url, **settings)
    session.remove()
    _factory.configure(bind=_engine, join_transaction_mode="conditional_savepoint")
    return _engine


def _forget_inherited() -> None:
    """In a forked child (RQ forks for every job): leave the parent's open connections to the parent."""
    if _engine is not None:
        _engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_inherited)


def engine() -> sa.Engine:
    """The engine of this process. Raises RuntimeError before `init()`."""
    if _engine is None:
        raise RuntimeError("db.init() has not run.")
    return _engine


def bind_for_tests(connection: sa.Connection) -> None:
    """Every session joins `connection`'s outer transaction; a commit releases a savepoint."""
    session.remove()
    _factory.configure(bind=connection, join_transaction_mode="create_savepoint")


def unbind() -> None:
    """Undo `bind_for_tests`."""
    session.remove()
    _factory.configure(bind=_engine, join_transaction_mode="conditional_savepoint")


def outside(call: Callable[[], T]) -> T:
    """Commit what is intended, then `call()` a vendor with no transaction open.

    Only the edge and jobs use it, never a verb. The caller records the outcome afterwards, in the
    transaction that then begins.
    """
    session.commit()
    return call()


def hold(name: str, id: UUID | None = None, *, shared: bool = False) -> None:
    """Hold an advisory lock until this transaction ends; waits for whoever holds it.

    `name` is `package.what`, `id` the row it is about, if any. Alone, or shared with other sharers.
    """
    kind = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    session.execute(sa.select(getattr(sa.func, kind)(_lock_number(name, id))))


def hold_if_free(name: str, id: UUID | None = None, *, shared: bool = False) -> bool:
    """`hold()` without waiting: False where somebody else holds it."""
    kind = "pg_try_advisory_xact_lock_shared" if shared else "pg_try_advisory_xact_lock"
    return bool(session.scalar(sa.select(getattr(sa.func, kind)(_lock_number(name, id)))))


@contextmanager
def held_beside(name: str) -> Iterator[None]:
    """Hold an advisory lock alone while many transactions of this thread come and go."""
    with engine().connect() as connection, connection.begin():
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_number(name, None))))
        yield


@contextmanager
def held_beside_if_free(name: str, id: UUID | None = None) -> Iterator[bool]:
    """The same without waiting: False where somebody else holds it. Whoever dies lets go of it."""
    with engine().connect() as connection, connection.begin():
        yield bool(connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_number(name, id)))))


def _lock_number(name: str, id: UUID | None) -> int:
    """PostgreSQL's advisory locks are 64-bit numbers; names keep two packages from choosing the same."""
    digest = hashlib.blake2b(name.encode() + (id.bytes if id else b""), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def lock(row: T) -> T:
    """Reload `row` under a row lock (`FOR UPDATE`), what was changed on it first written; several in id order.

    Only the row itself is locked, not what it was loaded together with (`joinedload`).
    """
    session.flush()  # a refresh forgets what was not written yet
    session.refresh(row, with_for_update={"of": type(row)})
    return row


def money(minor: str, currency: str) -> Any:
    """A `Money` over two columns of a model: `fee = db.money("fee_minor", "currency")`."""

    def read(row: Any) -> Money | None:
        amount = getattr(row, minor)
        return None if amount is None else Money(amount, getattr(row, currency))

    def write(row: Any, value: Money | None) -> None:
        setattr(row, minor, None if value is None else value.minor)
        if value is not None:
            setattr(row, currency, value.currency)

    return property(read, write)


def migrate(owner_url: str, app_role: str = "goodword_app", revision: str = "head") -> None:
    """Bring the schema to `revision` as the owner role and give `app_role` its rights."""
    from alembic import command
    from alembic.config import Config

    root = Path(__file__).resolve().parent.parent
    config = Config(toml_file=root / "pyproject.toml")
    config.set_main_option("script_location", str(root / "migrations"))
    config.attributes["owner_url"] = owner_url
    config.attributes["app_role"] = app_role
    command.upgrade(config, revision)
