"""The pages: a paged list of one's own lines, the number at the bell, and the settings."""

from __future__ import annotations

from typing import Any

from marketplace import db
from marketplace.notifications import queries, tell
from tests import factories
from tests.pages_of_deals import read


def test_lines_are_paged_newest_first_and_counted_at_the_bell(client: Any) -> None:
    person = factories.creator()
    for number in range(31):
        tell.user(person.user, "affiliate.enrolled", "/links", program=f"Program {number:02d}")
    client.sign_in(person)
    first, second = client.get("/notifications"), client.get("/notifications?page=2")
    assert "Program 30" in first.text
    assert "Program 00" not in first.text
    assert "Program 00" in second.text
    assert ">31<" in first.text.replace(" ", "").replace("<spanclass", "<")
    assert client.get("/notifications?page=-7").status_code == 404
    assert client.get("/notifications?page=nonsense").status_code == 200


def test_opening_a_line_marks_it_read_and_leads_on(client: Any) -> None:
    person, other = factories.creator(), factories.creator()
    row = tell.user(person.user, "affiliate.enrolled", "/links", program="Program")
    client.sign_in(other)
    assert client.get(f"/notifications/{db.short(row.id)}").status_code == 404
    client.sign_in(person)
    assert client.get(f"/notifications/{db.short(row.id)}").location == "/links"
    assert queries.unread(person.actor) == 0


def test_an_unread_line_is_bold_and_says_so_to_who_cannot_see_it(client: Any) -> None:
    person = factories.creator()
    row = tell.user(person.user, "affiliate.enrolled", "/links", program="Program")
    client.sign_in(person)
    title = read(client.get("/notifications")).select_one(".timeline__title")
    assert title.b is not None
    assert title.select_one(".unseen").get_text(strip=True) == "Not read yet:"
    client.get(f"/notifications/{db.short(row.id)}")
    title = read(client.get("/notifications")).select_one(".timeline__title")
    assert title.b is None
    assert title.select_one(".unseen") is None


def test_everything_is_marked_read_for_oneself_only(client: Any) -> None:
    person, other = factories.creator(), factories.creator()
    for who in (person, other):
        tell.user(who.user, "affiliate.enrolled", "/links", program="Program")
    client.sign_in(person)
    assert client.submit("/notifications/read").location == "/notifications"
    assert queries.unread(person.actor) == 0
    assert queries.unread(other.actor) == 1


def test_the_hour_of_the_digest_and_a_pause_are_kept(client: Any, clock: Any) -> None:
    person = factories.creator()
    client.sign_in(person)
    typed = {"digest": "y", "digest_hour": "18", "away_until": "2026-03-20"}
    assert client.submit("/settings/notifications", typed).location == "/settings/notifications"
    kept = queries.settings(person.user.id)
    assert (kept.digest, kept.digest_hour, str(kept.away_until)) == (True, 18, "2026-03-20")
    assert client.submit("/settings/notifications", {"digest_hour": "18"}).status_code == 303
    assert queries.settings(person.user.id).digest is False
    for bad in ({"digest_hour": "25"}, {"digest_hour": "8", "away_until": "2020-01-01"}, {"digest_hour": "eight"}):
        assert client.submit("/settings/notifications", bad).status_code == 422
