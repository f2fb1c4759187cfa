"""One's own settings: sessions that end everywhere at once, password, e-mail, profile, theme."""

import re

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts import passwords, queries, sessions
from marketplace.notifications.models import Mail
from tests import factories


def code_for(email: str) -> str:
    subject = db.session.scalar(sa.select(Mail.subject).where(Mail.to == email).order_by(Mail.id.desc()).limit(1))
    return re.search(r"\d{6}", subject or "")[0]


def test_sign_out_everywhere_ends_every_session_at_once(client, app) -> None:
    person, phone = factories.creator(), app.test_client()
    client.sign_in(person)
    phone.sign_in(person)
    page = client.get("/settings/sign-in")
    assert page.status_code == 200
    assert page.text.count("a test") == 0  # devices are named in words, never as the raw header
    assert client.submit("/settings/sign-in/end-all").location == "/sign-in"
    for browser in (client, phone):
        assert browser.get("/settings").location.startswith("/sign-in")


def test_one_session_is_ended_from_another_browser_but_not_someone_elses(client, app) -> None:
    person, other, phone = factories.creator(), factories.creator(), app.test_client()
    phone.sign_in(person)
    (row,) = sessions.of(person.user.id)
    client.sign_in(other)
    assert client.submit(f"/settings/sign-in/{db.short(row.id)}/end").status_code == 404
    client.sign_in(person)
    assert client.submit(f"/settings/sign-in/{db.short(row.id)}/end").location == "/settings/sign-in"
    assert phone.get("/settings").location.startswith("/sign-in")
    assert client.get("/settings").status_code == 200


def test_changing_the_password_needs_the_present_one_and_ends_every_other_session(client, app) -> None:
    person, phone = factories.creator(), app.test_client()
    client.sign_in(person)
    phone.sign_in(person)
    typed = {"current": "not this one", "password": "another long password"}
    refused = client.submit("/settings/password", typed)
    assert refused.status_code == 422
    assert "not your present password" in refused.text
    done = client.submit("/settings/password", typed | {"current": factories.PASSWORD})
    assert done.location == "/settings/sign-in"
    assert passwords.fits(queries.user_by_email(person.user.email), "another long password")
    assert client.get("/settings").status_code == 200
    assert phone.get("/settings").location.startswith("/sign-in")


def test_a_forgotten_password_is_reset_by_a_code_and_ends_every_session(client, app, run_jobs) -> None:
    person, phone = factories.creator(), app.test_client()
    phone.sign_in(person)
    assert client.submit("/reset", {"email": person.user.email}).location == "/reset/code"
    run_jobs()
    typed = {"code": code_for(person.user.email), "password": "another long password"}
    assert client.submit("/reset/code", typed).status_code == 303
    assert passwords.fits(queries.user_by_email(person.user.email), "another long password")
    assert phone.get("/settings").location.startswith("/sign-in")
    assert client.get("/settings").status_code == 200


def test_reset_for_an_unknown_address_looks_the_same_and_sends_nothing(client, run_jobs) -> None:
    assert client.submit("/reset", {"email": "nobody@example.com"}).location == "/reset/code"
    run_jobs()
    assert client.get("/reset/code").status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 0
    answer = client.submit("/reset/code", {"code": "123456", "password": "another long password"})
    assert answer.status_code == 422


def test_a_new_email_counts_once_its_code_is_typed(client, run_jobs) -> None:
    person = factories.creator()
    client.sign_in(person)
    typed = {"email": "new@example.com", "password": factories.PASSWORD}
    assert client.submit("/settings/e-mail", typed | {"password": "wrong"}).status_code == 422
    assert client.submit("/settings/e-mail", typed).location == "/settings/e-mail/code"
    run_jobs()
    assert queries.user_by_email("new@example.com") is None
    assert client.submit("/settings/e-mail/code", {"code": code_for("new@example.com")}).status_code == 303
    assert queries.user_by_email("new@example.com").id == person.user.id


def test_an_email_someone_has_is_neither_taken_nor_revealed(client, run_jobs) -> None:
    person, other = factories.creator(), factories.creator()
    client.sign_in(person)
    typed = {"email": other.user.email, "password": factories.PASSWORD}
    assert client.submit("/settings/e-mail", typed).location == "/settings/e-mail/code"
    run_jobs()
    subject = db.session.scalar(sa.select(Mail.subject).where(Mail.to == other.user.email))
    assert "already" in subject


def test_name_language_and_zone_are_kept(client) -> None:
    person = factories.creator()
    client.sign_in(person)
    typed = {"name": "Cleo C.", "language": "en", "zone": "Asia/Tokyo"}
    assert client.submit("/settings", typed).location == "/settings"
    user = queries.user_by_email(person.user.email)
    assert (user.name, user.zone) == ("Cleo C.", "Asia/Tokyo")
    assert client.submit("/settings", typed | {"zone": "Mars/Olympus"}).status_code == 422


def test_the_theme_is_switched_without_scripts_and_remembered(client) -> None:
    answer = client.submit("/theme", {"theme": "dark", "next": "/sign-in"})
    assert answer.location == "/sign-in"
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.submit("/theme", {"theme": "device"})
    assert "data-theme=" not in client.get("/sign-in").text.split("<head>")[0]


def test_staff_read_of_their_name_and_address_what_is_true_of_staff(client) -> None:
    hints = ("What people on the other side of a deal read.", "and for that long payouts wait")
    client.sign_in(factories.creator())
    assert hints[0] in client.get("/settings").text
    assert hints[1] in client.get("/settings/e-mail").text
    client.sign_in(factories.staff())
    assert "What people who hear from you read." in client.get("/settings").text
    assert hints[0] not in client.get("/settings").text
    assert hints[1] not in client.get("/settings/e-mail").text
