"""What every journey starts from: the shared stack on an empty portal, and a phone for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser
from psycopg import sql

from marketplace import jobs
from tests import browsers
from tests.browsers import LiveServer
from tests.journeys.walker import Walker
from tests.services import Services

NewPerson = Callable[[], Walker]


@pytest.fixture
def empty_portal(live_server: LiveServer, services: Services) -> LiveServer:
    """The running stack as it stood before set-up: nobody, nothing, no throttle."""
    name = live_server.environ["DATABASE_URL"].split("?")[0].rsplit("/", 1)[-1]
    with services.postgres.admin(name) as admin:
        tables = [
            sql.Identifier(row[0])
            for row in admin.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            )
        ]
        admin.execute("SET session_replication_role = replica")  # the triggers of append-only tables rest
        admin.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(", ").join(tables)))
    for key in jobs.connection().scan_iter("LIMIT*"):
        jobs.connection().delete(key)
    return live_server


@pytest.fixture(params=[True, False], ids=["with_scripts", "without_scripts"])
def person(request: pytest.FixtureRequest, browser: Browser, empty_portal: LiveServer) -> Iterator[NewPerson]:
    """`person()`: somebody new with a phone of their own. Each test runs with scripts and without.

    Where scripts run, axe looks at every screen once in a journey.
    """
    scripts: bool = request.param
    seen: set[str] | None = set() if scripts else None
    slow: list[str] = []
    with ExitStack() as stack:

        def new() -> Walker:
            options = {"viewport": browsers.PHONE, "has_touch": True, "is_mobile": True, "java_script_enabled": scripts}
            page = stack.enter_context(contextmanager(browsers.window)(browser, **options))
            walker = Walker(page, empty_portal.url, seen)
            walker.slow = slow
            return walker

        yield new
    if slow:
        request.node.add_report_section("call", "screens that took more than a second", "\n".join(slow))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A photograph, as a phone would send one."""
    path = tmp_path / "tea.jpg"
    Image.new("RGB", (1080, 1350), (178, 96, 54)).save(path, "JPEG")
    return path
