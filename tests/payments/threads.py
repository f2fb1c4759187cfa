"""Real threads on a database of their own that commits: for races that one transaction cannot show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import sqlalchemy as sa
from flask import Flask

from marketplace import db
from tests.services import Services

CONNECTIONS = 24  # two processes of one test run share the server's 80; more clients than that wait for one


@contextmanager
def committed_database(services: Services, name: str) -> Iterator[dict[str, str]]:
    """Sessions of this process work on a fresh database and really commit. Yields its variables."""
    environ = services.environ(name)
    engine = sa.create_engine(environ["DATABASE_URL"], pool_size=4, max_overflow=CONNECTIONS - 4, pool_timeout=60)
    db.session.remove()
    db._factory.configure(bind=engine, join_transaction_mode="conditional_savepoint")
    try:
        yield environ
    finally:
        db.session.remove()
        engine.dispose()


def at_once(app: Flask, calls: list[Callable[[], Any]], workers: int = 16) -> list[Any]:
    """Run each call as a committed transaction of a thread, `workers` at a time, which all begin together.

    Returns results, or what was raised.
    """
    workers = min(workers, len(calls))
    begin = Barrier(workers)

    def one(number: int, call: Callable[[], Any]) -> Any:
        with app.test_request_context():
            try:
                if number < workers:
                    begin.wait(60)
                result = call()
                db.session.commit()
                return result
            except Exception as problem:
                db.session.rollback()
                return problem
            finally:
                db.session.remove()

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(one, range(len(calls)), calls))
