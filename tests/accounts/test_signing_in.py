"""Signing in and out, throttled; sessions are rows; the switcher."""

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
