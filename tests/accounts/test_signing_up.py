"""Signing up as creator or brand with a six-digit code by mail in the same tab."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.accounts import queries
from marketplace.notifications.models import Mail
from tests import factories

TYPED = {
    "name": "Cleo Creator",
    "email": "cleo@example.com",
    "password": factories.PASSWORD,
    "country": "PT",
}


def last_mail(to: str) -> Mail | None:
    return db.session.scalar(sa.select(Mail).where(Mail.to == to).order_by(Mail.id.desc()).limit(1))


def code_in(mail: Mail | None) -> str:
    assert mail is not None
    found = re.search(r"\b\d{6}\b", mail.subject)
    assert found
    return found[0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_creator_signs_up_by_a_code_in_the_same_tab_and_goes_on_to_where_she_was(client, run_jobs) -> None:
    assert client.submit("/sign-up?as=creator&next=/briefs/abc", TYPED).location == "/sign-up/code"
    assert queries.user_by_email("cleo@example.com") is None
    run_jobs()
    answer = client.submit("/sign-up/code", {"code": f" {code_in(last_mail('cleo@example.com'))} "})
    assert (answer.status_code, answer.location) == (303, "/briefs/abc")
    user = queries.user_by_email("cleo@example.com")
    (membership,) = queries.memberships_of(user.id)
    assert (membership.party.kind, membership.party.name, membership.role) == ("creator", "Cleo Creator", "owner")
    assert membership.party.zone == "Europe/Lisbon"


@pytest.mark.parametrize(
    ("zone", "kept"),
    [
        ("America/Los_Angeles", "America/Los_Angeles"),
        ("", "America/New_York"),
        ("Mars/Olympus_Mons", "America/New_York"),
        ("\x00" + "x" * 300, "America/New_York"),
    ],
)
def test_the_zone_the_browser_lives_in_counts_and_the_country_s_without_one(client, run_jobs, zone, kept) -> None:
    assert client.submit("/sign-up?as=creator", TYPED | {"country": "US", "zone": zone}).location == "/sign-up/code"
    run_jobs()
    client.submit("/sign-up/code", {"code": code_in(last_mail("cleo@example.com"))})
    user = queries.user_by_email("cleo@example.com")
    (membership,) = queries.memberships_of(user.id)
    assert (user.zone, membership.party.zone) == (kept, kept)


def test_a_brand_signs_up_under_its_own_name(client, run_jobs) -> None:
    refused = client.submit("/sign-up?as=brand", TYPED)
    assert refused.status_code == 422
    client.submit("/sign-up?as=brand", TYPED | {"party_name": "Bramble Tea"})
    run_jobs()
    client.submit("/sign-up/code", {"code": code_in(last_mail("cleo@example.com"))})
    (membership,) = queries.memberships_of(queries.user_by_email("cleo@example.com").id)
    assert (membership.party.kind, membership.party.name) == ("brand", "Bramble Tea")


def test_a_pending_signed_out_draft_is_kept_through_sign_up(client, run_jobs) -> None:
    with client.session_transaction() as cookie:
        cookie["draft"] = {"pitch": "I drink tea all day."}
    client.submit("/sign-up?as=creator", TYPED)
    run_jobs()
    client.submit("/sign-up/code", {"code": code_in(last_mail("cleo@example.com"))})
    with client.session_transaction() as cookie:
        assert cookie["draft"] == {"pitch": "I drink tea all day."}


def test_who_starts_again_with_another_address_keeps_the_role_and_the_way_back(client, run_jobs) -> None:
    client.submit("/sign-up?as=brand&next=/fees", TYPED | {"party_name": "Bramble Tea"})
    for answer in (client.get("/sign-up/code"), client.submit("/sign-up/code", {"code": "no"})):
        again = BeautifulSoup(answer.data, "html.parser").find("a", string="Start again with another address")["href"]
        assert again == "/sign-up?as=brand&next=/fees"
    other = TYPED | {"party_name": "Bramble Tea", "email": "cleo.creator@example.com"}
    client.submit(again, other)
    run_jobs()
    code = code_in(last_mail("cleo.creator@example.com"))
    assert client.submit("/sign-up/code", {"code": code}).location == "/fees"


def test_a_code_has_five_tries(client, run_jobs) -> None:
    client.submit("/sign-up?as=creator", TYPED)
    run_jobs()
    code = code_in(last_mail("cleo@example.com"))
    for _ in range(5):
        answer = client.submit("/sign-up/code", {"code": wrong(code)})
        assert answer.status_code == 422
        assert "not the code" in answer.text
    answer = client.submit("/sign-up/code", {"code": code})
    assert answer.status_code == 422
    assert "too often" in answer.text
    assert queries.user_by_email("cleo@example.com") is None


def test_a_code_lives_fifteen_minutes(client, run_jobs, clock) -> None:
    client.submit("/sign-up?as=creator", TYPED)
    run_jobs()
    clock.travel(timedelta(minutes=15))
    answer = client.submit("/sign-up/code", {"code": code_in(last_mail("cleo@example.com"))})
    assert answer.status_code == 422
    assert "older than 15 minutes" in answer.text


def test_a_new_code_replaces_the_old_one_and_keeps_what_was_typed(client, run_jobs) -> None:
    client.submit("/sign-up?as=creator", TYPED)
    run_jobs()
    old = code_in(last_mail("cleo@example.com"))
    assert client.submit("/code/again").location == "/sign-up/code"
    run_jobs()
    new = code_in(last_mail("cleo@example.com"))
    if old != new:
        assert client.submit("/sign-up/code", {"code": old}).status_code == 422
    assert client.submit("/sign-up/code", {"code": new}).status_code == 303


def test_an_existing_address_gets_a_mail_saying_so_and_the_page_reveals_nothing(client, app, run_jobs) -> None:
    factories.creator(email="cleo@example.com")
    stranger = app.test_client()
    for browser, email in [(client, "cleo@example.com"), (stranger, "nobody@example.com")]:
        assert browser.submit("/sign-up?as=creator", TYPED | {"email": email}).location == "/sign-up/code"
    run_jobs()
    known, unknown = (
        browser.get("/sign-up/code").text.replace(email, "ADDRESS")
        for browser, email in [(client, "cleo@example.com"), (stranger, "nobody@example.com")]
    )
    hide = r'name="csrf_token"[^>]*value="[^"]*"'
    assert re.sub(hide, "", known) == re.sub(hide, "", unknown)
    mail = last_mail("cleo@example.com")
    assert mail is not None
    assert "already" in mail.subject
    assert not re.search(r"\b\d{6}\b", mail.text)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Please fill this in"),
        ("email", "no address", "whole address"),
        ("password", "short", "at least 10"),
        ("password", "aaaaaaaaaaaa", "tries this one first"),
        ("country", "XX", "Choose one of these."),
        ("name", "a\x00b", "control characters"),
        ("name", "x" * 500, "too long"),
    ],
)
def test_a_bad_field_is_named_and_the_rest_is_kept(client, field, value, sentence) -> None:
    answer = client.submit("/sign-up?as=creator", TYPED | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert field == "email" or "cleo@example.com" in answer.text
