"""Messages stay between the two sides; a first one carries no link and asks for no money."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from marketplace import db
from marketplace.errors import Refused
from marketplace.events import Event
from marketplace.messaging import first_contact, queries, service
from marketplace.messaging.models import Message, Thread
from tests import factories
from tests.factories_deals import applied, sides
from tests.payments.threads import at_once, committed_database
from tests.services import Services


@pytest.mark.parametrize(
    "text",
    [
        "Connect your payout at https://pay.example.com/now",
        "write to me at bram@mail.example.com",
        "go to cheap-gifts.shop please",
        "You only pay the shipping fee",
        "please send 20 dollars for customs first",
        "a small verification deposit is needed",
    ],
)
def test_no_outside_links_or_fee_requests_in_a_first_message(text) -> None:
    assert first_contact.problem(text)


@pytest.mark.parametrize(
    "text",
    ["My fee for a reel is 300 dollars.", "I would show the tin at breakfast. Sent with joy.", "Does 3.5 weeks work?"],
)
def test_ordinary_first_messages_go_out(text) -> None:
    assert first_contact.problem(text) is None


def test_links_are_fine_once_the_other_side_has_answered() -> None:
    between = sides()
    thread = queries.of_room(applied(between).id)
    with pytest.raises(Refused) as refusal:
        service.send(thread, "see https://brand.example.com", by=between.brand.actor)
    assert (refusal.value.status, refusal.value.field) == (422, "body")
    service.send(thread, "Hello", by=between.creator.actor)
    service.send(thread, "see https://brand.example.com", by=between.brand.actor)
    assert [row.body for row in queries.messages(thread)] == ["Hello", "see https://brand.example.com"]


def test_unread_marks_are_a_persons_own() -> None:
    between = sides()
    application = applied(between)
    thread = queries.of_room(application.id)
    service.send(thread, "Hello", by=between.creator.actor)
    assert queries.unread_in(between.brand.actor, [application.id]) == {application.id: 1}
    assert queries.unread_in(between.creator.actor, [application.id]) == {}
    service.mark_read(thread, by=between.brand.actor)
    assert queries.unread_in(between.brand.actor, [application.id]) == {}


@pytest.mark.parametrize("body", ["", "   ", "x" * 4001])
def test_empty_and_endless_messages_are_refused(body) -> None:
    between = sides()
    thread = queries.of_room(applied(between).id)
    with pytest.raises(Refused):
        service.send(thread, body, by=between.creator.actor)


def test_a_form_sent_twice_is_one_message_and_other_words_are_another(client) -> None:
    between = sides()
    application = applied(between)
    client.sign_in(between.creator)
    address = f"/applications/{db.short(application.id)}"
    found = BeautifulSoup(client.get(address).text, "html.parser")
    form = next(form for form in found.find_all("form") if "/messages/" in form.get("action", ""))
    once = form.find("input", attrs={"name": "once"})["value"]
    for body in ("Hello", "Hello", "Hello again"):  # the last: she went back, and wrote something else
        assert client.submit(form["action"], {"body": body, "once": once}).status_code == 303
    thread = queries.of_room(application.id)
    assert [row.body for row in queries.messages(thread)] == ["Hello", "Hello again"]
    told = sa.select(sa.func.count()).select_from(Event).where(Event.name == "messaging.sent")
    assert db.session.scalar(told) == 2
    assert once not in client.get(address).text  # the next form carries another
    client.submit(form["action"], {"body": "Hello"})
    assert len(queries.messages(thread)) == 3


def test_two_sendings_of_one_form_at_the_same_moment_are_one_message(app: Flask, services: Services) -> None:
    with committed_database(services, "messages"):
        factories.instance()
        between = sides()
        thread_id, writer = queries.of_room(applied(between).id).id, between.creator.actor
        db.session.commit()

        def send() -> object:
            return service.send(db.session.get_one(Thread, thread_id), "Hello", once="one form", by=writer).id

        assert len(set(at_once(app, [send] * 6))) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 1
