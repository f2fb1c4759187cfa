"""A refusal leads back to the page of what it was about, which is always one of ours, and says how that stands now."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from marketplace import db, refusals
from marketplace.collaborations import service as collaborations
from tests import factories
from tests import factories_deals as deals
from tests.pages_of_deals import read

ID = "01m8cqhwwafv281rst2jgpvefk"
BACK = [
    ("POST", f"/deals/{ID}/content/1/approve", f"/deals/{ID}/content/1"),
    ("POST", f"/applications/{ID}/shortlist", f"/applications/{ID}"),
    ("POST", f"/applications/{ID}/terms", f"/applications/{ID}"),
    ("GET", f"/applications/{ID}/terms", f"/applications/{ID}"),
    ("POST", f"/brand/briefs/{ID}/publish", f"/brand/briefs/{ID}"),
    ("POST", f"/brand/affiliates/{ID}/pause", f"/brand/affiliates/{ID}"),
    ("POST", f"/links/terms/{ID}/{ID}/accept", f"/links/terms/{ID}"),
    ("POST", f"/messages/{ID}", f"/messages/{ID}"),
    ("POST", f"/brand/keys/{ID}/revoke", None),
    ("GET", f"/deals/{ID}", "/deals"),
    ("GET", "/home", None),
    ("POST", "/nowhere/at/all", None),
]


@pytest.mark.parametrize(("method", "address", "back"), BACK)
def test_the_way_back_is_the_page_above(app: Flask, method: str, address: str, back: str | None) -> None:
    with app.test_request_context(path=address, method=method, headers={"Referer": "https://evil.example/"}):
        assert refusals.way_back() == back


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("/fees/", "/fees"),
        ("/fees//?a=1&b=%C3%A9", "/fees?a=1&b=%C3%A9"),
        ("/briefs/?page=2", "/briefs?page=2"),
        ("/sign-in/", "/sign-in"),
        ("/nowhere/", None),
        ("/%5Cevil.example/", None),
        ("/fees%0d%0aSet-Cookie:x/", None),
    ],
)
def test_an_address_with_a_slash_too_many_is_understood(client: Any, address: str, to: str | None) -> None:
    for read_only in (client.get, client.head):
        answer = read_only(address)
        while answer.location and answer.location.endswith("/"):  # werkzeug makes one slash of two first
            answer = read_only(answer.location)
        assert (answer.status_code, answer.location) == ((308, to) if to else (404, None))
    assert client.submit("/sign-in/", {}).status_code == 404, "what is sent is never sent on"


@pytest.mark.parametrize(
    "path", ["//evil.example/", "//evil.example/fees/", "///fees/", "/\\evil.example/", "/https:///"]
)
def test_a_slash_never_leads_to_another_house(client: Any, path: str) -> None:
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "REQUEST_URI": path})
    leads = urlsplit(answer.location or "")
    assert (leads.scheme, leads.netloc) in {("", ""), ("http", "localhost")}, answer.location
    assert not (answer.location or "").startswith("//")


def test_a_step_that_came_too_late_shows_how_the_application_stands_and_leads_to_it(client: Any) -> None:
    sides = deals.sides()
    row = deals.applied(sides)
    collaborations.decline(row, "full", "", by=sides.brand.actor)
    client.sign_in(sides.brand)
    address = f"/applications/{db.short(row.id)}"
    page = read(client.submit(f"{address}/shortlist", headers={"Referer": "https://evil.example/"}), 409).select_one(
        ".problem"
    )
    assert "Only a new application can be shortlisted." in page.text
    assert "How it stands now: Declined, with the reason." in page.text
    assert [link["href"] for link in page.select("a")] == [address, "/home"]


def test_a_page_that_had_been_open_for_too_long_leads_to_the_same_page_fresh(client: Any) -> None:
    owner = factories.brand()
    brief = factories.published_brief(owner)
    client.sign_in(owner)
    address = f"/brand/briefs/{db.short(brief.id)}"
    page = read(client.post(f"{address}/pause"), 400).select_one(".problem")
    assert "How it stands now: Creators can apply." in page.text
    assert page.select_one("a")["href"] == address
