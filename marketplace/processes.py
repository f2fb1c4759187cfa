"""Child processes of `make run` and the tests: started in private folders, ended on every way out."""

from __future__ import annotations

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 30.0  # seconds a server has to start or to stop


class CannotStart(Exception):
    """A server cannot be started here; the message is one sentence for the person at the terminal."""


def unprivileged() -> pwd.struct_passwd | None:
    """The account PostgreSQL runs under when we are root; None when we are not. initdb wants it in passwd."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def private_folder(folder: Path, owner: pwd.struct_passwd | None = None) -> Path:
    """Make a folder only its owner may enter. Raises CannotStart when somebody else owns it."""
    uid = owner.pw_uid if owner else os.geteuid()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if owner and folder.stat().st_uid == os.geteuid():
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        if folder.is_symlink() or folder.stat().st_uid != uid:
            raise CannotStart(f"{folder} belongs to somebody else; move it away.")
        folder.chmod(0o700)
    except OSError as problem:
        raise CannotStart(f"{folder} cannot be made or entered: {problem.strerror}.") from problem
    return folder


def die_with_parent(by: signal.Signals) -> Callable[[], None]:
    """For preexec_fn: on Linux, the child gets this signal when the thread that started it ends, however it ends."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def ask_kernel() -> None:
        libc.prctl(1, int(by))  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def adopt_orphans() -> None:
    """On Linux: a grandchild whose parent ended becomes ours, so that `end_orphans` can find it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def end_orphans() -> None:
    """Kill and reap every child this process still has. Call it when all known ones were waited for."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.exists() and (left := children.read_text().split()):
        for pid in left:
            with suppress(ProcessLookupError, ChildProcessError, PermissionError):
                os.kill(int(pid), signal.SIGKILL)
                os.waitpid(int(pid), 0)


def spawn(
    command: list[str | Path], log: Path, cwd: Path, user: pwd.struct_passwd | None, on_death: signal.Signals
) -> subprocess.Popen[bytes]:
    """Start a server in its own session, so that a Ctrl-C at the terminal reaches it through us, in order."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, cwd=cwd, env=plain_environ(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=die_with_parent(on_death), **as_user(user),  # noqa: PLW1509 - calls two syscalls
        )  # fmt: skip


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What makes a child process run as another account; nothing for our own."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def plain_environ() -> dict[str, str]:
    """No PG* variable, locale or library path of the caller's reaches a server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def wait_for(name: str, process: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]) -> None:
    """Wait until a server answers. Raises CannotStart with the end of its log when it does not."""
    deadline = time.monotonic() + PATIENCE
    while not answers():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            process.kill()
            process.wait()
            said = last_line(log)
            raise CannotStart(f"{name} {'stopped at once' if ended else 'does not answer'}; its log {log} ends: {said}")
        time.sleep(0.02)


def await_mark(variable: str) -> None:
    """Wait for the file an environment variable names, which says that an earlier step is done.

    `make run` starts programs early so that they load while others work; without the variable nothing waits.
    """
    if path := os.environ.get(variable):
        deadline = time.monotonic() + PATIENCE
        while not Path(path).exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def last_line(log: Path) -> str:
    """The last thing a log says, for the sentence that tells of a failure."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return lines[-1].strip() if lines else "(nothing)"


def stop(pid: int, process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
    """Signal a server and wait until it is gone; kill it when it does not go."""
    for sign in (how, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if process.poll() is not None if process else not alive(pid):
                return
            time.sleep(0.02)


def alive(pid: int) -> bool:
    """Is there a process of this number?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file, so that two starts at once make one server."""
    with path.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
