"""What `flask deploy-check` finds out by asking: the settings, and the servers they name.

A finding is a sentence and whether it is unsafe. Unsafe ones stop a deployment; the rest are worth a
look. Every server is really asked; one that does not answer is a finding too.
"""

from __future__ import annotations

import os
import smtplib
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
import sqlalchemy as sa

from marketplace.config import Config, problems_for_production

OLDEST_POSTGRESQL = 15
PATIENCE = 5  # seconds a server has to answer
FEWEST_LETTERS = 12  # different characters in a secret that was not typed by hand
EXTENSIONS = {"btree_gist"}
TEXTS = ("the terms of service", "the privacy notice")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Finding:
    """One thing to mend (`unsafe`) or to look at."""

    says: str
    unsafe: bool = True


def findings(config: Config) -> list[Finding]:
    """Everything that stands against running these settings in production, the unsafe first."""
    found = [Finding(sentence) for sentence in problems_for_production(config)]
    for ask in (_secret, _database, _queue, _mail, _storage):
        found += ask(config)
    return sorted(found, key=lambda one: not one.unsafe)


def _secret(config: Config) -> Iterator[Finding]:
    if len(set(config.secret_key)) < FEWEST_LETTERS:
        yield Finding(
            'SECRET_KEY repeats few characters. Make one: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )


# The database


def _database(config: Config) -> Iterator[Finding]:
    """The application's role and schema, as the application finds them."""
    options = {"connect_timeout": PATIENCE}
    engine = sa.create_engine(config.database_url, poolclass=sa.pool.NullPool, connect_args=options)
    try:
        with engine.connect() as connection:
            owner = sa.make_url(config.database_owner_url).username or ""
            yield from _role(connection, owner)
            for ask in (_server, _ownership, _creation, _sealed, _schema, _published):
                yield from ask(connection)
    except sa.exc.SQLAlchemyError as problem:
        yield Finding(f"DATABASE_URL cannot be used: {_first_line(problem)}")


def _server(connection: sa.Connection) -> Iterator[Finding]:
    version = int(connection.scalar(sa.text("SHOW server_version_num")) or 0) // 10_000
    if version < OLDEST_POSTGRESQL:
        yield Finding(f"PostgreSQL is version {version}; {OLDEST_POSTGRESQL} is the oldest that works.")
    zone = connection.scalar(sa.text("SHOW timezone"))
    if zone not in ("UTC", "Etc/UTC", "GMT"):
        yield Finding(f"The database's time zone is {zone}; UTC makes its own clocks read like ours.", unsafe=False)
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        if connection.scalar(sa.text(f"SHOW {name}")) == "off":
            yield Finding(f"PostgreSQL runs with {name} off; a crash could lose money that was booked. Set it on.")


def _role(connection: sa.Connection, owner: str) -> Iterator[Finding]:
    """What the role is, and what it could become."""
    row = connection.execute(
        sa.text(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    powers = {
        "is a superuser": row.rolsuper,
        "may create roles": row.rolcreaterole,
        "may create databases": row.rolcreatedb,
        "bypasses row security": row.rolbypassrls,
        "may replicate": row.rolreplication,
    }
    for words, has in powers.items():
        if has:
            yield Finding(f"The portal's database role {row.rolname} {words}; it needs to do nothing of the kind.")
    inherits = sa.text(
        "SELECT rolname FROM pg_roles WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')"
    )
    if not row.rolsuper:
        for other in connection.scalars(inherits):
            what = "which owns the tables" if other == owner else "and has its rights"
            yield Finding(f"The portal's database role {row.rolname} is a member of {other}, {what}. Revoke it.")


def _ownership(connection: sa.Connection) -> Iterator[Finding]:
    owned = connection.scalars(
        sa.text("""
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relowner = current_user::regrole AND n.nspname NOT LIKE 'pg\\_%' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
        ORDER BY c.relname""")
    ).all()
    if owned:
        yield Finding(
            f"The portal's database role owns {_some(owned)}; it must own nothing, or it could drop the ledger's guards."
        )
    if connection.scalar(
        sa.text("SELECT datdba = current_user::regrole FROM pg_database WHERE datname = current_database()")
    ):
        yield Finding("The portal's database role owns the database. Give it to the owner's role.")


def _creation(connection: sa.Connection) -> Iterator[Finding]:
    if connection.scalar(sa.text("SELECT has_schema_privilege('public', 'CREATE')")):
        yield Finding(
            "The portal's database role may create tables: REVOKE CREATE ON SCHEMA public FROM PUBLIC, and from it."
        )
    if connection.scalar(sa.text("SELECT has_database_privilege(current_database(), 'CREATE')")):
        yield Finding("The portal's database role may create schemas. Revoke CREATE on the database from it.")


def _sealed(connection: sa.Connection) -> Iterator[Finding]:
    """Insert-only tables: their trigger is awake, and the role lacks the rights even to try."""
    rows = connection.execute(
        sa.text("""
        SELECT c.relname, bool_and(t.tgenabled IN ('O', 'A')) AS awake,
            has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE') AS may_update,
            has_table_privilege(c.oid, 'DELETE') AS may_delete, has_table_privilege(c.oid, 'TRUNCATE') AS may_truncate
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgname IN ('append_only', 'append_only_truncate') GROUP BY c.oid, c.relname ORDER BY c.relname""")
    ).all()
    verbs = {"change": "may_update", "delete from": "may_delete", "empty": "may_truncate"}
    for verb, column in verbs.items():
        tables = [row.relname for row in rows if getattr(row, column)]
        if tables:
            yield Finding(
                f"The portal's database role may {verb} {_some(tables)}; these tables only grow. Run flask migrate."
            )
    asleep = [row.relname for row in rows if not row.awake]
    if asleep:
        yield Finding(
            f"The guard against changes is switched off on {_some(asleep)}. ALTER TABLE … ENABLE TRIGGER ALL."
        )


def _schema(connection: sa.Connection) -> Iterator[Finding]:
    from alembic.config import Config as Alembic
    from alembic.script import ScriptDirectory

    settings = Alembic(toml_file=ROOT / "pyproject.toml")
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    head = ScriptDirectory.from_config(settings).get_current_head()
    if not sa.inspect(connection).has_table("alembic_version"):
        yield Finding("The database is empty. Run flask migrate.")
        return
    at = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if at != head:
        yield Finding(f"The schema stands at {at}, this release needs {head}. Run flask migrate.")
    held = set(connection.scalars(sa.text("SELECT extname FROM pg_extension")))
    for name in sorted(EXTENSIONS - held):
        yield Finding(f"The extension {name} is missing. Create it as a superuser, then run flask migrate.")


def _published(connection: sa.Connection) -> Iterator[Finding]:
    """What everybody who signs up should be able to read, once the portal is set up."""
    if "terms_id" not in {column["name"] for column in _columns(connection, "instance")}:
        return
    row = connection.execute(sa.text("SELECT terms_id, privacy_id FROM instance")).first()
    missing = [] if row is None else [words for id, words in zip(row, TEXTS, strict=True) if id is None]
    if missing:
        yield Finding(f"Not published yet: {' and '.join(missing)}. Write them at /staff/legal.", unsafe=False)


def _columns(connection: sa.Connection, table: str) -> Sequence[Any]:
    found = sa.inspect(connection)
    return found.get_columns(table) if found.has_table(table) else []


# The other servers


def _queue(config: Config) -> Iterator[Finding]:
    """Redis loses nothing we need, but it must not forget a hint while it is asked to keep it."""
    server: redis.Redis = redis.Redis.from_url(
        config.redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
    )
    try:
        server.ping()
    except (redis.RedisError, OSError) as problem:
        yield Finding(f"REDIS_URL does not answer: {_first_line(problem)}")
        return
    try:
        policy = dict(server.config_get("maxmemory-policy")).get("maxmemory-policy")
        durable = dict(server.config_get("appendonly")).get("appendonly")
    except redis.RedisError:
        yield Finding("Redis does not tell its settings; see that maxmemory-policy is noeviction.", unsafe=False)
        return
    if policy != "noeviction":
        yield Finding(f"Redis drops keys when memory is short (maxmemory-policy {policy}); set it to noeviction.")
    if durable != "yes":
        sentence = "Redis keeps nothing over a restart (appendonly no); jobs wait for the next sweep then."
        yield Finding(sentence, unsafe=False)


def _mail(config: Config) -> Iterator[Finding]:
    """The mail server answers and takes the name and password; no mail is sent."""
    if config.smtp_url is None:
        return
    parts = urlsplit(config.smtp_url)
    secure = parts.scheme == "smtps"
    host, port, trusted = parts.hostname or "", parts.port or (465 if secure else 587), ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusted)
            if secure
            else smtplib.SMTP(host, port, timeout=PATIENCE)
        ) as server:
            server.ehlo()
            if not secure and server.has_extn("starttls"):
                server.starttls(context=trusted)
                server.ehlo()
            elif not secure:
                yield Finding(
                    "The mail server offers no encryption; mail and password would travel in the clear.", unsafe=False
                )
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
    except (OSError, smtplib.SMTPException) as problem:
        yield Finding(f"SMTP_URL does not answer as it should: {_first_line(problem)}", unsafe=False)


def _storage(config: Config) -> Iterator[Finding]:
    """Uploads and documents can be written, and only by us."""
    try:
        config.storage_path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=config.storage_path):
            pass
    except OSError as problem:
        yield Finding(f"STORAGE_PATH {config.storage_path} cannot be written: {problem.strerror}.")
        return
    if os.stat(config.storage_path).st_mode & 0o002:
        yield Finding(f"STORAGE_PATH {config.storage_path} may be written by anybody on this machine.")


def _some(names: Sequence[str]) -> str:
    """`a, b, c and 12 more`."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _first_line(problem: BaseException) -> str:
    cause = getattr(problem, "orig", None) or problem
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
