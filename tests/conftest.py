"""Fixtures every test may use. Real PostgreSQL, real Redis protocol, real HTTP, a real browser.

A test runs inside one outer transaction that is rolled back, and in a request context such as a job
has. Mark a test `plain` when it needs neither database nor application; tests that ask for
`live_server` work on a committed database of their own.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from flask import Flask
from flask.globals import _cv_app, _cv_request
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2 import FileSystemBytecodeCache
from rq import SimpleWorker
from sqlalchemy.orm import Session, scoped_session

from tests.browsers import *  # noqa: F403 - its fixtures: browser, page, page_without_script, live_server
from tests.services import Services
from tests.stripe_server import StripeServer, running

STARTED = pytest.StashKey[tuple[Services, Any]]()


# The servers of the run


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before an xdist worker starts: the controller has the servers up."""
    if STARTED not in node.config.stash:
        node.config.stash[STARTED] = Services.start()
    node.workerinput["services"] = node.config.stash[STARTED][0].describe()


def pytest_unconfigure(config: pytest.Config) -> None:
    """At the end of the run, whatever happened: stop what was started."""
    if STARTED in config.stash:
        services, folder = config.stash[STARTED]
        services.stop(folder)


@pytest.fixture(scope="session")
def services(request: pytest.FixtureRequest) -> Services:
    """PostgreSQL and Valkey, started by the controller under xdist, else now."""
    config = request.config
    if hasattr(config, "workerinput"):
        return Services.found(config.workerinput["services"], config.workerinput["workerid"])
    config.stash[STARTED] = Services.start()
    return config.stash[STARTED][0]


# The application


@pytest.fixture(scope="session")
def app(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application on this process's own copy of the database."""
    import app as map_of_the_application
    from marketplace.config import Config

    environ = services.environ("tests") | {
        "ENVIRONMENT": "test",
        "STORAGE_PATH": str(tmp_path_factory.mktemp("storage")),
        "BASE_URL": "http://localhost",
        "START": "empty",
    }
    made = map_of_the_application.create_app(Config.from_environ(environ))
    made.test_client_class = Client
    made.jinja_env.bytecode_cache = FileSystemBytecodeCache(services.compiled())
    gc.freeze()  # what a start makes stays: nothing in it is garbage that each test would look for again
    gc.set_threshold(20_000, 20, 20)
    return made


class Client(FlaskClient):
    """A browser without the test's own context: each request finds what a real one finds."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """One request; the frozen clock stays, the test's request and its `g` do not.

        What the test wrote before is committed first (within the test's outer transaction), since a
        request that ends rolls back what is not.
        """
        _commit()
        return copy_context().run(_without_context, super().open, *args, **kwargs)

    def session_transaction(self, *args: Any, **kwargs: Any) -> Any:
        """The browser's signed cookie, to read and write; commits first, as a request does."""
        _commit()
        return super().session_transaction(*args, **kwargs)

    def sign_in(self, who: Any, party: Any = None) -> None:
        """From now on this browser is signed in as a user, or as a `factories.Person` for their party."""
        from marketplace.accounts import sessions

        user, party = getattr(who, "user", who), party or getattr(who, "party", None)
        token = sessions.start(user, strength="password", device="a test", party_id=party.id if party else None)
        with self.session_transaction() as cookie:
            cookie["_user_id"] = token

    def token(self) -> str:
        """A CSRF token of this browser."""
        with self.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", "0" * 40)
        key = self.application.config["SECRET_KEY"]
        return URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw)

    def submit(self, address: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """Send a form as its page would: with the CSRF token."""
        return self.post(address, data={"csrf_token": self.token(), **(data or {})}, **options)


def _commit() -> None:
    from marketplace import db

    db.session.commit()


def _without_context(call: Any, *args: Any, **kwargs: Any) -> Any:
    for variable in (_cv_app, _cv_request):
        variable.set(None)
    return call(*args, **kwargs)


@pytest.fixture(autouse=True)
def _outer_transaction(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test's writes, committed by the code or not, are gone when it ends. It begins on a set-up instance."""
    if request.node.get_closest_marker("plain") or "live_server" in request.fixturenames:
        yield
        return
    from marketplace import db, jobs
    from tests import factories

    flask_app: Flask = request.getfixturevalue("app")
    jobs.connection().flushdb()
    with db.engine().connect() as connection, flask_app.test_request_context(base_url=flask_app.config["BASE_URL"]):
        transaction = connection.begin()
        db.bind_for_tests(connection)
        if not request.node.get_closest_marker("not_set_up"):
            factories.instance()
        try:
            yield
        finally:
            db.unbind()
            transaction.rollback()


@pytest.fixture
def db_session(app: Flask) -> scoped_session[Session]:
    """The session verbs use, inside the test's outer transaction."""
    from marketplace import db

    return db.session


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without scripts, signed out."""
    return app.test_client()


@pytest.fixture
def run_jobs(app: Flask) -> Any:
    """`run_jobs()`: commit, then work the queue until it is empty, here and now.

    A job that raises fails the test, unless `run_jobs(failures=True)`, which returns what was raised.
    Retries wait their time and do not run.
    """
    from marketplace import db, jobs

    def run(*, failures: bool = False) -> list[BaseException]:
        raised: list[BaseException] = []
        db.session.commit()
        worker = QuietWorker(
            [jobs.queue()],
            connection=jobs.connection(),
            serializer=jobs.Serializer,
            exception_handlers=[lambda job, kind, error, trace: raised.append(error)],
        )
        copy_context().run(_without_context, worker.work, burst=True, logging_level="ERROR")
        if raised and not failures:
            raise raised[0]
        return raised

    return run


class QuietWorker(SimpleWorker):
    """RQ's worker in this process, leaving Ctrl-C to pytest. It lives for a moment and beats no heart.

    A job is done and forgotten without RQ's registers, which took a sixth of a test full of jobs; the tests
    of `tests/ground` that start a real worker have them.
    """

    def _install_signal_handlers(self) -> None:
        pass

    def heartbeat(self, *args: Any, **kwargs: Any) -> None:
        pass

    def execute_job(self, job: Any, queue: Any) -> None:
        try:
            job.perform()
        except Exception:  # as RQ does: whatever a job raises is told to the handlers
            self.handle_exception(job, *sys.exc_info())
        self.connection.delete(job.key)


# Stripe


@pytest.fixture(scope="session")
def _devstripe() -> Iterator[StripeServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _no_pauses() -> Iterator[None]:
    """The vendor's client repeats a call as often as ever, only without the pauses it makes between tries."""
    with pytest.MonkeyPatch.context() as patched:
        for pause in ("INITIAL_DELAY", "MAX_DELAY"):
            patched.setattr(f"stripe.HTTPClient.{pause}", 0.01)
        yield


@pytest.fixture
def stripe_server(app: Flask, _devstripe: StripeServer) -> Iterator[StripeServer]:
    """A devstripe in which nothing has happened, and a portal that speaks to it."""
    _devstripe.reset()
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, stripe_api_base=_devstripe.url)
    yield _devstripe
    app.config["SETTINGS"] = settings


# Time


class TestClock:
    """Time in a test: stands still once frozen, moves only when told."""

    __test__ = False

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def freeze(self, moment: datetime) -> None:
        """From now on it is `moment` (aware)."""
        from marketplace import clock

        self._stack.enter_context(clock.at(moment))

    def travel(self, by: timedelta) -> None:
        """It is `by` later than it was."""
        from marketplace import clock

        self.freeze(clock.now() + by)


@pytest.fixture
def clock() -> Iterator[TestClock]:
    """The clock, standing at noon UTC on 2026-03-02, a Monday."""
    with ExitStack() as stack:
        held = TestClock(stack)
        held.freeze(datetime(2026, 3, 2, 12, tzinfo=UTC))
        yield held


@pytest.fixture
def queue_server(services: Services) -> Iterator[redis.Redis]:
    """A plain connection to the run's Valkey, for tests of queue plumbing."""
    with redis.Redis(unix_socket_path=str(services.valkey.socket), db=15) as connection:
        connection.flushdb()
        yield connection


# Order


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for browsers and processes begins first, so that nothing long is left alone at the end."""
    items.sort(key=lambda item: not (item.get_closest_marker("journey") or item.get_closest_marker("slow")))
