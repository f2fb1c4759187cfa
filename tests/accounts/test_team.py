"""Parties and roles: the team page, invitations, the last owner, the switcher."""

import re

import pytest
import sqlalchemy as sa

from marketplace import db
from marketplace.accounts import members, queries, service
from marketplace.errors import Refused
from marketplace.notifications.models import Mail
from tests import factories


def link_in_mail_to(email: str) -> str:
    text = db.session.scalar(sa.select(Mail.text).where(Mail.to == email).order_by(Mail.id.desc()).limit(1))
    return re.search(r"/invitations/\S+", text or "")[0]


def test_a_colleague_is_invited_by_mail_and_joins_with_a_new_account(client, app, run_jobs) -> None:
    owner = factories.brand()
    client.sign_in(owner)
    assert client.submit("/brand/team", {"email": "cora@example.com", "role": "manager"}).location == "/brand/team"
    run_jobs()
    colleague, link = app.test_client(), link_in_mail_to("cora@example.com")
    assert "Bramble Tea" in colleague.get(link).text
    typed = {"name": "Cora Colleague", "password": factories.PASSWORD, "zone": "America/Los_Angeles"}
    assert colleague.submit(link, typed).location == "/home"
    assert queries.user_by_email("cora@example.com").zone == "America/Los_Angeles"
    (membership,) = queries.memberships_of(queries.user_by_email("cora@example.com").id)
    assert (membership.party_id, membership.role) == (owner.party.id, "manager")
    assert colleague.get("/brand/team").status_code == 403
    assert colleague.get(link).status_code == 404


def test_an_invited_person_with_an_account_signs_in_and_joins(client, app, run_jobs) -> None:
    owner, creator, browser = factories.brand(), factories.creator(), app.test_client()
    client.sign_in(owner)
    client.submit("/brand/team", {"email": creator.user.email, "role": "reviewer"})
    run_jobs()
    link = link_in_mail_to(creator.user.email)
    assert "Sign in to join" in browser.get(link).text
    assert browser.submit(link, {"name": "Eve", "password": factories.PASSWORD}).status_code == 409
    browser.sign_in(creator)
    assert browser.submit(f"{link}/accept").location == "/home"
    assert {m.party.kind for m in queries.memberships_of(creator.user.id)} == {"creator", "brand"}


def test_the_switcher_acts_for_another_of_ones_parties_and_for_no_other(client) -> None:
    creator, brand, stranger = factories.creator(), factories.brand(), factories.brand()
    service.join(creator.user, brand.party, "owner")
    client.sign_in(creator)
    assert client.get("/brand/team").status_code == 403
    assert client.submit("/switch", {"party": db.short(brand.party.id)}).location == "/home"
    assert client.get("/brand/team").status_code == 200
    assert client.submit("/switch", {"party": db.short(stranger.party.id)}).status_code == 404
    assert client.submit("/switch", {"party": "nonsense"}).status_code == 404


def test_teams_of_one_see_no_roles(client) -> None:
    owner = factories.brand()
    client.sign_in(owner)
    assert "Role of" not in client.get("/brand/team").text
    factories.colleague(owner, "viewer")
    shown = client.get("/brand/team").text
    assert "Role of" in shown
    assert shown.count("Remove") == 1  # the colleague; the only owner cannot leave
    assert "a team keeps one owner" in shown


def test_the_last_owner_stays(client) -> None:
    owner = factories.brand()
    other = factories.colleague(owner, "manager")
    mine = queries.membership(owner.user.id, owner.party.id)
    for move in (
        lambda: members.change_role(mine, "viewer", by=owner.actor),
        lambda: members.remove(mine, by=owner.actor),
    ):
        with pytest.raises(Refused, match="at least one owner"):
            move()
    members.change_role(queries.membership(other.user.id, owner.party.id), "owner", by=owner.actor)
    members.remove(mine, by=owner.actor)
    assert [m.user_id for m in queries.members(owner.party.id)] == [other.user.id]


def test_roles_change_and_members_leave_on_the_team_page(client) -> None:
    owner = factories.brand()
    other = factories.colleague(owner, "viewer")
    row = queries.membership(other.user.id, owner.party.id)
    client.sign_in(owner)
    assert client.submit(f"/team/members/{db.short(row.id)}/role", {"role": "finance"}).location == "/brand/team"
    assert queries.membership(other.user.id, owner.party.id).role == "finance"
    assert client.submit(f"/team/members/{db.short(row.id)}/role", {"role": "king"}).status_code == 422
    assert client.submit(f"/team/members/{db.short(row.id)}/remove").location == "/brand/team"
    assert queries.membership(other.user.id, owner.party.id) is None


def test_another_brands_owner_cannot_touch_a_team(client) -> None:
    owner, stranger = factories.brand(), factories.brand()
    row = queries.membership(owner.user.id, owner.party.id)
    client.sign_in(stranger)
    assert client.submit(f"/team/members/{db.short(row.id)}/remove").status_code == 404


def test_an_invitation_is_replaced_taken_back_and_refused_for_a_member(client) -> None:
    owner = factories.brand()
    client.sign_in(owner)
    for role in ("viewer", "manager"):
        client.submit("/brand/team", {"email": "cora@example.com", "role": role})
    (row,) = members.open_invitations(owner.party.id)
    assert row.role == "manager"
    client.submit(f"/team/invitations/{db.short(row.id)}/withdraw")
    assert members.open_invitations(owner.party.id) == []
    assert client.get(members.link(row)).status_code == 404
    answer = client.submit("/brand/team", {"email": owner.user.email, "role": "viewer"})
    assert answer.status_code == 422
    assert "belongs to the team already" in answer.text


def test_the_operators_team_has_its_own_roles(client) -> None:
    client.sign_in(factories.staff("admin"))
    assert "Support" in client.get("/staff/team").text
    assert client.submit("/staff/team", {"email": "sid@example.com", "role": "owner"}).status_code == 422
    assert client.submit("/staff/team", {"email": "sid@example.com", "role": "support"}).location == "/staff/team"
