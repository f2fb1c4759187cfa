"""The real PostgreSQL and Valkey of a test run: one each for the whole run, in a private folder, gone afterwards.

Under xdist the controller starts them and tells its workers where they are. Every worker has a copy
of one migrated template database, another copy for its live server, and two numbered Valkey databases.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from marketplace import db, embedded
from marketplace.embedded import APP_ROLE, OWNER_ROLE, Postgres, Valkey

TEMPLATE = "goodword_template"
ONE_AT_A_TIME = 7_301_000  # advisory lock: one worker makes the template, the others wait


@dataclass(frozen=True)
class Services:
    """Where the servers of this run are, and who `me` is among its processes ("main", "gw0" …)."""

    postgres: Postgres
    valkey: Valkey
    me: str = "main"

    @classmethod
    def start(cls) -> tuple[Services, Path]:
        """Start both; returns them and the folder to remove after `stop()`."""
        # /tmp and not TMPDIR: root's PostgreSQL runs as another account, which must be able to get there.
        folder = Path(tempfile.mkdtemp(prefix="goodword-tests-", dir="/tmp"))
        folder.chmod(0o711)
        postgres = embedded.start_postgres(folder / "pg", durable=False)
        valkey = embedded.start_valkey(folder / "vk", durable=False)
        return cls(postgres, valkey), folder

    def stop(self, folder: Path) -> None:
        """Stop both and remove their folder."""
        self.postgres.stop()
        self.valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)

    def describe(self) -> dict[str, str]:
        """What a worker needs to know to find them."""
        return {"sockets": str(self.postgres.sockets), "valkey": str(self.valkey.socket)}

    @classmethod
    def found(cls, described: dict[str, str], me: str) -> Services:
        """The servers as a worker sees them; it never stops them."""
        postgres = Postgres(0, Path(described["sockets"]), None)
        return cls(postgres, Valkey(0, Path(described["valkey"]), None), me)

    def copy(self, purpose: str) -> str:
        """A fresh database of this process, copied from the migrated template (45 ms). Returns its name."""
        name = f"goodword_{self.me}_{purpose}"
        with self.postgres.admin() as admin:
            admin.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            if not admin.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", [TEMPLATE]
            ).fetchone():
                self._make_template()
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            names = sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER_ROLE)
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*names))
        return name

    def _make_template(self) -> None:
        embedded.prepare_database(self.postgres, TEMPLATE)
        db.migrate(self.postgres.url(OWNER_ROLE, TEMPLATE))
        with self.postgres.admin() as admin:
            admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(TEMPLATE)))

    def compiled(self) -> str:
        """The folder where this run's processes find the templates that one of them has compiled."""
        folder = self.valkey.socket.parent / "templates"
        folder.mkdir(exist_ok=True)
        return str(folder)

    def environ(self, purpose: str) -> dict[str, str]:
        """The variables of an application on a fresh database; purpose "tests" or "live"."""
        database = self.copy(purpose)
        number = 0 if self.me == "main" else 2 + 2 * int(self.me.removeprefix("gw"))
        return {
            "DATABASE_URL": self.postgres.url(APP_ROLE, database),
            "DATABASE_OWNER_URL": self.postgres.url(OWNER_ROLE, database),
            "REDIS_URL": self.valkey.url(number + (purpose == "live")),
        }
