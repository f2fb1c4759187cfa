"""The schema: models and migrations agree, no naive time, no float, one chain of migrations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from marketplace import db
from marketplace.db import Base
from tests.services import Services

ROOT = Path(__file__).parents[2]


def test_models_and_migrations_agree(app: Flask, services: Services) -> None:
    """What `alembic check` says, on the database of the tests."""
    with db.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert not differences, "\n".join(map(str, differences))


@pytest.mark.plain
def test_migrations_are_one_chain_without_a_number_twice() -> None:
    down = {}
    for path in sorted((ROOT / "migrations/versions").glob("*.py")):
        text = path.read_text()
        revision = re.search(r'^revision = "(\w+)"', text, re.MULTILINE)
        before = re.search(r'^down_revision = (?:"(\w+)"|None)', text, re.MULTILINE)
        assert revision is not None, f"{path.name} names no revision"
        assert before is not None, f"{path.name} names no revision"
        assert revision[1] not in down, f"{path.name} has a number that another one has"
        assert path.name.startswith(revision[1] + "_"), f"{path.name} is not named by its number {revision[1]}"
        down[revision[1]] = before[1]
    numbers = sorted(down)
    assert [down[number] for number in numbers] == [None, *numbers[:-1]]


def columns() -> list[sa.Column]:
    return [column for table in Base.metadata.sorted_tables for column in table.columns]


def test_no_column_keeps_a_time_without_a_zone(app: Flask) -> None:
    naive = [str(c) for c in columns() if isinstance(c.type, sa.DateTime) and not c.type.timezone]
    assert not naive, naive


def test_no_column_keeps_money_as_a_float(app: Flask) -> None:
    floats = [str(c) for c in columns() if isinstance(c.type, (sa.Float, sa.REAL))]
    assert not floats, floats
    inexact = [str(c) for c in columns() if c.name.endswith("_minor") and not isinstance(c.type, sa.BigInteger)]
    assert not inexact, f"minor units need 64 bits: {inexact}"
