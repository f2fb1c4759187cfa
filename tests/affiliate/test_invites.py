"""A program's public page, its invite link, and people invited by name who claim their codes."""

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import enrolments, invites, programs
from marketplace.affiliate.models import DiscountCode, Enrolment, ProgramInvite
from marketplace.errors import Refused
from marketplace.notifications.models import Mail
from tests import factories
from tests.affiliate.shop import open_shop, order, take
from tests.affiliate.world import world

LIST = "Name;E-mail;Code\nMaya Moss;maya@example.org;MAYA10\nZed;nonsense;ZED\nBea;;BEA\nMaya again;MAYA@example.org;\nTwo;two@example.org;maya10\n"


def test_an_invite_link_lets_in_by_the_programs_setting_and_leads_nowhere_once_withdrawn(client, clock) -> None:
    states = {}
    for joining in ("open", "approval", "invited"):
        here = world(joining=joining, brand=factories.brand(party_name=f"{joining} brand"))
        row = invites.invite_link(here.program, by=here.brand.actor)
        assert invites.invite_link(here.program, by=here.brand.actor) is row
        states[joining] = invites.claim(row, by=factories.creator().actor).state
    assert states == {"open": "active", "approval": "pending", "invited": "active"}
    with pytest.raises(Refused, match="by invitation only"):
        enrolments.join(here.program, by=factories.creator().actor)
    address = invites.link(row)
    told = BeautifulSoup(client.get(address).text, "html.parser")
    assert "invited brand invites you to its affiliate program" in told.get_text()
    assert told.find("a", href=re.compile("sign-up.*next"))
    invites.withdraw(row, by=here.brand.actor)
    assert client.get(address).status_code == 404
    with pytest.raises(Refused, match="not open any more"):
        invites.claim(row, by=factories.creator().actor)


def test_people_by_name_are_looked_over_invited_by_mail_and_claim_their_codes(client, clock, run_jobs) -> None:
    here = world(joining="approval")
    client.sign_in(here.brand)
    address = f"/brand/programs/{db.short(here.program.id)}/invite"
    looked = client.submit(address, {"file": (io.BytesIO(LIST.encode()), "people.csv")})
    page = BeautifulSoup(looked.text, "html.parser")
    told = " ".join(page.get_text(" ").split())
    assert looked.status_code == 200
    assert "Invite 2 people" in told
    for says in (
        "“nonsense” is not an e-mail address.",
        "Invited or in the program already.",
        "Somebody holds this code",
    ):
        assert says in told
    assert db.session.scalars(sa.select(ProgramInvite)).all() == []
    seen = {"people": page.find("textarea").text.lstrip("\n"), "seen": page.find("input", {"name": "seen"})["value"]}
    assert client.submit(address, seen).status_code == 303
    maya, bea = db.session.scalars(sa.select(ProgramInvite).order_by(ProgramInvite.id)).all()
    run_jobs()
    [mail] = [row for row in db.session.scalars(sa.select(Mail)) if "affiliate program" in row.subject]
    assert (mail.to, invites.link(maya) in mail.text, "MAYA10" in mail.text) == ("maya@example.org", True, True)
    person = factories.creator("Maya Moss")
    client.sign_in(person)
    assert "MAYA10" in client.get(invites.link(maya)).text
    assert client.submit(invites.link(maya)).status_code == 303
    assert client.submit(invites.link(maya)).status_code == 404  # used up
    row = db.session.scalars(sa.select(Enrolment)).one()
    code = db.session.scalars(sa.select(DiscountCode)).one()
    assert (row.state, code.text, code.enrolment_id, maya.enrolment_id) == ("active", "MAYA10", row.id, row.id)
    take(open_shop(here), order(1000, codes=(("maya10", 0),)))
    client.submit(invites.link(bea))  # she takes a second code along, though she is in already
    assert {c.text for c in db.session.scalars(sa.select(DiscountCode))} == {"MAYA10", "BEA"}
    client.sign_in(here.brand)
    assert "Joined" in client.get(address).text


def test_an_unverified_brand_invites_nobody_and_lists_are_refused_in_words(clock) -> None:
    here = world(brand=factories.brand(verified=False))
    with pytest.raises(Refused, match="once your brand is verified"):
        invites.invite_link(here.program, by=here.brand.actor)
    with pytest.raises(Refused, match="once your brand is verified"):
        invites.invite(here.program, invites.look(here.program, "Ann, ann@example.org"), by=here.brand.actor)
    for text, says in (("", "one person a row"), ('"Ann', "quotation mark"), ("Ann\n" * 501, "at most 500")):
        with pytest.raises(Refused, match=says):
            invites.look(here.program, text)


def test_the_public_page_says_what_is_promised_and_what_is_announced(client, clock) -> None:
    here = world()
    later = programs.Terms(rules=(programs.percent(700),))
    programs.announce_terms(here.program, later, valid_from=time.now() + timedelta(days=30), by=here.brand.actor)
    told = " ".join(
        BeautifulSoup(client.get(f"/programs/{here.program.slug}").text, "html.parser").get_text(" ").split()
    )
    assert "10%" in told
    assert "From Apr 1, 2026" in told
    assert "An order earns changed 10% 7%" in told
