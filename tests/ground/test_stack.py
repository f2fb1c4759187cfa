"""`make run`: answers soon, keeps its data, leaves no process behind, and refuses in sentences."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from marketplace import embedded
from marketplace.config import stack_environ
from tests.browsers import free_port

pytestmark = [pytest.mark.plain, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
SOON = 30.0  # seconds; on a quiet machine it is 5, which `make bench` measures: here other tests run beside
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "STRIPE_API_KEY", "STRIPE_API_BASE", "SMTP_URL", "BASE_URL")


def _hear_ctrl_c() -> None:
    """As a terminal's programs do: where a shell put the tests behind it, SIGINT would be ignored by all they start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Run:
    """One `python -m marketplace.stack` on an instance of its own."""

    def __init__(self, instance: Path, python: str = sys.executable, root: Path = ROOT, **options: Any) -> None:
        self.instance, self.port = instance, free_port()
        self.environ = {name: value for name, value in os.environ.items() if name not in OURS}
        self.environ |= {"INSTANCE": str(instance), "PORT": str(self.port), "DEVSTRIPE_PORT": str(free_port())}
        self.environ |= {"START": "empty", "PYTHONUNBUFFERED": "1"} | options.pop("environ", {})
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [python, "-m", "marketplace.stack"], cwd=root, env=self.environ, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=_hear_ctrl_c, **options,  # noqa: PLW1509 - one call
        )  # fmt: skip

    def ended(self, seconds: float = 60) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        out, err = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, err

    def first_page(self) -> float:
        """Seconds from the start to the first page, which must be a page."""
        while self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=SOON) as answer:
                    assert answer.status == 200
                    assert b"<title>" in answer.read()
                    return time.monotonic() - self.began
            except urllib.error.URLError:
                assert time.monotonic() - self.began < 60
                time.sleep(0.05)
        logs = {log.name: log.read_text()[-3000:] for log in (self.instance / "log").glob("*.log")}
        pytest.fail(f"the stack ended: {self.ended()}\n{logs}")

    def all_parts(self) -> set[str]:
        """Waits until every part runs; their names."""
        deadline = time.monotonic() + 60
        while True:
            running = {name for line in processes_of(self.instance).values() for name in PARTS if PARTS[name] in line}
            if running == set(PARTS) or time.monotonic() > deadline:
                return running
            time.sleep(0.1)

    def interrupt(self, number: signal.Signals) -> tuple[int, str, str]:
        """Signal the supervisor alone and wait for its end."""
        self.process.send_signal(number)
        return self.ended()


PARTS = {
    "postgresql": "bin/postgres",
    "valkey": "valkey-server",
    "web": "granian",
    "worker": "app worker",
    "ticker": "app ticker",
    "devstripe": "-m devstripe",
}


def processes_of(instance: Path) -> dict[int, str]:
    """Living processes of an instance by id: those told of it, and those whose command line names its folders."""
    places = [str(instance), str(embedded.database_home(instance))]
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environ = (folder / "environ").read_bytes().decode()
            zombie = (folder / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            continue
        told = f"INSTANCE={instance}\0" in environ or any(place in line for place in places)
        if told and not zombie and int(folder.name) != os.getpid():
            found[int(folder.name)] = line
    return found


def gone(instance: Path, seconds: float = 20) -> dict[int, str]:
    """What still runs of an instance after at most some seconds."""
    deadline = time.monotonic() + seconds
    while (left := processes_of(instance)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


@pytest.fixture
def instance() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="gw-", dir="/tmp"))
    yield folder
    for pid in processes_of(folder):
        os.kill(pid, signal.SIGKILL)
    home = embedded.database_home(folder)
    shutil.rmtree(folder)
    shutil.rmtree(home, ignore_errors=True)


def test_it_answers_stops_and_keeps_its_data(instance: Path) -> None:
    run = Run(instance)
    assert run.first_page() < SOON
    assert run.all_parts() == set(PARTS)
    told = stack_environ(instance)
    with psycopg.connect(told["DATABASE_OWNER_URL"].replace("+psycopg", "", 1)) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    for name in ("stack.env", "secrets.env"):
        assert stat.S_IMODE((instance / name).stat().st_mode) == 0o600, name
    code, _, err = Run(instance).ended()
    assert (code, err.count("\n")) == (2, 1)
    assert f"Another `make run` is using {instance}" in err

    code, out, err = run.interrupt(signal.SIGINT)
    assert (code, err) == (0, "")
    assert f"http://localhost:{run.port}" in out
    assert gone(instance, 0) == {}, "when the command has ended, everything has"
    assert stack_environ(instance) == {}

    again = Run(instance)
    again.first_page()
    with psycopg.connect(told["DATABASE_OWNER_URL"].replace("+psycopg", "", 1)) as owner:
        assert owner.execute("SELECT answer FROM kept").fetchone() == (42,)
    assert stack_environ(instance)["SECRET_KEY"] == told["SECRET_KEY"], "sessions survive a restart"
    os.kill(again.process.pid, signal.SIGKILL)
    again.ended()
    assert gone(instance) == {}, "even a killed supervisor leaves nothing behind"


def test_a_part_that_ends_is_started_again(instance: Path) -> None:
    run = Run(instance)
    assert run.all_parts() == set(PARTS)
    (ticker,) = (pid for pid, line in processes_of(instance).items() if PARTS["ticker"] in line)
    os.kill(ticker, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while not {pid for pid, line in processes_of(instance).items() if PARTS["ticker"] in line} - {ticker}:
        assert time.monotonic() < deadline, "no new ticker"
        time.sleep(0.1)
    code, _, err = run.interrupt(signal.SIGTERM)
    assert code == 0
    assert "The ticker ended with code -9" in err
    assert gone(instance, 0) == {}


def test_a_failed_start_stops_what_it_started(instance: Path) -> None:
    home = embedded.database_home(instance)
    embedded.start_postgres(home).stop()
    (home / "postgresql" / "PG_VERSION").write_text("14\n")
    code, _, err = Run(instance).ended()
    assert code == 2
    assert err.count("\n") == 1
    assert "written by PostgreSQL 14" in err
    assert gone(instance, 0) == {}


def test_all_problems_are_told_at_once_and_nothing_starts(instance: Path) -> None:
    with socket.socket() as taken, socket.socket() as also_taken:
        for listening in (taken, also_taken):
            listening.bind(("127.0.0.1", 0))
            listening.listen()
        ports = taken.getsockname()[1], also_taken.getsockname()[1]
        unusable = "/proc/nowhere"
        environ = {
            "PORT": str(ports[0]),
            "DEVSTRIPE_PORT": str(ports[1]),
            "INSTANCE": unusable,
            "REDIS_URL": "localhost",
            "START": "everything",
            "DATABASE_OWNER_URL": "postgresql://owner@localhost/goodword",
        }
        code, out, err = Run(instance, environ=environ).ended()
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 6, err
    for words in (
        f"Port {ports[0]} is taken",
        f"Port {ports[1]} is taken",
        f"The folder {unusable} cannot be written",
        "REDIS_URL must look like",
        "START is “everything”",
        "DATABASE_OWNER_URL is set without DATABASE_URL",
    ):
        assert sum(words in line for line in lines) == 1, (words, err)
    assert processes_of(instance) == {}


def test_an_external_database_that_does_not_answer_is_named(instance: Path) -> None:
    nobody = f"postgresql://me:secret@127.0.0.1:{free_port()}/goodword"
    code, _, err = Run(instance, environ={"DATABASE_URL": nobody}).ended()
    assert code == 2
    assert err.startswith("DATABASE_OWNER_URL does not answer")
    assert "secret" not in err
    assert gone(instance, 0) == {}


# Once more as an ordinary user


def python_for(user: pwd.struct_passwd, folder: Path) -> tuple[str, dict[str, str]]:
    """An interpreter that another account can run, and its variables: ours, else a copy of ours in a folder."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    environ = {"PYTHONPATH": packages, "HOME": "/nonexistent", "PATH": os.defpath}
    try:
        subprocess.run([sys.executable, "-c", "import flask"], user=user.pw_uid, env=environ, cwd="/", check=True)
        return sys.executable, environ
    except (OSError, subprocess.CalledProcessError):
        base, name = Path(sys.base_prefix), f"python3.{sys.version_info.minor}"
        left_out = shutil.ignore_patterns("site-packages", "test", "idlelib", "config-*", "__pycache__")
        shutil.copytree(base / "lib" / name, folder / "lib" / name, ignore=left_out)
        for library in (base / "lib").glob("libpython*"):
            shutil.copy(library, folder / "lib" / library.name)
        (folder / "bin").mkdir()
        shutil.copy(base / "bin" / name, folder / "bin" / name)
        return str(folder / "bin" / name), environ | {"LD_LIBRARY_PATH": str(folder / "lib")}


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests here already ran as an ordinary user")
def test_an_ordinary_user_can_run_it(instance: Path) -> None:
    user, root = pwd.getpwnam("nobody"), instance / "project"
    instance.chmod(0o755)
    python, environ = python_for(user, instance / "python")
    for name in ("marketplace", "devstripe", "migrations", "templates", "static"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root / name)
    own = instance / "instance"
    own.mkdir()
    os.chown(own, user.pw_uid, user.pw_gid)
    account: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    readable_only = instance / "readable-only"
    readable_only.mkdir(mode=0o755)
    refused = Run(readable_only, python, root, environ=environ, **account).ended()
    assert refused == (2, "", f"The folder {readable_only} cannot be written: Permission denied.\n")

    run = Run(own, python, root, environ=environ, **account)
    run.first_page()
    assert run.all_parts() == set(PARTS)
    owners = {os.stat(f"/proc/{pid}").st_uid for pid in processes_of(own)}
    assert owners == {user.pw_uid}
    assert (own / "postgresql" / "PG_VERSION").exists(), "an ordinary user's data lie in the instance folder"
    code, _, err = run.interrupt(signal.SIGINT)
    assert (code, err) == (0, "")
    assert gone(own, 0) == {}


def test_the_demo_loads_behind_the_first_page_with_a_line_of_progress(instance: Path) -> None:
    run = Run(instance, environ={"START": "demo"})
    assert run.first_page() < SOON
    assert run.process.stdout is not None
    said = ""
    while "Demo 2/" not in said:
        line = run.process.stdout.readline()
        assert line, f"the stack ended: {said}"
        said += line
    assert re.search(r"^Demo 1/\d+: \w", said, re.MULTILINE)
    run.first_page()
    code, _, err = run.interrupt(signal.SIGINT)
    assert (code, err) == (0, "")
    assert gone(instance, 0) == {}, "a demo half loaded has ended, too"
