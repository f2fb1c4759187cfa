"""The operator publishes terms and a privacy notice; whoever opens an account agrees to the versions in force."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import clock as time
from marketplace import db, events
from marketplace.accounts import legal, markup, members, queries
from marketplace.accounts.legal import Kind
from marketplace.notifications import reactions
from marketplace.notifications.models import Notification
from tests import factories
from tests.accounts.test_signing_up import TYPED, code_in, last_mail
from tests.pages_of_deals import read, words

TERMS = """# Who we are
We run this portal: **Goodword Ltd**, see https://goodword.example/imprint.

## Rules
- Be kind
- Write to [us](mailto:us@goodword.example)

1. First
2. Second
   and its second line"""


def foot(client) -> list[str]:
    """What the foot of a public page links to."""
    return [link["href"] for link in read(client.get("/fees")).select(".site-foot a")]


def test_until_something_is_published_there_is_neither_page_nor_link_and_staff_are_told(client) -> None:
    assert client.get("/terms").status_code == client.get("/privacy").status_code == 404
    assert not {"/terms", "/privacy"} & set(foot(client))
    assert "you agree" not in client.get("/sign-up?as=creator").text
    client.sign_in(factories.staff("admin"))
    assert "Not published yet: Terms of service, Privacy notice" in words(client.get("/staff"))
    client.sign_in(factories.staff("support"))
    assert client.get("/staff/legal").status_code == 403
    assert "Write them" not in client.get("/staff").text


def test_each_version_stays_readable_and_is_kept_with_the_accounts_opened_under_it(client, app, run_jobs) -> None:
    staff = app.test_client()
    staff.sign_in(factories.staff("admin"))
    assert staff.submit("/staff/legal/terms", {"text": ""}).status_code == 422
    assert staff.submit("/staff/legal/terms", {"text": TERMS}).location == "/staff/legal"
    assert staff.submit("/staff/legal/terms", {"text": f" {TERMS}\r\n"}).status_code == 422, "nothing is new"
    assert "/terms" in foot(client)
    assert "/privacy" not in foot(client)
    agreed = "By opening an account you agree to our terms of service ."
    assert agreed in words(client.get("/sign-up?as=creator"))
    client.submit("/sign-up?as=creator", TYPED)
    staff.submit("/staff/legal/terms", {"text": "Other words."})
    staff.submit("/staff/legal/privacy", {"text": "We keep little."})
    run_jobs()
    client.submit("/sign-up/code", {"code": code_in(last_mail("cleo@example.com"))})
    (kept,) = legal.accepted_by(queries.user_by_email("cleo@example.com").id)
    assert (kept.kind, kept.number) == ("terms", 1), "what stood there when she sent the form"
    assert "Version 2, in force since" in words(client.get("/terms"))
    first = words(client.get("/terms/1"))
    assert "A newer version is in force." in first
    assert "Who we are" in first
    assert client.get("/terms/3").status_code == client.get("/terms/99999999999").status_code == 404
    assert read(client.get("/settings")).select_one('main a[href="/privacy"]')


def test_who_is_invited_opens_an_account_under_the_same_terms(client) -> None:
    owner, staff = factories.brand(), factories.staff()
    for kind in Kind:
        legal.publish(kind, "Words.", by=staff.actor)
    invitation = members.link(members.invite(owner.party, "new@example.com", "manager", by=owner.actor))
    assert "Our privacy notice says what we keep about you and why." in words(client.get(invitation))
    client.submit(invitation, {"name": "Nora New", "password": factories.PASSWORD})
    kept = legal.accepted_by(queries.user_by_email("new@example.com").id)
    assert {(row.kind, row.number) for row in kept} == {("terms", 1), ("privacy", 1)}


def test_a_new_version_is_told_once_to_everybody_who_agreed_to_an_earlier_one_a_page_at_a_time(
    client, run_jobs, monkeypatch, clock
) -> None:
    monkeypatch.setattr(reactions, "A_PAGE", 2)
    staff, gone, never = factories.staff(), factories.creator("Gone"), factories.creator("Never")
    first = legal.publish(Kind.TERMS, "Words.", by=staff.actor)
    early = [factories.creator(f"Early {number}") for number in range(4)]
    for person in (*early, gone):
        legal.accept(person.user, [first.id])
    gone.user.disabled_at = time.now()
    run_jobs()
    assert told("terms") == []
    legal.publish(Kind.PRIVACY, "We keep little.", by=staff.actor)
    second = legal.publish(Kind.TERMS, "Other words.", by=staff.actor)
    late = factories.creator("Late")
    legal.accept(late.user, [second.id])
    run_jobs()
    events.sweep()
    run_jobs()
    assert told("terms") == [person.user.id for person in early]
    assert told("privacy") == []
    mail = last_mail(early[0].user.email)
    assert mail.subject == "Our terms of service have a new version since Mar 2, 2026"
    assert "It holds from March 2, 2026." in mail.text
    assert "http://localhost/terms/2" in mail.text
    assert "You get this because you opened your account under an earlier version." in mail.html
    assert last_mail(never.user.email) is None
    client.sign_in(early[0])
    assert "Our terms of service have a new version" in words(client.get("/notifications"))
    assert "Version 2, in force since" in words(client.get("/terms/2"))


def test_a_version_replaced_before_it_was_told_is_told_by_its_successor_alone(run_jobs) -> None:
    staff, person = factories.staff(), factories.creator()
    legal.accept(person.user, [legal.publish(Kind.PRIVACY, "One.", by=staff.actor).id])
    for text in ("Two.", "Three."):
        legal.publish(Kind.PRIVACY, text, by=staff.actor)
    run_jobs()
    assert told("privacy") == [person.user.id]
    assert "/privacy/3" in last_mail(person.user.email).text


def told(kind: str) -> list[UUID]:
    """Who was told of a new version of a text, by id."""
    about = Notification.event == "accounts.legal_text_published", Notification.link.startswith(f"/{kind}/")
    return list(db.session.scalars(sa.select(Notification.user_id).where(*about).order_by(Notification.user_id)))


def test_a_text_is_written_out_with_its_titles_lists_and_links(client) -> None:
    legal.publish(Kind.TERMS, TERMS, by=factories.staff().actor)
    page = read(client.get("/terms")).main
    assert [title.text for title in page.select("h2, h3")] == ["Who we are", "Rules"]
    assert [item.get_text(" ", strip=True) for item in page.select("ul li")] == ["Be kind", "Write to us"]
    assert [item.get_text() for item in page.select("ol li")] == ["First", "Second and its second line"]
    assert page.strong.text == "Goodword Ltd"
    assert [link["href"] for link in page.select(".stack a")] == [
        "https://goodword.example/imprint",
        "mailto:us@goodword.example",
    ]


HOSTILE = [
    "<script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>",
    "[here](javascript:alert(1))",
    "[here](data:text/html,x) and [there](//evil.example)",
    '[" onmouseover="alert(1)](https://ok.example/"onclick="x)',
    "- **<b>bold</b>** & <i>more</i>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_html_and_no_address_that_runs_something_gets_through(client, text) -> None:
    legal.publish(Kind.PRIVACY, text, by=factories.staff().actor)
    body = read(client.get("/privacy")).main.select_one(".stack")
    assert {tag.name for tag in body.find_all()} <= {"h2", "h3", "p", "ul", "ol", "li", "a", "strong", "br"}
    for link in body.find_all("a"):
        assert link["href"].startswith(("https://", "http://", "mailto:"))
        assert set(link.attrs) == {"class", "href", "rel"}


@pytest.mark.plain
@pytest.mark.parametrize("text", ["", "\n\n", "#", "**", "[](x)", "1.", "- ", "*" * 5000, "[" * 5000, "a](b" * 2000])
def test_marks_that_mark_nothing_are_words(text) -> None:
    shown = "".join(span.words for block in markup.blocks(text) for line in block.lines for span in line)
    assert shown == text.strip()
    assert BeautifulSoup(shown, "html.parser").get_text() == shown
