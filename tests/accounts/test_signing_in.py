"""Signing in and out, throttled; sessions are rows; the switcher."""

import re

from argon2 import PasswordHasher
from limits import parse

from marketplace import clock
from marketplace.accounts import throttle
from tests import factories


def test_the_right_password_signs_in_and_a_wrong_one_says_so_and_keeps_the_address(client) -> None:
    person = factories.creator()
    wrong = client.submit("/sign-in", {"email": person.user.email, "password": "not hers at all"})
    assert wrong.status_code == 422
    assert person.user.email in wrong.text
    right = client.submit("/sign-in?next=/briefs", {"email": person.user.email.upper(), "password": factories.PASSWORD})
    assert (right.status_code, right.location) == (303, "/briefs")


def test_signed_in_client_acts_for_the_party_and_a_signed_out_one_does_not(client) -> None:
    person = factories.brand()
    client.sign_in(person)
    assert client.submit("/sign-out").location == "/sign-in"
    assert client.submit("/sign-out").location.startswith("/sign-in")


def test_sign_in_is_throttled_by_account_with_a_clear_sentence(client) -> None:
    person = factories.creator()
    for _ in range(10):
        assert client.submit("/sign-in", {"email": person.user.email, "password": "wrong one"}).status_code == 422
    answer = client.submit("/sign-in", {"email": person.user.email, "password": factories.PASSWORD})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text
    assert person.user.email in answer.text
    other = factories.creator()
    assert client.submit("/sign-in", {"email": other.user.email, "password": factories.PASSWORD}).status_code == 303


def test_sign_in_is_throttled_by_address_too(client, monkeypatch) -> None:
    monkeypatch.setattr(throttle, "PER_ADDRESS", parse("3 per 15 minutes"))
    for number in range(3):
        client.submit("/sign-in", {"email": f"nobody{number}@example.com", "password": "wrong one"})
    answer = client.submit("/sign-in", {"email": "nobody4@example.com", "password": "wrong one"})
    assert answer.status_code == 429


def test_an_unknown_address_costs_the_same_time_and_reads_the_same(client, monkeypatch) -> None:
    asked = []
    real = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *a: asked.append(a[1]) or real(*a))
    person = factories.creator()
    texts = [
        re.sub(r"[\w.]+@example.com|value=\"[^\"]*\"", "", client.submit("/sign-in", typed).text)
        for typed in (
            {"email": person.user.email, "password": "wrong one"},
            {"email": "nobody@example.com", "password": "wrong one"},
        )
    ]
    assert texts[0] == texts[1]
    assert len(asked) == 2  # one Argon2 verification each


def test_passwords_are_kept_as_argon2id_and_never_in_the_clear() -> None:
    person = factories.creator()
    assert person.user.password_hash.startswith("$argon2id$")
    assert factories.PASSWORD not in person.user.password_hash


def test_a_disabled_user_is_out_at_once_and_cannot_come_back(client) -> None:
    person = factories.creator()
    client.sign_in(person)
    person.user.disabled_at = clock.now()
    assert client.get("/settings").location.startswith("/sign-in")
    assert client.submit("/sign-in", {"email": person.user.email, "password": factories.PASSWORD}).status_code == 422


def test_sign_in_never_leads_to_a_foreign_address(client) -> None:
    person = factories.creator()
    typed = {"email": person.user.email, "password": factories.PASSWORD}
    assert client.submit("/sign-in?next=https://evil.example/", typed).location == "/home"
