"""The brand's pages of its briefs: editor, linter, publishing, versions, invitations."""

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.briefs import parts, queries, service
from marketplace.briefs.models import Brief
from tests import factories


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def typed(page: BeautifulSoup) -> dict[str, list[str]]:
    """What a browser would send from the editor as it stands."""
    form = page.find("form", id="editor")
    sent: dict[str, list[str]] = {}
    for tag in form.find_all(["input", "textarea", "select"]):
        name = tag.get("name")
        if not name or (tag.get("type") in ("checkbox", "radio") and not tag.has_attr("checked")):
            continue
        if tag.name == "textarea":
            value = tag.text.lstrip("\n")
        elif tag.name == "select":
            chosen = tag.find("option", selected=True) or tag.find("option")
            value = chosen["value"] if chosen else ""
        else:
            value = tag.get("value", "")
        sent.setdefault(name, []).append(value)
    sent.pop("csrf_token")
    return sent


@pytest.fixture
def brand(client):
    owner = factories.brand()
    client.sign_in(owner)
    return owner


def address(brief: Brief, tail: str = "") -> str:
    return f"/brand/briefs/{db.short(brief.id)}{tail}"


@pytest.mark.parametrize(("preset", "kinds"), parts.PRESETS.items())
def test_a_brief_begins_from_each_of_the_five_presets(client, brand, preset, kinds) -> None:
    answer = client.submit("/brand/briefs/new", {"preset": preset})
    assert answer.status_code == 303
    (brief,) = queries.own_briefs(brand.actor)
    assert tuple(p["kind"] for p in brief.draft["parts"]) == kinds
    assert client.get(answer.location).status_code == 200


def test_what_the_editor_shows_it_sends_back_unchanged(client, brand) -> None:
    """Round trip: saving an untouched form changes nothing, whatever parts the brief has."""
    tin = factories.product(brand)
    every = [
        {"kind": "gift", "mode": "for_content", "product_id": str(tin.id), "value": 2_400},
        {"kind": "fee", "amount": 30_000},
        {"kind": "commission", "program_id": None, "rate_bps": 1250, "hold_days": 30},
        {"kind": "retainer", "amount": 10_050, "months": 3, "per_month": "two reels"},
        {"kind": "milestones", "items": [{"title": "Sketch", "amount": 5_000}, {"title": "Mould", "amount": 7_500}]},
        {"kind": "royalty", "share_bps": 0, "per_unit": 25, "credit_line": "By Cleo"},
    ]
    grants = [
        {"use": "organic_repost", "territory": "worldwide", "days": 90, "exclusive": False, "price": 0},
        {"use": "paid_brand", "territory": "US", "days": None, "exclusive": True, "price": 90_000},
    ]
    brief = factories.draft_brief(
        brand,
        parts=every,
        rights=grants,
        products=[str(tin.id)],
        rounds=None,
        apply_by="2099-03-04",
        exclusivity={"category": "tea", "days": 30, "price": 5_000},
        audience={
            "tiers": ["micro"], "platforms": ["instagram"], "niches": ["food"], "countries": ["DE", "US"],
            "languages": ["en"], "followers_min": 5000, "city": "Austin",
        },
    )  # fmt: skip
    before = dict(brief.draft)
    page = soup(client.get(address(brief, "/edit")))
    assert client.submit(address(brief, "/edit"), typed(page)).status_code == 303
    assert brief.draft == before


def test_what_a_brief_can_do_without_is_folded_behind_a_line_that_says_what_is_set(client, brand) -> None:
    audience = factories.brief_body()["audience"] | {"countries": ["DE"], "niches": ["food"]}
    brief = factories.draft_brief(brand, audience=audience, avoid=["Plastic cups"])
    page = soup(client.get(address(brief, "/edit")))
    assert [fold.summary.text for fold in page.select("#editor details")] == [
        "What you want to reach: Be known by new people; Judged by: Engagement rate; Category: tea;"
        " Language of the terms: English. If you like: Private: only creators you invite see it",
        "Add another kind of pay",
        "1 × Instagram reel",
        "Disclosure label: #ad; Hashtags: #brambletea; Please avoid: Plastic cups."
        " If you like: What should come across",
        "Countries: Germany; Niches: Food and drink."
        " If you like: Followers at least, City or region, Size, On which platforms, Languages",
        "Rounds of changes included: 1. If you like: Apply by, Posting from, Posting until",
        "Clocks: how long each step may take",
        "Organic repost, worldwide, 90 days: included",
    ]
    assert not page.select("#editor details[open]")
    wrong = typed(page) | {"city": "x" * 81, "deliverables-0-count": "0", "rights-0-days": "30"}
    page = soup(client.submit(address(brief, "/edit"), wrong))
    assert page.find(id="city-error").find_parent("details").has_attr("open")
    for changed in ("deliverables-0-count", "rights-0-days"):  # what the sentence of a row would not say is not folded
        assert page.find(id=changed).find_parent("details") is None


def test_rows_are_added_and_taken_away_without_javascript_and_keep_what_was_typed(client, brand) -> None:
    brief = factories.draft_brief(brand)
    sent = typed(soup(client.get(address(brief, "/edit")))) | {"title": "Half a title", "do": "add:deliverables"}
    page = soup(client.submit(address(brief, "/edit"), sent))
    assert page.find("input", attrs={"name": "title"})["value"] == "Half a title"
    assert page.find("select", attrs={"name": "deliverables-1-platform"})
    sent = typed(page) | {"do": "remove:deliverables:0"}
    page = soup(client.submit(address(brief, "/edit"), sent))
    assert not page.find("select", attrs={"name": "deliverables-0-platform"})
    assert page.find("select", attrs={"name": "deliverables-1-platform"})
    assert brief.draft["title"] != "Half a title"  # nothing is kept before it is saved


def test_the_preview_shows_a_row_that_was_just_added_or_taken_away(client, brand) -> None:
    brief = factories.draft_brief(brand)

    def preview(sent: dict[str, Any], do: str) -> tuple[str, BeautifulSoup]:
        page = soup(client.submit(address(brief, "/edit"), sent | {"do": do}))
        return " ".join(page.find(id="preview").get_text(" ").split()), page

    sent = typed(soup(client.get(address(brief, "/edit")))) | {"title": "Half a title", "fee-amount": "123"}
    shown, page = preview(sent, "add:deliverables")
    assert "1 × Instagram reel, 1 × Instagram " in shown
    assert "Half a title" in shown
    assert "$123.00" in shown
    shown, page = preview(typed(page), "remove:deliverables:0")
    assert "Instagram reel," not in shown
    for kind in ("gift", "commission", "retainer", "milestones", "royalty"):
        shown, page = preview(typed(page), f"add:part:{kind}")
        assert "Half a title" in shown, kind
    shown, page = preview(typed(page), "add:rights")
    shown, _page = preview(typed(page) | {"head_count": "x"}, "remove:part:fee")
    assert "Half a title" not in shown, "what cannot be read yet leaves the draft standing"


def test_a_commission_is_added_to_a_fee(client, brand) -> None:
    brief = factories.draft_brief(brand)
    sent = typed(soup(client.get(address(brief, "/edit")))) | {"do": "add:part:commission"}
    page = soup(client.submit(address(brief, "/edit"), sent))
    client.submit(address(brief, "/edit"), typed(page) | {"commission-rate_bps": "12.5"})
    assert [p["kind"] for p in brief.draft["parts"]] == ["fee", "commission"]
    assert parts.part(brief.draft, "commission")["rate_bps"] == 1250


def test_a_draft_is_kept_while_it_is_typed(client, brand) -> None:
    brief = factories.draft_brief(brand)
    sent = typed(soup(client.get(address(brief, "/edit")))) | {"title": "Kept as typed"}
    answer = client.submit(address(brief, "/autosave"), sent, headers={"HX-Request": "true"})
    assert "Kept as a draft" in answer.text
    assert "Kept as typed" in answer.text  # the live preview
    assert brief.draft["title"] == "Kept as typed"


@pytest.mark.parametrize("nonsense", ["-5", "1.005", "abc", "9" * 60, "\x00"])
def test_an_amount_that_is_none_is_said_beside_its_field_and_the_form_is_kept(client, brand, nonsense) -> None:
    brief = factories.draft_brief(brand)
    sent = typed(soup(client.get(address(brief, "/edit")))) | {"fee-amount": nonsense, "title": "Still here"}
    answer = client.submit(address(brief, "/edit"), sent)
    assert answer.status_code == 422
    page = soup(answer)
    assert page.find(id="fee-amount-error")
    assert page.find("input", attrs={"name": "title"})["value"] == "Still here"
    assert brief.draft["title"] != "Still here"


def test_publishing_by_its_button(client, brand) -> None:
    brief = factories.draft_brief(brand)
    factories.card(brand)
    page = soup(client.get(address(brief)))
    assert page.find("button", string=re.compile("Publish"))
    assert client.submit(address(brief, "/publish")).status_code == 303
    assert brief.state == "published"


def test_a_move_the_state_forbids_is_a_409(client, brand) -> None:
    brief = factories.draft_brief(brand)
    answer = client.submit(address(brief, "/pause"))
    assert answer.status_code == 409
    assert "Only a published brief can be paused" in answer.text


def test_an_unverified_brand_is_shown_the_way_to_verify(client) -> None:
    owner = factories.brand(verified=False)
    client.sign_in(owner)
    brief = factories.draft_brief(owner)
    page = soup(client.get(address(brief)))
    assert page.find("a", href="/brand/domains")
    assert client.submit(address(brief, "/publish")).status_code == 403


def test_unpublished_changes_are_shown_as_a_diff_until_they_are_published(client, brand) -> None:
    brief = factories.published_brief(brand)
    service.save(brief, factories.brief_body(parts=[{"kind": "fee", "amount": 35_000}]), by=brand.actor)
    page = soup(client.get(address(brief)))
    assert page.find("del").text == "$300.00 for each creator"
    assert page.find("ins").text == "$350.00 for each creator"
    assert page.select_one(".page-head__lead").text.strip() == "$300.00"  # what creators read until then
    assert page.find("a", href=address(brief, "/applicants"))
    client.submit(address(brief, "/revise"))
    public = soup(client.get(f"/briefs/{db.short(brief.id)}/changes"))
    assert public.find("ins").text == "$350.00 for each creator"


def test_a_creator_is_invited_by_her_handle(client, brand) -> None:
    brief, cleo = factories.published_brief(brand), factories.creator()
    handle = factories.complete_profile(cleo).handle
    assert client.submit(address(brief, "/invite"), {"handle": f"@{handle}"}).status_code == 303
    assert client.submit(address(brief, "/invite"), {"handle": "nobody"}).status_code == 422
    assert [party.id for _, party in queries.invited(brief)] == [cleo.party.id]


def test_work_with_me_opens_a_private_brief(client, brand) -> None:
    cleo = factories.creator(ready=False)
    handle = factories.complete_profile(cleo).handle
    assert client.get(f"/@{handle}/work-with-me").status_code == 200
    answer = client.submit(f"/@{handle}/work-with-me", {"preset": "gifting"})
    assert answer.status_code == 303
    (brief,) = queries.own_briefs(brand.actor)
    assert brief.private
    assert [party.id for _, party in queries.invited(brief)] == [cleo.party.id]


@pytest.mark.parametrize("tail", ["", "/edit"])
def test_another_brand_finds_nothing_and_a_viewer_may_not_write(client, brand, tail) -> None:
    other = factories.brand("Olga Other", party_name="Other")
    theirs = factories.draft_brief(other)
    assert client.get(address(theirs, tail)).status_code == 404
    mine = factories.draft_brief(brand)
    client.sign_in(factories.colleague(brand, "viewer"))
    assert client.get(address(mine, tail)).status_code == (200 if tail == "" else 403)


def test_a_creator_may_not_write_briefs(client) -> None:
    client.sign_in(factories.creator())
    assert client.get("/brand/briefs").status_code == 403
    assert client.get("/brand/briefs/new").status_code == 403


def test_the_lists_and_pages_of_every_state_open(client, brand) -> None:
    brief = factories.published_brief(brand)
    for verb in (None, service.pause, service.resume, service.close, service.archive):
        if verb:
            verb(brief, by=brand.actor)
        assert client.get("/brand/briefs").status_code == 200
        assert client.get(address(brief)).status_code == 200
