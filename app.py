"""The map of the application: what it is made of, who reacts to what, what runs when.

`create_app()` reads these lists and nothing else; to see what happens anywhere, start here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers

from marketplace import assets, authz, cli, clock, compression, db, deadlines, events, jobs, logs, web
from marketplace.config import Config
from marketplace.jobs import Scheduled

# Every capability, lowest in the import order first.
PACKAGES = [
    "accounts",
    "terms",
    "rules",
    "payments",
    "messaging",
    "creators",
    "brands",
    "briefs",
    "collaborations",
    "contracts",
    "content",
    "affiliate",
    "rights",
    "notifications",
    "desk",
    "admin",
]


def part(package: str, name: str) -> ModuleType | None:
    """A package's file by name, or None where the package has nothing to hold in it."""
    path = f"marketplace.{package}"
    if find_spec(path) is None or find_spec(f"{path}.{name}") is None:
        return None
    return import_module(f"{path}.{name}")


def reactions() -> dict[type, tuple[events.Reaction, ...]]:
    """Who reacts to which fact: every package's `REACTIONS`, merged in import order."""
    merged: dict[type, tuple[events.Reaction, ...]] = {}
    for package in PACKAGES:
        module = part(package, "reactions")
        for fact, functions in (module.REACTIONS if module else {}).items():
            merged[fact] = merged.get(fact, ()) + functions
    return merged


def schedule() -> list[Scheduled]:
    """Everything that runs by itself, and how often."""
    lines = [
        Scheduled("events", timedelta(seconds=30), events.sweep, "re-deliver late reactions"),
        Scheduled("deadlines", timedelta(minutes=1), deadlines.sweep, "remind and pass clocks"),
    ]
    for package in PACKAGES:
        module = part(package, "jobs")
        lines += getattr(module, "SCHEDULE", [])
    return lines


def checks() -> dict[str, Any]:
    """Every invariant by name: SQL that must return no rows."""
    merged: dict[str, Any] = {}
    for package in PACKAGES:
        module = part(package, "checks")
        merged |= getattr(module, "CHECKS", {})
    return merged


def create_app(config: Config | None = None) -> Flask:
    """Build the application. Raises `ConfigProblems` naming every fault of its settings."""
    with _collector_at_rest():
        return _built(config or Config.load())


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Nearly all that a start makes stays: looking through it for garbage again and again took a fifth of the start."""
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()


def _built(config: Config) -> Flask:
    app = Flask("app", template_folder="templates", static_folder="static")
    app.jinja_options = {"cache_size": -1}  # as many as there are: with its usual 400 the last ones push out the first
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=config.environment == "test",
        PROPAGATE_BUGS=config.environment == "test",
        SETTINGS=config,
        SITE_NAME=config.site_name,
        BASE_URL=config.base_url,
        STORAGE_PATH=config.storage_path,
        MAX_CONTENT_LENGTH=210 * 2**20,
        MAX_FORM_MEMORY_SIZE=2 * 2**20,
        WTF_CSRF_CHECK_DEFAULT=False,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https:"),
        SESSION_COOKIE_HTTPONLY=True,
        RATELIMIT_STORAGE_URI=config.redis_url.replace("unix://", "redis+unix://"),
        RATELIMIT_HEADERS_ENABLED=True,
        RATELIMIT_SWALLOW_ERRORS=True,
        BABEL_TRANSLATION_DIRECTORIES=str(config.translations_path),
    )
    logs.install(production=config.environment == "production")
    clock.shift(timedelta(days=config.clock_ahead))
    db.init(config.database_url)
    jobs.init(app, config.redis_url)
    compression.install(app)  # first, so that it is the last to touch an answer
    web.install(app)
    assets.install(app)
    for package in PACKAGES:
        _install(app, package)
    events.install(reactions())
    cli.install(app, schedule, checks)
    authz.check_every_route(app)
    configure_mappers()  # once here, instead of in each child of a worker
    return app


def _install(app: Flask, package: str) -> None:
    """Load one capability: its tables, jobs, policies, views and commands."""
    for name in ("models", "states", "events", "jobs"):
        part(package, name)
    if policy := part(package, "policy"):
        authz.register_policies(package, policy)
    if views := part(package, "views"):
        for blueprint in getattr(views, "BLUEPRINTS", [views.blueprint]):
            app.register_blueprint(blueprint)
        if install := getattr(views, "install", None):
            install(app)
    if commands := part(package, "cli"):
        for group in getattr(commands, "GROUPS", None) or [commands.group]:
            app.cli.add_command(group)


def __getattr__(name: str) -> Any:
    """`app:application` for WSGI servers, built when first asked for."""
    if name == "application":
        globals()["application"] = create_app()
        return globals()["application"]
    raise AttributeError(name)
