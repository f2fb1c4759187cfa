"""Real threads on a database of their own that commits: for races that one transaction cannot show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace import db
from tests.services import Services


@contextmanager
def committed_database(services: Services, name: str) -> Iterator[dict[str, str]]:
    """Sessions of this process work on a fresh database and really commit. Yields its variables."""
    environ = services.environ(name)
    engine = sa.create_engine(environ["DATABASE_URL"], pool_size=24)
    db.session.remove()
    db._factory.configure(bind=engine, join_transaction_mode="conditional_savepoint")
    try:
        yield environ
    finally:
        db.session.remove()
        engine.dispose()


def at_once(app: Flask, calls: list[Callable[[], Any]]) -> list[Any]:
    """Run each call in a thread of its own, each a committed transaction; returns results or what was raised."""

    def one(call: Callable[[], Any]) -> Any:
        with app.test_request_context():
            try:
                result = call()
                db.session.commit()
                return result
            except Exception as problem:
                db.session.rollback()
                return problem
            finally:
                db.session.remove()

    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(one, calls))
