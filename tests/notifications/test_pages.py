"""The pages: a paged list of one's own lines, the number at the bell, and the settings."""

from __future__ import annotations

from typing import Any

from marketplace import db
from marketplace.messaging import queries as messages
from marketplace.messaging import service as messaging
from marketplace.notifications import queries, tell
from tests import factories
from tests import factories_deals as deals
from tests.pages_of_deals import counted, read


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
    assert queries.unread(person.actor) == (0, 0)


def test_who_opens_the_page_by_herself_has_read_what_leads_there(client: Any) -> None:
    """Whichever way she came; what leads elsewhere, and what others were told, stays. One query counts it all."""
    person, other = factories.creator(), factories.creator()
    for who in (person, other):
        tell.user(who.user, "affiliate.enrolled", "/links?new=1#first", program="Program")
    tell.user(person.user, "payments.account_ready", "/earnings")
    client.sign_in(person)
    with counted() as seen:
        assert unread_at_the_bell(client.get("/briefs")) == 2
    assert len([one for one in seen if "FROM notifications" in one]) == 1
    assert unread_at_the_bell(client.get("/links")) == 1
    assert unread_at_the_bell(client.get("/notifications")) == 1
    assert queries.unread(other.actor) == (1, 0)


def test_a_page_that_is_refused_leaves_its_lines_unread(client: Any) -> None:
    person = factories.creator()
    tell.user(person.user, "accounts.joined", "/brand/team", name="Cora")
    client.sign_in(person)
    assert client.get("/brand/team").status_code == 403
    assert queries.unread(person.actor) == (1, 0)


def test_reading_a_message_where_the_deal_shows_it_is_reading_it(client: Any, run_jobs: Any) -> None:
    sides = deals.sides()
    row = deals.applied(sides)
    thread = messages.of_room(row.id)
    messaging.send(thread, "When may I send the tin?", by=sides.brand.actor)
    run_jobs()
    client.sign_in(sides.creator)
    assert unread_at_the_bell(client.get("/briefs")) == 1
    assert unread_at_the_bell(client.get(f"/applications/{db.short(row.id)}")) == 0


def unread_at_the_bell(answer: Any) -> int:
    count = read(answer).select_one(".bell .count")
    return int(count.find(string=True)) if count else 0


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
    assert queries.unread(person.actor) == (0, 0)
    assert queries.unread(other.actor) == (1, 0)


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
