"""Where everything is kept: one SQLite database, in a file or in memory.

Objects are JSON bodies in Stripe's shape, filed by id, kind and account. One request is one transaction behind one lock,
committed before the answer leaves, so a killed process loses nothing it has answered. Ids count upwards and carry the
name of the state they came from: ``ch_test0000000042``.
"""

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value);
CREATE TABLE IF NOT EXISTS objects (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, kind TEXT, account TEXT,
  created INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, account, seq);
CREATE INDEX IF NOT EXISTS objects_by_source ON objects (kind, json_extract(body, '$.source_transaction'));
CREATE INDEX IF NOT EXISTS objects_by_transfer ON objects (kind, json_extract(body, '$.transfer'));
CREATE INDEX IF NOT EXISTS objects_by_status ON objects (kind, json_extract(body, '$.status'));
CREATE INDEX IF NOT EXISTS objects_by_intent ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS movements (id TEXT PRIMARY KEY, account TEXT, currency TEXT, net INTEGER, available_on INTEGER);
CREATE INDEX IF NOT EXISTS movements_by_account ON movements (account, currency);
CREATE TABLE IF NOT EXISTS answers (account TEXT, key TEXT, digest TEXT, status INTEGER, body TEXT, at INTEGER,
  PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS timers (id INTEGER PRIMARY KEY, due INTEGER, verb TEXT, object TEXT);
CREATE INDEX IF NOT EXISTS timers_by_due ON timers (due);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY, place TEXT, kind TEXT, method TEXT, pattern TEXT, remaining INTEGER,
  seconds REAL);
CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY, request_id TEXT, method TEXT, path TEXT, account TEXT,
  idempotency_key TEXT, params TEXT, status INTEGER, fault TEXT, replayed INTEGER);
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, endpoint TEXT, event TEXT, due REAL, attempts INTEGER DEFAULT 0,
  state TEXT DEFAULT 'pending', flaw TEXT, answer TEXT);
CREATE INDEX IF NOT EXISTS deliveries_by_due ON deliveries (state, due);
"""

ID_DIGITS = 10
LAYOUT = 1  # of the tables; a change that an old file cannot have counts up


def column(name: str) -> str:
    """SQL for a top-level field of an object. Raises ValueError for anything but a plain name."""
    if not name.isidentifier():
        raise ValueError(name)
    return f"json_extract(body, '$.{name}')"


class Store:
    """The database and its lock. Use its methods only inside `transaction()`."""

    def __init__(self, path: str = ":memory:"):
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.closing = threading.Event()  # set when the server stops
        self.news = threading.Event()  # set when there is something to deliver
        self.ringing_at: int | None = None  # the moment a running timer was set for
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        if self.db.execute("PRAGMA user_version").fetchone()[0] not in (0, LAYOUT):
            raise OSError(f"{path} was written by another version of devstripe; delete it to start afresh")
        self.db.executescript(
            f"PRAGMA user_version={LAYOUT}; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2000;"
            + TABLES
        )
        with self.transaction():
            if self.meta("name") is None:
                self.set_meta("name", "test" if path == ":memory:" else secrets.token_hex(2))
                self.set_meta("salt", "test" if path == ":memory:" else secrets.token_hex(16))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One unit of work: committed at the end, rolled back when it raises."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the database."""
        self.closing.set()
        with self.lock:
            self.db.close()

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """Rows of a query."""
        return self.db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> None:
        """Execute a statement."""
        self.db.execute(sql, values)

    def meta(self, key: str) -> object:
        """A setting of this state, or None."""
        found = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return found[0][0] if found else None

    def set_meta(self, key: str, value: object) -> None:
        """Keep a setting of this state."""
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def new_id(self, prefix: str) -> str:
        """The next id: the prefix says what it is, e.g. ``ch``, ``cs_test``."""
        number = int(self.meta(f"last {prefix}") or 0) + 1
        self.set_meta(f"last {prefix}", number)
        return f"{prefix}_{self.meta('name')}{number:0{ID_DIGITS}d}"

    def secret(self, purpose: str, length: int = 24) -> str:
        """A token nobody can compute from the id alone; the same again for the same purpose."""
        return hashlib.sha256(f"{self.meta('salt')}:{purpose}".encode()).hexdigest()[:length]

    def put(self, body: dict, kind: str, account: str, created: int) -> dict:
        """File a new object under its id."""
        self.run(
            "INSERT INTO objects (id, kind, account, created, body) VALUES (?, ?, ?, ?, ?)",
            body["id"],
            kind,
            account,
            created,
            json.dumps(body),
        )
        return body

    def save(self, body: dict) -> dict:
        """Keep an object's new body."""
        self.run("UPDATE objects SET body = ? WHERE id = ?", json.dumps(body), body["id"])
        return body

    def find(self, object_id: str, kind: str | None = None, account: str | None = None) -> dict | None:
        """The object's body, or None when it is of another kind, of another account or not there."""
        found = self.rows("SELECT kind, account, body FROM objects WHERE id = ?", object_id)
        if not found or (kind and found[0]["kind"] != kind) or (account and found[0]["account"] != account):
            return None
        return json.loads(found[0]["body"])

    def owner(self, object_id: str) -> str:
        """The account an object belongs to."""
        return str(self.rows("SELECT account FROM objects WHERE id = ?", object_id)[0][0])

    def delete(self, object_id: str) -> None:
        """Forget an object."""
        self.run("DELETE FROM objects WHERE id = ?", object_id)

    def select(self, kind: str, account: str | None = None, **fields: object) -> list[dict]:
        """Objects of a kind, newest first, whose top-level fields equal the given values."""
        conditions = [("account = ?", account)] if account else []
        conditions += [(f"{column(name)} = ?", value) for name, value in fields.items()]
        return self.query(kind, conditions, "DESC", -1)

    def query(self, kind: str, conditions: list[tuple], order: str, limit: int) -> list[dict]:
        """Objects of a kind that fit all conditions (SQL and its values), by age: DESC is newest first; -1: no limit."""
        sql = " AND ".join(["kind = ?", *(one[0] for one in conditions)])
        values = [value for one in conditions for value in one[1:]]
        found = self.rows(f"SELECT body FROM objects WHERE {sql} ORDER BY seq {order} LIMIT ?", kind, *values, limit)  # noqa: S608
        return [json.loads(row["body"]) for row in found]

    def total(self, kind: str, what: str, **fields: object) -> int:
        """The sum of an SQL expression over objects of a kind whose top-level fields equal the given values."""
        sql = " AND ".join(["kind = ?", *(f"{column(name)} = ?" for name in fields)])
        return self.rows(f"SELECT coalesce(sum({what}), 0) FROM objects WHERE {sql}", kind, *fields.values())[0][0]  # noqa: S608

    def forget(self) -> None:
        """Empty the state but for its name, the numbers used up (so that no id comes twice) and endpoints of the command line."""
        for table in ("movements", "answers", "timers", "faults", "requests", "deliveries"):
            self.run(f"DELETE FROM {table}")  # noqa: S608 -- our own names
        self.run("DELETE FROM objects WHERE kind != 'webhook_endpoint' OR created > 0")
        self.run("DELETE FROM meta WHERE key NOT IN ('name', 'salt') AND key NOT LIKE 'last %'")

    def set_timer(self, due: int, verb: str, object_id: str) -> None:
        """Ask for a verb to be done to an object when the clock reaches `due`."""
        self.run("INSERT INTO timers (due, verb, object) VALUES (?, ?, ?)", due, verb, object_id)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the running transaction that is undone when it raises, unless the error says to keep what was done."""
        self.db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            if not getattr(error, "keep", False):
                self.db.execute("ROLLBACK TO part")
            self.db.execute("RELEASE part")
            raise
        self.db.execute("RELEASE part")
