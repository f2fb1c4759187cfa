"""`make run`: checks the machine, starts every part of the portal, and stops what it started on every way out.

Parts: PostgreSQL and Valkey (unless named by URL), the web server, migrations, devstripe (unless a key of
Stripe's is set), a worker, the ticker, and then the demo. Imports little on purpose: this process
stays for as long as the stack does, and the first page waits for it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

import psycopg
from cryptography.fernet import Fernet

from marketplace import embedded
from marketplace.config import ROOT, WEBHOOK_ENDPOINTS, Config, ConfigProblems, instance_path
from marketplace.processes import CannotStart, adopt_orphans, die_with_parent, end_orphans, last_line

DATABASE = "goodword"
FIRST_PAGE = 60.0  # seconds the web server has to answer
GRACE = 10.0  # seconds a part has to end by itself
RESTARTS = 3  # within a minute; then something is wrong that restarting does not mend
MARKS = ("DATABASE_READY", "SCHEMA_READY")
FLASK = (sys.executable, "-m", "flask", "--app", "app")


def main() -> int:
    """Run the stack until it is told to stop. Returns the exit code: 2 when nothing could be started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    instance = instance_path(os.environ)
    stack = Stack(instance)
    try:
        if problems := find_problems(os.environ, instance):
            _say(*problems, to=sys.stderr)
            return 2
        stack.start()
        stack.watch()
        return 1
    except CannotStart as problem:
        _say(str(problem), to=sys.stderr)
        return 2
    except KeyboardInterrupt:
        _say("", "Stopping.")
        return 0
    finally:
        stack.stop()


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(*lines: str, to: IO[str] | None = None) -> None:
    for line in lines:
        print(line, file=to or sys.stdout, flush=True)


# Before anything starts: everything that is wrong, at once


def find_problems(environ: Mapping[str, str], instance: Path) -> list[str]:
    """Why the stack cannot start here, a sentence each; an empty list when it can."""
    problems: list[str] = []
    try:
        Config.from_environ(environ)
    except ConfigProblems as found:
        problems += found.problems
    if environ.get("DATABASE_OWNER_URL") and not environ.get("DATABASE_URL"):
        problems.append("DATABASE_OWNER_URL is set without DATABASE_URL; set both, or neither.")
    ports = {"PORT": _port(environ.get("PORT", ""), 8000)}
    if _needs_devstripe(environ):
        ports["DEVSTRIPE_PORT"] = devstripe_port(environ)
        if str(ports["DEVSTRIPE_PORT"]) != environ.get("DEVSTRIPE_PORT", str(ports["DEVSTRIPE_PORT"])):
            problems.append("DEVSTRIPE_PORT must be a whole number from 1 to 65535.")
    problems += [sentence for name, port in ports.items() if (sentence := _port_problem(name, port))]
    folders = [instance]
    if os.geteuid() == 0 and not environ.get("DATABASE_URL"):
        folders.append(embedded.ROOT_HOME)
    if environ.get("STORAGE_PATH"):
        folders.append(Path(environ["STORAGE_PATH"]))
    problems += [sentence for folder in folders if (sentence := _folder_problem(folder))]
    return problems


def _port(text: str, default: int) -> int:
    """A port number; the default for what is none, which Config tells in words."""
    return int(text) if text.isdecimal() and 1 <= int(text) <= 65535 else default


def devstripe_port(environ: Mapping[str, str]) -> int:
    """DEVSTRIPE_PORT, else the one after PORT."""
    port = _port(environ.get("PORT", ""), 8000)
    return _port(environ.get("DEVSTRIPE_PORT", ""), port + 1 if port < 65535 else port - 1)


def _needs_devstripe(environ: Mapping[str, str]) -> bool:
    return not environ.get("STRIPE_API_KEY") and not environ.get("STRIPE_API_BASE")


def _port_problem(name: str, port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return f"Port {port} is reserved for root; set {name} to one above 1023."
        except OSError:
            return f"Port {port} is taken; stop what listens there, or set {name} to another one."
    return None


def _folder_problem(folder: Path) -> str | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".written").open("w"):
            pass
        (folder / ".written").unlink()
    except OSError as problem:
        return f"The folder {folder} cannot be written: {problem.strerror}."
    return None


# The parts


@dataclass
class Part:
    """One process of the stack, restarted when it ends by itself."""

    name: str
    command: tuple[str, ...]
    process: subprocess.Popen[bytes]
    log: Path
    ends: list[float] = field(default_factory=list)


@dataclass
class Stack:
    """Everything that was started, in the order it was started."""

    instance: Path
    environ: dict[str, str] = field(default_factory=dict)
    servers: list[embedded.Postgres | embedded.Valkey] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    held: IO[str] | None = None

    def start(self) -> None:
        """Start all parts and say where the portal is. Raises CannotStart."""
        began = time.monotonic()
        adopt_orphans()
        self.hold_instance()
        self.environ = self.variables()
        config = Config.from_environ(self.environ)
        # Both load while the servers get ready, and wait for their mark: see marketplace/served.py.
        self.launch("web", *self.web_command(config))
        migrating = self.spawn((*FLASK, "migrate"), self.instance / "log" / "migrate.log")
        self.start_servers(config)
        self.mark("DATABASE_READY")
        self.await_schema(migrating)
        self.mark("SCHEMA_READY")
        self.await_first_page(config)
        if _needs_devstripe(os.environ):
            self.launch("devstripe", *self.devstripe_command(config))
        self.launch("worker", *FLASK, "worker")
        self.launch("ticker", *FLASK, "ticker")
        _say(
            f"{config.site_name} is at {config.base_url} (ready in {time.monotonic() - began:.1f} s).",
            f"What you do is kept in {self.instance}; logs are in {self.instance / 'log'}. Ctrl-C stops everything.",
        )
        if config.start == "demo":
            self.load_demo()

    def hold_instance(self) -> None:
        """One stack an instance: two would stop each other's servers."""
        self.held = (self.instance / "stack.lock").open("a")
        try:
            fcntl.flock(self.held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"Another `make run` is using {self.instance}; stop it, or set INSTANCE.") from None
        (self.instance / "log").mkdir(exist_ok=True)

    def variables(self) -> dict[str, str]:
        """What every part gets to know; also written down for commands in other terminals."""
        brought: list[str] = []
        added = {"INSTANCE": str(self.instance), **self.secrets()}
        if not os.environ.get("DATABASE_URL"):
            sockets = embedded.socket_folder(embedded.database_home(self.instance))
            added["DATABASE_URL"] = embedded.postgres_url(sockets, embedded.APP_ROLE, DATABASE)
            added["DATABASE_OWNER_URL"] = embedded.postgres_url(sockets, embedded.OWNER_ROLE, DATABASE)
            brought.append("postgresql")
        if not os.environ.get("REDIS_URL"):
            added["REDIS_URL"] = embedded.valkey_url(embedded.valkey_socket(self.instance))
            brought.append("valkey")
        if _needs_devstripe(os.environ):
            added["STRIPE_API_BASE"] = f"http://127.0.0.1:{devstripe_port(os.environ)}"
            brought.append("devstripe")
        added["EMBEDDED"] = " ".join(brought)
        self.write_private("stack.env", added)
        marks = {name: str(self.instance / name.lower()) for name in MARKS}
        for path in marks.values():
            Path(path).unlink(missing_ok=True)
        return {**os.environ, **added, **marks}

    def mark(self, name: str) -> None:
        """Tell the processes that wait for a step that it is done."""
        Path(self.environ[name]).touch()

    def start_servers(self, config: Config) -> None:
        """Start what no URL names; see that what one names is there. Raises CannotStart."""
        if "valkey" in config.embedded:
            self.servers.append(embedded.start_valkey(self.instance))
        if "postgresql" in config.embedded:
            postgres = embedded.start_postgres(embedded.database_home(self.instance))
            self.servers.append(postgres)
            embedded.prepare_database(postgres, DATABASE)
        else:
            self.check_external(config)

    def secrets(self) -> dict[str, str]:
        """This instance's own secrets, made once; what the environment names wins."""
        path = self.instance / "secrets.env"
        if not path.exists():
            made = {"SECRET_KEY": secrets.token_urlsafe(48), "TAX_NUMBER_KEYS": Fernet.generate_key().decode()}
            for endpoint in WEBHOOK_ENDPOINTS:
                made[f"STRIPE_WEBHOOK_SECRET_{endpoint.upper()}"] = f"whsec_devstripe_{secrets.token_hex(16)}"
            self.write_private("secrets.env", made)
        kept = dict(line.split("=", 1) for line in path.read_text().splitlines())
        return {name: os.environ.get(name) or value for name, value in kept.items()}

    def write_private(self, name: str, variables: Mapping[str, str]) -> None:
        """Write variables to a file only we can read."""
        path = self.instance / name
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text("".join(f"{key}={value}\n" for key, value in variables.items()))

    def await_schema(self, migrating: subprocess.Popen[bytes]) -> None:
        """Until the migrations are through. Raises CannotStart."""
        if migrating.wait() != 0:
            log = self.instance / "log" / "migrate.log"
            raise CannotStart(f"The database schema could not be brought up to date; {log} ends: {last_line(log)}")

    def check_external(self, config: Config) -> None:
        """An external database answers to both roles. Raises CannotStart."""
        for name, url in (("DATABASE_OWNER_URL", config.database_owner_url), ("DATABASE_URL", config.database_url)):
            try:
                psycopg.connect(url.replace("+psycopg", "", 1), connect_timeout=5).close()
            except psycopg.OperationalError as problem:
                raise CannotStart(f"{name} does not answer: {str(problem).strip().splitlines()[-1]}.") from None

    def devstripe_command(self, config: Config) -> tuple[str, ...]:
        """devstripe, telling this portal of its events; it reads the signing secrets from the environment."""
        hooks = [f"--{name}-webhook={config.base_url}/webhooks/stripe/{name}" for name in WEBHOOK_ENDPOINTS]
        state = f"--state={self.instance / 'devstripe.sqlite'}"
        return (sys.executable, "-m", "devstripe", f"--port={devstripe_port(os.environ)}", state, *hooks)

    def web_command(self, config: Config) -> tuple[str, ...]:
        """granian with one worker and four threads: enough for one machine, small at rest."""
        options = ("--interface=wsgi", "--host=127.0.0.1", f"--port={config.port}", "--workers=1")
        target = ("--blocking-threads=4", "--no-access-log", "marketplace.served:application")
        return (sys.executable, "-m", "granian", *options, *target)

    def launch(self, name: str, *command: str) -> Part:
        """Start a part with its own log."""
        log = self.instance / "log" / f"{name}.log"
        part = Part(name, command, self.spawn(command, log), log)
        self.parts.append(part)
        return part

    def spawn(self, command: tuple[str, ...], log: Path | None) -> subprocess.Popen[bytes]:
        """A process in a session of its own: a Ctrl-C at the terminal reaches it through us, in order."""
        output = log.open("wb") if log else None
        try:
            return subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - two syscalls
            )  # fmt: skip
        finally:
            if output:
                output.close()

    def await_first_page(self, config: Config) -> None:
        """Until the first page answers. Raises CannotStart when the web server ends before, or time runs out."""
        web = self.parts[0]
        deadline = time.monotonic() + FIRST_PAGE
        while time.monotonic() < deadline:
            if web.process.poll() is not None:
                raise CannotStart(f"The web server did not start; {web.log} ends: {last_line(web.log)}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{config.port}/", timeout=10).close()
                return
            except urllib.error.HTTPError as answer:
                if answer.code < 500:
                    return
                says = f"The first page answers {answer.code}; {web.log} ends: {last_line(web.log)}"
                raise CannotStart(says) from None
            except OSError:
                time.sleep(0.05)
        raise CannotStart(f"The first page did not answer within {FIRST_PAGE:.0f} seconds.")

    def load_demo(self) -> None:
        """Load the demo marketplace behind the running portal; its progress and sign-ins go to the terminal."""
        command = (*FLASK, "demo", "load")
        self.parts.append(Part("demo", command, self.spawn(command, None), self.instance / "log" / "demo.log"))

    # Until the end

    def watch(self) -> None:
        """Restart what ends by itself; returns when that does not help any more."""
        while True:
            time.sleep(0.5)
            for part in list(self.parts):
                code = part.process.poll()
                if code is None:
                    continue
                if part.name == "demo":
                    self.parts.remove(part)
                    if code:
                        _say("The demo could not be loaded; the portal runs without it.", to=sys.stderr)
                    continue
                now = time.monotonic()
                part.ends = [end for end in part.ends if now - end < 60] + [now]
                _say(f"The {part.name} ended with code {code}; {part.log} ends: {last_line(part.log)}", to=sys.stderr)
                if len(part.ends) > RESTARTS:
                    return
                part.process = self.spawn(part.command, part.log)

    def stop(self) -> None:
        """End every process: first the parts, then the servers they speak to. A second Ctrl-C changes nothing."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for part in self.parts:
            _signal_group(part.process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        for part in self.parts:
            with suppress(subprocess.TimeoutExpired):
                part.process.wait(max(0.1, deadline - time.monotonic()))
            _signal_group(part.process, signal.SIGKILL)
            part.process.wait()
        for server in reversed(self.servers):
            server.stop()
        end_orphans()
        if self.held:
            (self.instance / "stack.env").unlink(missing_ok=True)
            self.held.close()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


if __name__ == "__main__":
    sys.exit(main())
