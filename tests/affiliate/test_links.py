"""Links lead home and nowhere else; codes are unique in their time, not for ever."""

from datetime import timedelta

import pytest

from marketplace import clock as time
from marketplace.affiliate import enrolments, links
from marketplace.errors import Refused
from tests import factories
from tests.affiliate.world import world

ELSEWHERE = (
    "https://evil.example/",
    "https://bramble.example.evil.example/",
    "https://evilbramble.example/",
    "https://bramble.example@evil.example/",
    "//bramble.example/",
    "javascript:alert(1)",
    "https://bramble.example\\@evil.example/",
    "https://bramble.example:8443/",
    "https:// bramble.example/",
    "ftp://bramble.example/",
    "https://[::1",
    "",
)


def test_a_link_is_never_an_open_redirect(clock) -> None:
    friend = world().affiliate()
    for destination in ELSEWHERE:
        with pytest.raises(Refused, match="must lead to a page on bramble"):
            links.create(friend.enrolment, destination, by=friend.person.actor)


def test_a_link_may_lead_to_a_proven_domain_and_its_subdomains(clock) -> None:
    friend = world().affiliate()
    for destination in ("https://bramble.example/tea?x=1", "https://shop.bramble.example", "http://BRAMBLE.example./"):
        assert links.create(friend.enrolment, destination, by=friend.person.actor).destination == destination


def test_a_loopback_shop_of_a_developer_is_meant_with_its_port() -> None:
    proven = ["127.0.0.1:5001"]
    assert links.leads_home("http://127.0.0.1:5001/tea", proven)
    for elsewhere in (
        "http://127.0.0.1:5002/",
        "http://127.0.0.1/",
        "http://a@127.0.0.1:5001/",
        "http://x.127.0.0.1:5001/",
    ):
        assert not links.leads_home(elsewhere, proven)


def test_a_code_is_normalised_once_and_unique_in_the_program_per_time_interval(clock) -> None:
    here = world()
    first, second = here.affiliate("Ann"), here.affiliate("Bea")
    row = links.give_code(here.program, "  ＭＡＹＡ10 ", enrolment=first.enrolment, by=here.brand.actor)
    assert (row.text, row.code) == ("ＭＡＹＡ10", "maya10")
    with pytest.raises(Refused, match="holds this code"):
        links.give_code(here.program, "Maya10", enrolment=second.enrolment, by=here.brand.actor)
    clock.travel(timedelta(days=1))
    links.withdraw_code(row, by=here.brand.actor)
    moved = links.give_code(here.program, "Maya10", enrolment=second.enrolment, by=here.brand.actor)
    assert moved.valid_from == row.valid_until == time.now()


def test_the_same_code_may_live_in_another_program(clock) -> None:
    for here in (world(), world()):
        links.give_code(here.program, "TEA", enrolment=here.affiliate().enrolment, by=here.brand.actor)


def test_each_link_has_a_qr_code(clock) -> None:
    assert links.qr("https://goodword.example/l/abc").startswith("<svg")


def test_who_is_not_let_in_yet_makes_no_links(clock) -> None:
    here = world(joining="approval")
    person = factories.creator()
    enrolment = enrolments.join(here.program, by=person.actor)
    with pytest.raises(Refused, match="let you in"):
        links.create(enrolment, "https://bramble.example/", by=person.actor)
    enrolments.approve(enrolment, by=here.brand.actor)
    assert links.create(enrolment, "https://bramble.example/", by=person.actor)


def test_a_pause_leaves_a_gap_in_which_nothing_counts(clock) -> None:
    here = world()
    friend = here.affiliate()
    clock.travel(timedelta(days=1))
    paused = time.now()
    enrolments.pause(friend.enrolment, by=here.brand.actor)
    clock.travel(timedelta(days=1))
    enrolments.resume(friend.enrolment, by=here.brand.actor)
    instants = [paused - timedelta(seconds=1), paused, time.now() - timedelta(seconds=1), time.now()]
    assert [friend.enrolment.active_at(at) for at in instants] == [True, False, False, True]
