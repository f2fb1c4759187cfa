"""Alembic's environment: the owner's connection, every package's tables."""

import os
from importlib import import_module
from importlib.util import find_spec

import sqlalchemy as sa
from alembic import context

from app import PACKAGES
from marketplace import deadlines, events, files  # noqa: F401 - their tables
from marketplace.db import Base
from migrations.helpers import grant_rights

for package in PACKAGES:
    if find_spec(f"marketplace.{package}") and find_spec(f"marketplace.{package}.models"):
        import_module(f"marketplace.{package}.models")

url = context.config.attributes.get("owner_url") or os.environ["DATABASE_OWNER_URL"]
if url.startswith("postgresql://"):
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)

engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        grant_rights(connection, context.config.attributes.get("app_role", "goodword_app"))
