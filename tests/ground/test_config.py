"""Settings: all problems at once, in sentences; unsafe ones refused for production."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.config import Config, ConfigProblems, problems_for_production, stack_environ

pytestmark = pytest.mark.plain

PRODUCTION = {
    "ENVIRONMENT": "production",
    "BASE_URL": "https://goodword.example",
    "SECRET_KEY": "a-long-and-random-secret-of-forty-characters",
    "DATABASE_URL": "postgresql://portal:pw@db.internal/goodword",
    "DATABASE_OWNER_URL": "postgresql://owner:pw@db.internal/goodword",
    "REDIS_URL": "redis://queue.internal:6379/0",
    "STRIPE_API_KEY": "sk_live_51abcdef",
    "STRIPE_WEBHOOK_SECRET_PLATFORM": "whsec_new,whsec_old",
    "STRIPE_WEBHOOK_SECRET_CONNECT": "whsec_c",
    "STRIPE_WEBHOOK_SECRET_THIN": "whsec_t",
    "TAX_NUMBER_KEYS": "bmV3LWtleS1vZi10aGlydHktdHdvLWJ5dGVzLWxvbmc=,b2xkLWtleS1vZi10aGlydHktdHdvLWJ5dGVzLWxvbmc=",
    "SMTP_URL": "smtps://mailer:pw@mail.internal:465",
    "MAIL_FROM": "Goodword <hello@goodword.example>",
}


def problems_of(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigProblems) as raised:
        Config.from_environ(environ)
    return raised.value.problems


def test_development_needs_no_variable() -> None:
    config = Config.from_environ({})
    assert config.environment == "development"
    assert config.base_url == "http://localhost:8000"
    assert config.start == "demo"
    assert config.smtp_url is None
    assert config.stripe_api_base is not None, "without a key of Stripe's, nothing is sent to Stripe"


def test_every_malformed_variable_is_told_at_once() -> None:
    problems = problems_of(
        {
            "ENVIRONMENT": "staging",
            "PORT": "eighty",
            "BASE_URL": "goodword.example",
            "DATABASE_URL": "mysql://localhost/goodword",
            "DATABASE_OWNER_URL": "postgresql://localhost:port/goodword",
            "REDIS_URL": "localhost:6379",
            "STRIPE_API_KEY": "pk_test_publishable",
            "STRIPE_WEBHOOK_SECRET_THIN": "secret",
            "TAX_NUMBER_KEYS": "aGFsZg==",
            "SMTP_URL": "mail.example",
            "MAIL_FROM": "nobody",
            "START": "full",
            "SITE_NAME": "Good\x00word",
            "CLOCK_AHEAD": "-1",
        }
    )
    named = [problem.split()[0] for problem in problems]
    malformed = "ENVIRONMENT PORT BASE_URL DATABASE_URL DATABASE_OWNER_URL REDIS_URL STRIPE_API_KEY "
    malformed += "STRIPE_WEBHOOK_SECRET_THIN TAX_NUMBER_KEYS SMTP_URL MAIL_FROM START SITE_NAME CLOCK_AHEAD"
    assert sorted(named) == sorted(malformed.split())
    assert all(problem.endswith(".") for problem in problems)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80.5", " ", "²"])
def test_a_port_is_a_port(port: str) -> None:
    if port.strip():
        assert "PORT" in problems_of({"PORT": port})[0]
    else:
        assert Config.from_environ({"PORT": port}).port == 8000


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_database_urls_get_the_psycopg_driver(scheme: str) -> None:
    config = Config.from_environ({"DATABASE_URL": f"{scheme}://me@/goodword?host=%2Frun%2Fpg"})
    assert config.database_url == "postgresql+psycopg://me@/goodword?host=%2Frun%2Fpg"
    assert config.database_owner_url == config.database_url


def test_a_live_key_is_never_sent_to_another_address() -> None:
    for key in ("sk_live_51abc", "rk_live_51abc"):
        problems = problems_of({"STRIPE_API_KEY": key, "STRIPE_API_BASE": "http://127.0.0.1:8001"})
        assert problems == [
            "STRIPE_API_KEY is a live key and STRIPE_API_BASE is set; a live key is sent to Stripe only."
        ]
    assert Config.from_environ({"STRIPE_API_KEY": "sk_test_51abc"}).stripe_api_base is None


def test_old_and_new_webhook_secrets_are_both_kept() -> None:
    secrets = Config.from_environ(PRODUCTION).stripe_webhook_secrets
    assert secrets["platform"] == ("whsec_new", "whsec_old")


def test_production_needs_its_variables_all_named_at_once() -> None:
    named = {problem.split()[0] for problem in problems_of({"ENVIRONMENT": "production"})}
    assert named == set(PRODUCTION) - {"ENVIRONMENT", "SMTP_URL", "MAIL_FROM"}


def test_production_refuses_a_short_secret_the_demo_and_a_moved_clock() -> None:
    problems = problems_of(PRODUCTION | {"SECRET_KEY": "short", "START": "demo", "CLOCK_AHEAD": "1"})
    assert {problem.split()[0] for problem in problems} == {"SECRET_KEY", "START=demo", "CLOCK_AHEAD"}


def test_a_sound_production_has_no_problems() -> None:
    assert problems_for_production(Config.from_environ(PRODUCTION)) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"BASE_URL": "http://goodword.example"}, "BASE_URL"),
        ({"BASE_URL": "https://localhost"}, "BASE_URL"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"STRIPE_API_KEY": "sk_test_1"}, "STRIPE_API_KEY"),
        ({"STRIPE_API_KEY": "sk_test_1", "STRIPE_API_BASE": "http://127.0.0.1:8001"}, "STRIPE_API_BASE"),
        ({"EMBEDDED": "postgresql valkey"}, "PostgreSQL"),
        ({"EMBEDDED": "valkey"}, "queue"),
        ({"SMTP_URL": ""}, "SMTP_URL"),
        ({"MAIL_FROM": "hello@localhost"}, "MAIL_FROM"),
        ({"DATABASE_OWNER_URL": PRODUCTION["DATABASE_URL"]}, "owner"),
        ({"STRIPE_WEBHOOK_SECRET_THIN": "whsec_devstripe_1"}, "STRIPE_WEBHOOK_SECRET_THIN"),
        ({"ENVIRONMENT": "development"}, "ENVIRONMENT"),
        ({"ENVIRONMENT": "development", "SECRET_KEY": ""}, "SECRET_KEY"),
        ({"ENVIRONMENT": "development", "TAX_NUMBER_KEYS": ""}, "TAX_NUMBER_KEYS"),
    ],
)
def test_deploy_check_names_each_unsafe_setting(change: dict[str, str], word: str) -> None:
    problems = problems_for_production(Config.from_environ(PRODUCTION | change))
    assert any(word in problem for problem in problems), problems


def test_secrets_do_not_show_when_a_config_is_printed() -> None:
    shown = repr(Config.from_environ(PRODUCTION))
    for secret in ("a-long-and-random", ":pw@", "sk_live", "whsec", "bmV3"):
        assert secret not in shown


def test_commands_in_another_terminal_find_the_running_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stack.env").write_text("DATABASE_URL=postgresql://me@/running?host=/x\nSITE_NAME=a=b\n")
    monkeypatch.setenv("INSTANCE", str(tmp_path))
    for name in ("DATABASE_URL", "SITE_NAME"):
        monkeypatch.delenv(name, raising=False)
    config = Config.load()
    assert config.database_url.endswith("/running?host=/x")
    assert config.site_name == "a=b"
    monkeypatch.setenv("SITE_NAME", "Mine")
    assert Config.load().site_name == "Mine", "the terminal's own environment wins"
    assert stack_environ(tmp_path / "nowhere") == {}
