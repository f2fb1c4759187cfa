"""deploy-check asks the database, the queue and the mail server themselves, and names each thing that is unsafe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from psycopg import sql

from marketplace import deploy
from marketplace.config import Config
from marketplace.embedded import SUPERUSER
from migrations.helpers import grant_rights
from tests.ground.test_config import PRODUCTION
from tests.services import Services

pytestmark = pytest.mark.plain
NOWHERE = "smtp://127.0.0.1:9"


@dataclass
class Deployment:
    """A migrated database and a role of its own on it, which a test makes unsafe."""

    services: Services
    database: str
    role: str
    config: Config

    def does(self, *statements: str) -> None:
        """As the superuser, in that database; `{role}` is the portal's role."""
        with psycopg.connect(
            host=str(self.services.postgres.sockets), user=SUPERUSER, dbname=self.database, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement).format(role=sql.Identifier(self.role)))

    def says(self, *, unsafe: bool | None = None) -> list[str]:
        """What deploy-check finds."""
        return [one.says for one in deploy.findings(self.config) if unsafe in (None, one.unsafe)]


@pytest.fixture
def deployment(services: Services, tmp_path: Path) -> Iterator[Deployment]:
    environ = services.environ("deploy")
    owner = sa.make_url(environ["DATABASE_OWNER_URL"].replace("postgresql:", "postgresql+psycopg:"))
    role, database = f"portal_{services.me}", str(owner.database)
    environ |= {
        "DATABASE_URL": services.postgres.url(role, database),
        "STORAGE_PATH": str(tmp_path),
        "SMTP_URL": NOWHERE,
    }
    made = Deployment(services, database, role, Config.from_environ(PRODUCTION | environ))
    made.does("DROP ROLE IF EXISTS {role}", "CREATE ROLE {role} LOGIN")
    with sa.create_engine(owner, poolclass=sa.pool.NullPool).begin() as connection:
        grant_rights(connection, role)
    yield made
    made.does("REASSIGN OWNED BY {role} TO goodword_owner", "DROP OWNED BY {role}", "DROP ROLE {role}")


def test_a_sound_deployment_has_nothing_unsafe_but_that_the_tests_own_servers_may_forget(
    deployment: Deployment,
) -> None:
    found = deployment.says(unsafe=True)
    assert [words for words in found if "a crash could lose money" not in words] == []
    looked_at = deployment.says(unsafe=False)
    assert any(words.startswith("SMTP_URL does not answer") for words in looked_at)
    assert any(words.startswith("Redis keeps nothing over a restart") for words in looked_at)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("ALTER ROLE {role} SUPERUSER", "is a superuser"),
        ("ALTER ROLE {role} CREATEROLE", "may create roles"),
        ("ALTER ROLE {role} CREATEDB", "may create databases"),
        ("GRANT goodword_owner TO {role}", "is a member of goodword_owner, which owns the tables"),
        ("GRANT CREATE ON SCHEMA public TO {role}", "may create tables"),
        (
            "DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || current_database() || ' TO ' || '{role}'; END $$",
            "may create schemas",
        ),
        ("ALTER TABLE samples OWNER TO {role}", "owns samples"),
        ("GRANT UPDATE ON ledger_postings TO {role}", "may change ledger_postings"),
        ("GRANT UPDATE (amount_minor) ON direct_payments TO {role}", "may change direct_payments"),
        ("GRANT DELETE ON events TO {role}", "may delete from events"),
        ("GRANT TRUNCATE ON signatures TO {role}", "may empty signatures"),
        ("ALTER TABLE ledger_postings DISABLE TRIGGER append_only", "switched off on ledger_postings"),
        ("UPDATE alembic_version SET version_num = '0001'", "The schema stands at 0001"),
        ("DROP EXTENSION btree_gist CASCADE", "extension btree_gist is missing"),
    ],
)
def test_a_bad_role_or_schema_is_named(deployment: Deployment, statement: str, words: str) -> None:
    deployment.does(statement.replace("'{role}'", f"'{deployment.role}'"))
    assert any(words in sentence for sentence in deployment.says(unsafe=True)), deployment.says()


def test_another_time_zone_is_worth_a_look(deployment: Deployment) -> None:
    deployment.does("ALTER ROLE {role} SET timezone TO 'Asia/Tokyo'")
    assert any("time zone is Asia/Tokyo" in words for words in deployment.says(unsafe=False))


def test_servers_that_do_not_answer_are_found_out(deployment: Deployment) -> None:
    url = deployment.services.postgres.url(deployment.role, "nowhere").replace("postgresql:", "postgresql+psycopg:")
    away = replace(
        deployment.config, database_url=url, redis_url="redis://127.0.0.1:9/0", secret_key="ab" * 40,
        storage_path=Path("/proc/nowhere"),
    )  # fmt: skip
    found = [one.says for one in deploy.findings(away) if one.unsafe]
    for words in ("DATABASE_URL cannot be used", "REDIS_URL does not answer", "SECRET_KEY repeats", "STORAGE_PATH"):
        assert any(sentence.startswith(words) for sentence in found), words


def test_a_redis_that_drops_keys_is_unsafe(deployment: Deployment) -> None:
    import redis

    with redis.Redis.from_url(deployment.config.redis_url) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert any("noeviction" in words for words in deployment.says(unsafe=True))
        finally:
            server.config_set("maxmemory-policy", "noeviction")


def test_the_command_prints_each_finding_and_exits_with_1(deployment: Deployment, app: Flask, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(deployment.config, base_url="http://goodword.example"))
    with app.app_context():
        answer = app.test_cli_runner().invoke(args=["deploy-check"])
    assert answer.exit_code == 1
    assert "BASE_URL is not https" in answer.output
    assert "Worth a look: SMTP_URL does not answer" in answer.output


def test_terms_that_nobody_has_written_are_worth_a_look_once_the_portal_is_set_up(deployment: Deployment) -> None:
    assert not any("terms of service" in words for words in deployment.says())
    deployment.does(
        "INSERT INTO parties (id, kind, name, country, zone, language, created_at)"
        " VALUES ('00000000-0000-7000-8000-000000000001', 'operator', 'Op', 'US', 'UTC', 'en', now())",
        "INSERT INTO instance (id, shape, country, currency, platform_fee_bps, operator_party_id, set_up_at)"
        " VALUES (1, 'agency', 'US', 'USD', 0, '00000000-0000-7000-8000-000000000001', now())",
    )
    sentence = "Not published yet: the terms of service and the privacy notice. Write them at /staff/legal."
    assert sentence in deployment.says(unsafe=False)
