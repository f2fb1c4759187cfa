"""Set-up: the first administrator, country, currency and shape; until then every page leads there."""

import re
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.accounts import queries, setup_key
from marketplace.accounts.models import Party, SetUpKey
from marketplace.rules import queries as rules
from tests import factories
from tests.pages_of_deals import read

TYPED = {
    "shape": "open_marketplace",
    "operator_name": "Goodword Ltd",
    "country": "US",
    "currency": "USD",
    "platform_fee": "12.5",
    "name": "Ada Admin",
    "email": "ada@example.com",
    "password": factories.PASSWORD,
}


def fresh():
    """The instance as the next request finds it."""
    from flask import g

    g.pop("instance", None)
    return queries.instance()


@pytest.mark.not_set_up
@pytest.mark.parametrize("address", ["/", "/sign-in", "/home", "/briefs", "/nothing-here"])
def test_until_set_up_every_page_leads_there(client, address) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.location) == (302, "/set-up")
    assert client.get("/set-up").status_code == 200


@pytest.mark.not_set_up
def test_set_up_signs_the_first_administrator_in_and_is_gone_afterwards(client) -> None:
    assert client.submit("/set-up", TYPED).location == "/home"
    settings = fresh()
    assert (settings.shape, settings.country, settings.currency) == ("open_marketplace", "US", "USD")
    assert settings.platform_fee_bps == 1250
    assert client.get("/staff").status_code == 200
    assert read(client.get("/set-up"), 410).main.a["href"] == "/home"
    assert client.submit("/set-up", TYPED | {"email": "eve@example.com"}).status_code == 410
    client.submit("/sign-out")
    page = read(client.get("/set-up"), 410)
    assert page.h1.text == "This portal is set up already"
    assert page.main.a["href"] == "/sign-in"
    assert page.find("input") is None
    assert queries.user_by_email("eve@example.com") is None


@pytest.mark.not_set_up
def test_an_open_marketplace_takes_ten_per_cent_unless_changed(client) -> None:
    assert 'value="10"' in client.get("/set-up").text
    client.submit("/set-up", {k: v for k, v in TYPED.items() if k != "platform_fee"})
    assert fresh().platform_fee_bps == 1000


@pytest.mark.not_set_up
def test_an_own_program_has_one_brand_and_no_platform_fee(client) -> None:
    typed = TYPED | {"shape": "own_program"}
    assert "which brand" in client.submit("/set-up", typed).text
    client.submit("/set-up", typed | {"brand_name": "Bramble Tea"})
    assert fresh().platform_fee_bps == 0
    brand = queries.only_brand()
    assert brand is not None
    assert brand.name == "Bramble Tea"
    roles = {m.party.kind: m.role for m in queries.memberships_of(queries.user_by_email("ada@example.com").id)}
    assert roles == {"brand": "owner", "operator": "admin"}
    client.submit("/sign-out")
    assert client.get("/sign-up?as=brand").status_code == 404
    assert "Sign up as a creator" in client.get("/sign-up").text


@pytest.mark.not_set_up
def test_in_production_the_first_visitor_needs_the_key_that_a_command_prints(client, app, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], environment="production"))
    assert 'name="key"' in client.get("/set-up").text
    assert "No key has been made yet" in client.submit("/set-up", TYPED | {"key": "guess"}).text
    first = printed(app)
    key = printed(app)
    assert re.fullmatch(r"([a-z2-9]{5}-){4}[a-z2-9]{5}", key)
    assert db.session.scalars(sa.select(SetUpKey.digest)).one() != key.encode()
    for wrong in ("", "guess", first, key[:-1]):
        answer = client.submit("/set-up", TYPED | {"key": wrong})
        assert answer.status_code == 422
    assert "This is not the key" in answer.text
    assert fresh() is None
    assert client.submit("/set-up", TYPED | {"key": key.upper().replace("-", " ")}).location == "/home"
    assert fresh() is not None
    assert db.session.scalars(sa.select(SetUpKey)).all() == []
    assert "set up already" in app.test_cli_runner().invoke(args=["setup-key"]).output


def printed(app) -> str:
    db.session.commit()
    return app.test_cli_runner().invoke(args=["setup-key"]).output.split()[-1]


@pytest.mark.not_set_up
def test_too_many_wrong_keys_are_answered_with_a_wait(client, app, monkeypatch) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], environment="production"))
    answers = [client.submit("/set-up", TYPED | {"key": "guess"}).status_code for _ in range(11)]
    assert (set(answers[:10]), answers[10]) == ({422}, 429)


@pytest.mark.not_set_up
def test_development_is_set_up_without_a_key(client) -> None:
    assert 'name="key"' not in client.get("/set-up").text


@pytest.mark.not_set_up
def test_in_an_agency_the_operator_opens_brands_and_invites_their_owners(client, run_jobs) -> None:
    client.submit("/set-up", TYPED | {"shape": "agency"})
    fresh()
    typed = {"name": "Bramble Tea", "country": "IE", "email": "bram@example.com"}
    assert client.submit("/staff/brands", typed).location == "/staff/brands"
    run_jobs()
    page = client.get("/staff/brands").text
    assert "Bramble Tea" in page
    assert "need no verification" in page
    (brand,) = queries.parties_of_kind("brand")
    assert client.submit(f"/staff/brands/{db.short(brand.id)}/verify").status_code == 409
    client.submit("/sign-out")
    assert client.get("/sign-up?as=brand").status_code == 404


@pytest.mark.not_set_up
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("platform_fee", "-1", "0 to 50"),
        ("platform_fee", "51", "0 to 50"),
        ("platform_fee", "1.234", "two decimal places"),
        ("platform_fee", "NaN", "0 to 50"),
        ("platform_fee", "much", "Write a number in digits"),
        ("currency", "XXX", "Stripe settles USD for a portal in United States."),
        ("currency", "IRR", "Stripe settles USD for a portal in United States."),
        ("currency", "", "Please fill this in."),
        ("shape", "club", "Choose one of these."),
        ("email", "ada", "whole address"),
        ("password", "password123", "tries this one first"),
    ],
)
def test_a_bad_field_of_set_up_is_named_and_nothing_is_written(client, field, value, sentence) -> None:
    answer = client.submit("/set-up", TYPED | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert fresh() is None
    assert db.session.query(Party).count() == 0


@pytest.mark.not_set_up
@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize(
    ("country", "name"), [("IE", "Ireland"), ("SY", "Syria"), ("TH", "Thailand"), ("GB", "United Kingdom")]
)
def test_set_up_where_a_portal_cannot_be_run_is_refused_next_to_the_field_and_what_was_typed_stays(
    client, app, monkeypatch, environment, country, name
) -> None:
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], environment=environment))
    key = {"key": setup_key.make()} if environment == "production" else {}
    answer = client.submit("/set-up", TYPED | key | {"country": country})
    assert answer.status_code == 422
    field = BeautifulSoup(answer.text, "html.parser").find(id="country").find_parent(class_="field")
    assert "For now a portal can be run in one of these countries only: United States." in field.text
    assert f"In {name} Stripe or the law" in field.text
    assert 'value="Goodword Ltd"' in answer.text
    assert fresh() is None
    assert client.submit("/set-up", TYPED | key).location == "/home", "the key is not used up by a refusal"


@pytest.mark.not_set_up
def test_set_up_offers_only_countries_and_currencies_that_work(client) -> None:
    page = BeautifulSoup(client.get("/set-up").text, "html.parser")
    assert [one["value"] for one in page.select("#country option")] == ["US"]
    assert [one["value"] for one in page.select("#currency option")] == ["USD"]


@pytest.mark.plain
def test_from_which_countries_a_portal_is_run_depends_on_the_day() -> None:
    assert rules.platform_countries(date(2026, 11, 26)) == ["US"]
    assert rules.platform_countries(date(2023, 12, 31)) == []
    assert rules.platform_currencies("US", date(2026, 11, 26)) == ["USD"]
    assert rules.platform_currencies("DE", date(2026, 11, 26)) == []
