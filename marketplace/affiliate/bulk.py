"""Writing many rows at once with COPY, in the session's own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Jsonb

from marketplace import db
from marketplace.db import Base


def copy_in(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Append rows to a model's table; every row names the same columns. Nothing is read back."""
    if not rows:
        return
    columns = list(rows[0])
    json = {column.name for column in sa.inspect(model).columns if isinstance(column.type, sa.JSON)}
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(str(model.__tablename__)), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    db.session.flush()
    driver: Any = db.session.connection().connection  # psycopg's own, which knows COPY
    with driver.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row([Jsonb(row[name]) if name in json else row[name] for name in columns])
