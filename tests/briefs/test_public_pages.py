"""Browsing and reading briefs, signed in or not."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup

from marketplace import clock as time
from marketplace import db
from marketplace.brands.models import BrandDomain
from marketplace.briefs import queries, service
from marketplace.creators import service as creators
from marketplace.creators.models import Commitment
from tests import factories
from tests.briefs.test_net_offer import MILESTONES, RETAINER, ROYALTY

GRANT = {"territory": "US", "days": 90, "exclusive": False}


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.data, "html.parser")


def titles(answer) -> list[str]:
    return [tag.text.strip() for tag in soup(answer).select("article h3")]


def at(brief, tail: str = "") -> str:
    return f"/briefs/{db.short(brief.id)}{tail}"


def test_anybody_may_browse_open_briefs(client) -> None:
    brand = factories.brand()
    factories.published_brief(brand, title="Shown")
    factories.draft_brief(brand, title="Not yet")
    assert titles(client.get("/briefs")) == ["Shown"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ceylon", ["Tea"]),
        ("q=bramble", ["Hike", "Tea"]),  # the brand's name
        ("q=%22paid+walk%22", ["Hike"]),
        ("q=nothing+like+it", []),
        ("kind=affiliate", ["Hike"]),
        ("platform=youtube", ["Hike"]),
        ("niche=outdoors", ["Hike"]),
        ("country=DE", ["Hike", "Tea"]),  # a brief for anywhere fits too
        ("country=FR", ["Tea"]),
        ("min_fee=200", ["Tea"]),
        ("apply_from=2099-01-02", ["Tea"]),
        ("min_fee=abc", ["Hike", "Tea"]),
    ],
)
def test_filters_and_full_text_search(client, query, found) -> None:
    brand = factories.brand()
    factories.published_brief(brand, title="Tea", summary="Ceylon at home")
    audience = factories.brief_body()["audience"]
    factories.published_brief(
        brand,
        title="Hike",
        disclosure="#werbung #ad",
        summary="A paid walk up a hill",
        parts=[{"kind": "commission", "program_id": None, "rate_bps": 1000, "hold_days": 30}],
        deliverables=[{"platform": "youtube", "format": "long_video", "count": 1, "due_days": 20}],
        audience=audience | {"niches": ["outdoors"], "countries": ["DE"]},
        apply_by="2099-01-01",
    )
    assert titles(client.get(f"/briefs?{query}")) == found


def test_pages_of_results_follow_each_other_without_a_gap(client) -> None:
    brand = factories.brand()
    for number in range(queries.PAGE + 3):
        factories.published_brief(brand, title=f"Brief {number:02d}")
    first = client.get("/briefs")
    assert f"{queries.PAGE + 3} briefs" in first.text
    (onward,) = [tag["href"] for tag in soup(first).find_all("a") if "Older briefs" in tag.text]
    assert len(set(titles(first)) | set(titles(client.get(onward)))) == queries.PAGE + 3
    assert client.get("/briefs?after=nonsense").status_code == 200


def test_the_brief_page_shows_the_net_offer_before_applying(client) -> None:
    brief = factories.published_brief()
    page = soup(client.get(at(brief)))
    rows = [row.get_text(" ", strip=True) for row in page.select(".net-offer tr")]
    assert rows[:-1] == ["Pay $300.00", "Platform fee, 10% −$30.00", "To you $270.00"]


def test_a_priced_right_has_its_own_row_beside_the_fee(client) -> None:
    rights = [dict(GRANT, use="organic_repost", price=0), dict(GRANT, use="site_email", days=180, price=12_000)]
    brief = factories.published_brief(parts=[{"kind": "fee", "amount": 52_000}], rights=rights)
    rows = [row.get_text(" ", strip=True) for row in soup(client.get(at(brief))).select(".net-offer tr")]
    assert rows[:-1] == [
        "Fee $520.00",
        "Site and e-mail, 180 days +$120.00",
        "Platform fee, 10% −$64.00",
        "To you $576.00",
    ]


def test_both_sides_read_that_links_cannot_lead_anywhere_before_the_brand_proves_a_domain(client) -> None:
    brand = factories.brand()
    share = {"kind": "commission", "program_id": None, "rate_bps": 1000, "hold_days": 30}
    affiliate, paid = factories.published_brief(brand, parts=[share]), factories.published_brief(brand)
    assert "Until it has, you earn only with a code it gives you." in client.get(at(affiliate)).text
    assert "Links cannot lead anywhere yet" not in client.get(at(paid)).text
    client.sign_in(brand)
    assert soup(client.get(f"/brand{at(affiliate)}")).select_one(".banner a")["href"] == "/brand/domains"
    now = time.now()
    db.session.add(BrandDomain(party_id=brand.party.id, domain="tea.example", token="t", proof="dns", verified_at=now))
    for page in (at(affiliate), f"/brand{at(affiliate)}"):
        assert "Links cannot lead anywhere yet" not in client.get(page).text


def test_a_heading_stands_only_over_clauses(client) -> None:
    share = {"kind": "commission", "program_id": None, "rate_bps": 1000, "hold_days": 30}
    brief = factories.published_brief(parts=[share], deliverables=[])
    sections = soup(client.get(at(brief))).select("section.section")
    assert "When" not in [section.h2.text for section in sections if section.h2]
    assert "Rights" in [section.h2.text for section in sections if section.h2]


def test_a_brief_without_a_fee_names_what_it_gives_and_no_day_of_payment(client) -> None:
    gift = {"kind": "gift", "mode": "for_content", "product_id": None, "value": 5_800}
    brief = factories.published_brief(parts=[gift])
    rows = [row.get_text(" ", strip=True) for row in soup(client.get(at(brief))).select(".net-offer tr")]
    assert rows == ["Product worth $58.00", "Money None"]


def test_months_stages_and_royalties_are_a_promise_without_a_sum_a_day_or_a_badge(client) -> None:
    brand = factories.brand()
    parts = [RETAINER, MILESTONES, ROYALTY]
    brief = service.publish(factories.draft_brief(brand, parts=parts), by=brand.actor)  # no card, no budget
    page = soup(client.get(at(brief)))
    rows = [row.get_text(" ", strip=True) for row in page.select(".net-offer tr")]
    assert rows == [
        "Monthly retainer $300.00 a month for 12 months",
        "Stage: Sketches $400.00",
        "Stage: Art $800.00",
        "Royalty $1.50 for each one sold",
        "Protected payment None",
    ]
    assert "does not hold them as a protected payment yet" in page.select_one(".net-offer").text
    for word in ("funded", "Card on file", "pays into protected payment"):
        assert word not in page.text


def test_a_fee_beside_a_retainer_is_protected_and_the_retainer_is_not(client) -> None:
    brief = factories.published_brief(parts=[{"kind": "fee", "amount": 20_000}, RETAINER])
    page = soup(client.get(at(brief)))
    assert "Part of the pay is funded before work starts" in page.text
    assert "The brand pays into protected payment: 3 days" in page.text
    figures = page.select_one(".net-offer").get_text(" ", strip=True)
    assert "To you $180.00" in figures
    assert "The sum above is paid in before work starts." in figures
    assert "Beside this sum: Monthly retainer, $300.00 a month for 12 months." in figures
    assert "does not hold them as a protected payment yet" in figures
    assert "Part of the pay is funded before work starts" in client.get("/briefs").text


def test_the_net_offer_is_priced_by_her_own_multipliers(client) -> None:
    cleo = factories.creator()
    profile = creators.profile_of(cleo.party.id)
    profile.multipliers = {"paid_use": 3000}
    factories.price(cleo, "instagram", "reel", 40_000)
    grants = [{"use": "paid_brand", "territory": "US", "days": 90, "exclusive": False, "price": 10_000}]
    brief = factories.published_brief(rights=grants)
    client.sign_in(cleo)
    figures = soup(client.get(at(brief))).select_one(".net-offer").text
    assert "offered $100.00, by your multipliers $360.00" in figures
    assert "Your rate card puts this work at $400.00" not in figures  # 300 + 100 reach her 400


def test_the_net_offer_warns_of_a_clash_with_exclusivity_she_signed(client) -> None:
    cleo = factories.creator()
    until = time.today("UTC") + timedelta(days=30)
    db.session.add(
        Commitment(
            id=db.new_id(), party_id=cleo.party.id, deal_id=db.new_id(), category="Tea",
            starts_on=date(2020, 1, 1), ends_on=until,
        )
    )  # fmt: skip
    brief = factories.published_brief()
    client.sign_in(cleo)
    assert "You promised not to work in Tea" in client.get(at(brief)).text


@pytest.mark.parametrize(
    ("country", "says"),
    [("DE", "We can pay you where you live: Germany."), ("SY", "Money cannot be sent to Syria yet")],
)
def test_the_brief_says_before_applying_whether_her_country_can_be_paid(client, country, says) -> None:
    brief = factories.published_brief()
    client.sign_in(factories.creator(country=country))
    assert says in client.get(at(brief)).text


def test_the_flags_the_brand_saw_are_shown_to_creators(client) -> None:
    brief = factories.published_brief(exclusivity={"category": "tea", "days": 60, "price": 0})
    assert "Exclusivity for 60 days comes without pay" in client.get(at(brief)).text


def test_the_badge_says_when_the_money_is_funded(client) -> None:
    assert "Card on file" in client.get(at(factories.published_brief())).text


def test_apply_leads_to_the_application(client) -> None:
    brief = factories.published_brief()
    page = soup(client.get(at(brief)))
    assert page.find("a", string="Apply")["href"] == at(brief, "/apply")


def test_a_closed_brief_says_so_and_offers_no_apply(client) -> None:
    brand = factories.brand()
    brief = factories.published_brief(brand)
    service.close(brief, by=brand.actor)
    page = soup(client.get(at(brief)))
    assert "The brand takes no more applications." in page.text
    assert "if you apply today" not in page.text
    assert page.find("a", string="Apply") is None


def test_a_stranger_finds_no_draft_and_no_private_brief(client) -> None:
    brand = factories.brand()
    draft = factories.draft_brief(brand)
    factories.card(brand)
    assert client.get(at(draft)).status_code == 404
    service.save(draft, draft.draft, private=True, by=brand.actor)
    service.publish(draft, by=brand.actor)
    assert client.get(at(draft)).status_code == 404
    client.sign_in(brand)
    assert client.get(at(draft)).status_code == 200


def test_a_brand_has_a_public_page_with_its_verified_facts_and_open_briefs(client) -> None:
    brand = factories.brand()
    factories.published_brief(brand, title="On its page")
    answer = client.get("/brands/bramble-tea")
    assert titles(answer) == ["On its page"]
    assert "Checked by the operator" in answer.text
    headings = [tag.text.strip() for tag in soup(answer).select("main h1, main h2, main h3")]
    assert headings == ["Bramble Tea", "What we know", "Open briefs", "On its page"]
    assert client.get("/brands/nobody").status_code == 404
