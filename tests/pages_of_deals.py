"""What page tests of deals share: reading HTML, counting queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db


def read(answer, status: int = 200) -> BeautifulSoup:
    """The page of an answer, which must have this status."""
    assert answer.status_code == status, (answer.status_code, answer.headers.get("Location"), answer.text[-2000:])
    return BeautifulSoup(answer.data, "html.parser")


def words(answer, status: int = 200) -> str:
    """Its words, spaces made single."""
    return " ".join(read(answer, status).get_text(" ").split())


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SELECTs that run inside."""
    seen: list[str] = []

    def note(connection, cursor, statement, *rest) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)
