"""One brand's own portal goes by the brand's name and speaks of no other brand, no verification and no fee."""

import pytest

from marketplace import db
from marketplace.accounts import queries
from tests import factories
from tests.pages_of_deals import read

pytestmark = pytest.mark.not_set_up


def test_pages_for_anyone_read_as_one_brands_portal_under_its_name(client) -> None:
    owner = factories.own_program("Bramble Tea")
    front = client.get("/").text
    assert "Work with Bramble Tea" in front
    assert "Bramble Tea runs this portal itself and takes no fee" in client.get("/fees").text
    assert client.get("/for-brands").location == "/"
    for address in ("/", "/briefs", "/fees", "/sign-up", "/sign-in"):
        answer = client.get(address)
        page = answer.text
        assert read(answer).title.text.endswith("Bramble Tea"), address
        assert "Goodword" not in page, address
        assert ("For brands" in page, "as a brand" in page) == (False, False), address
    assert client.get("/sign-up?as=brand").status_code == 404
    assert queries.memberships_of(owner.user.id)[0].party.kind == "brand"


def test_its_owner_publishes_unverified_and_is_asked_for_no_verification(client) -> None:
    owner = factories.own_program()
    brief = factories.published_brief(owner)
    client.sign_in(owner)
    assert "Not verified yet" not in client.get("/brand/profile").text
    page = client.get(f"/briefs/{db.short(brief.id)}").text
    assert "Platform fee" not in page
    operator = queries.memberships_of(owner.user.id)[1].party
    client.sign_in(owner.user, operator)
    assert 'href="/staff/brands"' not in client.get("/staff").text


def test_a_portal_with_a_name_of_its_own_keeps_it(client, app, monkeypatch) -> None:
    factories.own_program("Bramble Tea")
    monkeypatch.setitem(app.config, "SITE_NAME", "The Tea Table")
    assert read(client.get("/fees")).title.text.endswith("The Tea Table")
