"""Settings: every environment variable the portal reads, checked once, all problems told at once.

`Config.load()` is what the application and the commands use; it adds what a running `make run` wrote
down (`instance/stack.env`), so that `flask ledger check` in a second terminal finds the same servers.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

Environment = Literal["development", "test", "production"]
Start = Literal["demo", "empty"]

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("development", "test", "production")
WEBHOOK_ENDPOINTS = ("platform", "connect", "thin")
DEFAULT_NAME = "Goodword"
INSECURE_SECRET = "insecure-secret-for-development-only"  # noqa: S105 - refused in production
DEVSTRIPE_KEY = "sk_test_devstripe"
INSECURE_TAX_KEY = "aW5zZWN1cmUta2V5LWZvci1kZXZlbG9wbWVudC1vbmw="  # refused in production
SHORTEST_SECRET = 32
MOST_DAYS_AHEAD = 3660
STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_\w+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ConfigProblems(Exception):
    """The environment cannot be used. `problems` has one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(" ".join(problems))


@dataclass(frozen=True)
class Config:
    """The settings of one process. URLs of databases are SQLAlchemy's, with the psycopg 3 driver."""

    environment: Environment
    site_name: str
    base_url: str
    port: int
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    database_owner_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    stripe_api_key: str = field(repr=False)
    stripe_api_base: str | None
    stripe_webhook_secrets: Mapping[str, tuple[str, ...]] = field(repr=False)
    tax_number_keys: tuple[str, ...] = field(repr=False)
    """What tax numbers are encrypted with (Fernet): the first seals, every one opens."""
    smtp_url: str | None = field(repr=False)
    mail_from: str
    storage_path: Path
    translations_path: Path
    start: Start
    debug: bool = False
    clock_ahead: int = 0
    """Days this process believes it is later than it is; always 0 in production."""
    embedded: frozenset[str] = frozenset()
    """Which parts `make run` brought along itself: "postgresql", "valkey", "devstripe"."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Config:
        """Read and check every variable. Raises ConfigProblems with all that is wrong."""
        return _Reader(environ).config()

    @classmethod
    def load(cls) -> Config:
        """The process's own environment, completed by what a running `make run` wrote down."""
        return cls.from_environ({**stack_environ(instance_path(os.environ)), **os.environ})


def instance_path(environ: Mapping[str, str]) -> Path:
    """Where this installation keeps its files: INSTANCE, else `instance/` in the project."""
    return Path(environ.get("INSTANCE") or ROOT / "instance").absolute()


def stack_environ(instance: Path) -> dict[str, str]:
    """The variables that a `make run` on this instance gave its own processes; empty if none ran."""
    try:
        lines = (instance / "stack.env").read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


class _Reader:
    """Reads variables one by one and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        named = self.text("ENVIRONMENT", "development")
        if named not in ENVIRONMENTS:
            self.problems.append(f"ENVIRONMENT is “{named}”; it must be one of {', '.join(ENVIRONMENTS)}.")
            named = "development"
        self.environment = cast(Environment, named)

    def config(self) -> Config:
        port = self.port()
        database_url = self.database("DATABASE_URL", "postgresql:///goodword")
        key = self.stripe_key()
        config = Config(
            environment=self.environment,
            site_name=self.text("SITE_NAME", DEFAULT_NAME),
            base_url=self.web_address("BASE_URL", f"http://localhost:{port}"),
            port=port,
            secret_key=self.secret(),
            database_url=database_url,
            database_owner_url=self.database("DATABASE_OWNER_URL", database_url),
            redis_url=self.redis(),
            stripe_api_key=key,
            stripe_api_base=self.stripe_base(key),
            stripe_webhook_secrets={name: self.webhook_secrets(name) for name in WEBHOOK_ENDPOINTS},
            tax_number_keys=self.tax_number_keys(),
            smtp_url=self.smtp(),
            mail_from=self.mail_from(),
            translations_path=Path(self.text("TRANSLATIONS_PATH", "templates/_locale")),
            storage_path=Path(self.text("STORAGE_PATH", str(instance_path(self.environ) / "storage"))),
            start=self.start(),
            debug=self.environ.get("FLASK_DEBUG", "") not in ("", "0", "false", "False"),
            clock_ahead=self.clock_ahead(),
            embedded=frozenset(self.text("EMBEDDED", "").split()),
        )
        if self.problems:
            raise ConfigProblems(self.problems)
        return config

    def text(self, name: str, default: str) -> str:
        value = self.environ.get(name, "").strip() or default
        if CONTROL.search(value):
            self.problems.append(f"{name} contains a control character.")
            return default
        return value

    def needed(self, name: str, default: str) -> str:
        """A variable that production must set; elsewhere there is a default."""
        value = self.text(name, "")
        if not value and self.environment == "production":
            self.problems.append(f"{name} must be set in production.")
        return value or default

    def port(self) -> int:
        value = self.text("PORT", "8000")
        if value.isdecimal() and 1 <= int(value) <= 65535:
            return int(value)
        self.problems.append(f"PORT is “{value}”; it must be a whole number from 1 to 65535.")
        return 8000

    def web_address(self, name: str, default: str) -> str:
        value = self.needed(name, default) if name == "BASE_URL" else self.text(name, default)
        if not _is_url(value, ("http", "https")):
            self.problems.append(f"{name} is “{value}”; it must be an address such as https://example.com.")
        return value.rstrip("/")

    def secret(self) -> str:
        value = self.needed("SECRET_KEY", INSECURE_SECRET)
        weak = value == INSECURE_SECRET or len(value) < SHORTEST_SECRET
        if self.environment == "production" and self.text("SECRET_KEY", "") and weak:
            self.problems.append(f"SECRET_KEY must be at least {SHORTEST_SECRET} random characters in production.")
        return value

    def database(self, name: str, default: str) -> str:
        value = self.needed(name, default)
        scheme, separator, rest = value.partition("://")
        known = scheme in ("postgresql", "postgres", "postgresql+psycopg") and separator
        if not known or not _names_database(value):
            self.problems.append(
                f"{name} must look like postgresql://user:password@host/database; only PostgreSQL is supported."
            )
            return default
        return f"postgresql+psycopg://{rest}"

    def redis(self) -> str:
        value = self.needed("REDIS_URL", "redis://127.0.0.1:6379/0")
        on_a_path = value.startswith("unix://") and urlsplit(value).path.startswith("/")
        if not on_a_path and not _is_url(value, ("redis", "rediss")):
            self.problems.append("REDIS_URL must look like redis://host:6379/0, or unix:///path/to/socket.")
        return value

    def stripe_key(self) -> str:
        value = self.needed("STRIPE_API_KEY", DEVSTRIPE_KEY)
        if not STRIPE_KEY.fullmatch(value):
            self.problems.append("STRIPE_API_KEY must be a secret or restricted key of Stripe (sk_… or rk_…).")
        return value

    def stripe_base(self, key: str) -> str | None:
        """Without a key of Stripe's we talk to devstripe; a live key never goes anywhere but to Stripe."""
        base = self.text("STRIPE_API_BASE", "http://127.0.0.1:8001" if key == DEVSTRIPE_KEY else "")
        if not base:
            return None
        if is_live(key):
            self.problems.append(
                "STRIPE_API_KEY is a live key and STRIPE_API_BASE is set; a live key is sent to Stripe only."
            )
        return self.web_address("STRIPE_API_BASE", base)

    def webhook_secrets(self, endpoint: str) -> tuple[str, ...]:
        """The signing secrets of one webhook endpoint, comma-separated: the new and, while rotating, the old."""
        name = f"STRIPE_WEBHOOK_SECRET_{endpoint.upper()}"
        value = self.needed(name, f"whsec_devstripe_{endpoint}")
        secrets = tuple(part.strip() for part in value.split(",") if part.strip())
        if any(not secret.startswith("whsec_") for secret in secrets):
            self.problems.append(f"{name} must hold webhook signing secrets (whsec_…), separated by commas.")
        return secrets

    def tax_number_keys(self) -> tuple[str, ...]:
        """The keys of tax numbers, comma-separated: the new one first; old ones stay as long as forms sealed with them."""
        value = self.needed("TAX_NUMBER_KEYS", INSECURE_TAX_KEY)
        keys = tuple(part.strip() for part in value.split(",") if part.strip())
        if not keys or not all(map(_is_fernet_key, keys)):
            self.problems.append(
                "TAX_NUMBER_KEYS must hold Fernet keys (32 bytes in URL-safe base 64), separated by commas."
            )
            return (INSECURE_TAX_KEY,)
        return keys

    def smtp(self) -> str | None:
        value = self.text("SMTP_URL", "")
        if value and not _is_url(value, ("smtp", "smtps")):
            self.problems.append("SMTP_URL must look like smtp://user:password@host:587, or smtps://host:465.")
        return value or None

    def mail_from(self) -> str:
        value = self.text("MAIL_FROM", "Goodword <hello@localhost>")
        if not re.fullmatch(r"([^<>@]+<)?[^<>@\s]+@[^<>@\s]+>?", value):
            self.problems.append("MAIL_FROM must be a mail address such as Goodword <hello@example.com>.")
        return value

    def clock_ahead(self) -> int:
        """Lets a command in development or a test see the month's end today. Production's clock is never moved."""
        value = self.text("CLOCK_AHEAD", "0")
        if not value.isdecimal() or int(value) > MOST_DAYS_AHEAD:
            self.problems.append(f"CLOCK_AHEAD is “{value}”; it must be days from 0 to {MOST_DAYS_AHEAD}.")
            return 0
        if int(value) and self.environment == "production":
            self.problems.append("CLOCK_AHEAD is refused in production.")
        return int(value)

    def start(self) -> Start:
        """What an empty database opens on. Production never loads the demo marketplace."""
        value = self.text("START", "empty" if self.environment == "production" else "demo")
        if value not in ("demo", "empty"):
            self.problems.append(f"START is “{value}”; it must be demo or empty.")
        if value == "demo" and self.environment == "production":
            self.problems.append("START=demo is refused in production.")
        return cast(Start, value)


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_fernet_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def _names_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return len(parts.path) > 1 and (parts.port or 1) > 0
    except ValueError:
        return False


def is_live(stripe_key: str) -> bool:
    """Whether a key of Stripe's moves real money."""
    return "_live_" in stripe_key


def problems_for_production(config: Config) -> list[str]:
    """Settings that run but are unsafe in production, a sentence each; `flask deploy-check` prints them."""
    loopback = urlsplit(config.base_url).hostname in ("localhost", "127.0.0.1", "::1")
    own_role = urlsplit(config.database_url).username == urlsplit(config.database_owner_url).username
    unsafe = {
        "ENVIRONMENT is not production.": config.environment != "production",
        f"SECRET_KEY is missing or shorter than {SHORTEST_SECRET} characters.": (
            config.secret_key == INSECURE_SECRET or len(config.secret_key) < SHORTEST_SECRET
        ),
        "FLASK_DEBUG is on; it lets a stranger run code on the server.": config.debug,
        "BASE_URL is not https; sign-ins would travel in the clear.": not config.base_url.startswith("https://"),
        "BASE_URL names this machine only; nobody else can follow a link in a mail.": loopback,
        "STRIPE_API_BASE is set; payments would go to a stand-in and not to Stripe.": config.stripe_api_base
        is not None,
        "STRIPE_API_KEY is a test key; no real money would move.": not is_live(config.stripe_api_key),
        "PostgreSQL is the embedded one; nobody backs it up. Set DATABASE_URL.": "postgresql" in config.embedded,
        "The queue is the embedded one. Set REDIS_URL.": "valkey" in config.embedded,
        "TAX_NUMBER_KEYS is missing; tax numbers would be sealed with a key that everybody can read.": (
            INSECURE_TAX_KEY in config.tax_number_keys
        ),
        "SMTP_URL is missing; no mail would leave.": config.smtp_url is None,
        "MAIL_FROM is at localhost; mail servers refuse it.": "@localhost" in config.mail_from,
        "DATABASE_URL uses the owner's role; the portal's own role must own nothing.": own_role,
        "START=demo would load invented people into an empty database.": config.start == "demo",
    }
    unsafe.update(
        {
            f"STRIPE_WEBHOOK_SECRET_{name.upper()} is missing; anyone could forge Stripe's messages.": any(
                secret.startswith("whsec_devstripe") for secret in secrets
            )
            for name, secrets in config.stripe_webhook_secrets.items()
        }
    )
    return [sentence for sentence, is_unsafe in unsafe.items() if is_unsafe]
