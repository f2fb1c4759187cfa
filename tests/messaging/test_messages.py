"""Messages stay between the two sides; a first one carries no link and asks for no money."""

import pytest

from marketplace.errors import Refused
from marketplace.messaging import first_contact, queries, service
from tests.factories_deals import applied, sides


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
