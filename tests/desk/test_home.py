"""The home begins with what waits, who owns it and by when."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template_string

from marketplace import clock, db, deadlines
from marketplace.affiliate import programs
from marketplace.authz import CLOCK, Actor
from marketplace.brands.models import BrandDomain, BrandProfile
from marketplace.collaborations import applications
from marketplace.desk import home, nav
from tests import factories
from tests.factories_deals import active, applied, drawn_up, payable, sides
from tests.pages_of_deals import read, words

ANSWER = deadlines.kind(
    "tests.home_answer", days=3, asks="Answer the application", silence="It expires with an apology."
)


def test_the_front_door_leads_a_signed_in_person_home(client) -> None:
    assert client.get("/").status_code == 200
    person = factories.creator()
    client.sign_in(person.user, person.party)
    assert client.get("/").location == "/home"


def test_the_page_for_brands_says_of_the_money_what_the_contract_says(client) -> None:
    shown = read(client.get("/for-brands")).get_text(" ", strip=True)
    assert "each approved piece is paid and the rest comes back to you" in shown
    assert "comes back to you if it never is" not in shown
    ladder = drawn_up(sides()).text
    assert "each approved piece is paid to the creator at its equal share of the pay; the rest goes back" in ladder


def test_an_affiliate_is_asked_where_her_pay_goes_and_then_for_her_tax_form() -> None:
    person = factories.creator(taxed=False)
    assert [row["what"] for row in home.unpayable(person.actor)] == ["Say where your pay goes"]
    payable(person)
    assert [row["what"] for row in home.unpayable(person.actor)] == ["Sign your tax form"]
    factories.sign_tax_form(person)
    assert home.unpayable(person.actor) == []


def test_a_creators_home_shows_what_waits_and_briefs_that_fit(client) -> None:
    person = factories.creator()
    brief = factories.published_brief(title="A reel about the morning tin")
    deadlines.start(ANSWER, owner=person.party.id, subject=("thing", db.new_id()), zone="UTC", by=CLOCK)
    db.session.commit()
    client.sign_in(person.user, person.party)
    page = client.get("/home")
    assert page.status_code == 200
    assert "Answer the application" in page.text
    assert "It expires with an apology." in page.text
    assert brief.title in page.text


def test_a_brands_home_shows_its_briefs_with_their_applications_counted(client) -> None:
    owner = factories.brand()
    brief = factories.published_brief(owner)
    db.session.commit()
    client.sign_in(owner.user, owner.party)
    page = client.get("/home")
    assert brief.title in page.text
    assert "0 applications" in page.text


def test_open_briefs_stand_before_drafts_on_a_brands_home() -> None:
    owner = factories.brand()
    published = factories.published_brief(owner)
    for _ in range(home.SHOWN):
        factories.draft_brief(owner)
    assert home.briefs_of(owner.party.id)[0].brief.id == published.id


def test_staff_have_a_home_too(client) -> None:
    person = factories.staff()
    db.session.commit()
    client.sign_in(person.user, person.party)
    assert client.get("/home").status_code == 200


def test_the_staff_home_leads_to_the_portals_page_whether_or_not_anything_waits(client) -> None:
    client.sign_in(factories.staff("support"))
    assert read(client.get("/home")).select('main a[href="/staff"]')
    client.sign_in(factories.staff())
    page = read(client.get("/home"))
    assert page.select(".queue__row--mine")
    assert page.select('main a[href="/staff"]')


def test_a_new_brand_hears_what_to_do_first_and_the_operator_who_waits(client) -> None:
    owner = factories.brand(verified=False)
    factories.draft_brief(owner, title="A quiet tin")
    client.sign_in(owner)
    rows = [row.get_text(" ") for row in read(client.get("/home")).select(".queue__row--mine")]
    assert len(rows) == 2
    assert "Prove a domain of yours" in rows[0]
    assert "A quiet tin" in rows[1]
    client.sign_in(factories.staff())
    brand, texts = read(client.get("/home")).select(".queue__row--mine")
    assert "Verify 1 brand" in brand.get_text()
    assert brand.a["href"] == "/staff/brands"
    assert "Publish your terms and privacy notice" in texts.get_text()
    assert texts.a["href"] == "/staff/legal"
    assert "people sign up with no terms or privacy notice to read." in texts.get_text()


def test_a_brand_whose_affiliates_can_make_no_links_is_asked_to_prove_a_domain() -> None:
    owner = factories.brand()
    terms = programs.Terms(
        window_seconds=86_400, hold_days=30, code_policy="code_wins", rules=(programs.percent(1000),)
    )
    assert home.unfinished(owner.actor) == []
    programs.open_program(name="Bramble Friends", currency="USD", zone="UTC", terms_=terms, by=owner.actor)
    (row,) = home.unfinished(owner.actor)
    assert (row["what"], row["href"]) == ("Prove a domain of yours", "/brand/domains")
    assert "your affiliates can make no links" in row["silence"]
    db.session.add(
        BrandDomain(party_id=owner.party.id, domain="bramble.example", token="t", proof="dns", verified_at=clock.now())
    )
    db.session.flush()
    assert home.unfinished(owner.actor) == []


def test_drafts_of_briefs_are_one_thing_to_do() -> None:
    owner = factories.brand()
    for title in ("A quiet tin", "", "A loud tin"):
        factories.draft_brief(owner, title=title)
    (row,) = home.unfinished(owner.actor)
    assert (row["what"], row["context"]) == ("Publish the 3 briefs you began", "A quiet tin, A loud tin")
    assert row["href"] == "/brand/briefs"


def test_the_other_side_reads_what_it_waits_for(client) -> None:
    between = sides()
    applied(between)
    client.sign_in(between.creator)
    page = read(client.get("/home"))
    assert not page.select(".queue__row--mine")
    assert "An answer to the application" in page.select_one(".queue__row").get_text()


def test_the_fees_page_names_the_rate_of_this_portal(client) -> None:
    assert "10%" in client.get("/fees").text


def test_the_fees_page_takes_nothing_from_a_commission_as_the_payouts_do(client) -> None:
    page = read(client.get("/fees"))
    row = next(row for row in page.select("tbody tr") if "A commission" in row.get_text())
    assert "Nothing" in row.get_text()
    assert "%" not in row.get_text()


def test_applications_to_one_brief_are_one_thing_to_do(client) -> None:
    between = sides()
    applied(between)
    applied(between, by=factories.creator("Second Voice"))
    client.sign_in(between.brand)
    rows = read(client.get("/home")).select(".queue__row--mine")
    assert len(rows) == 1
    assert "Answer 2 applications" in rows[0].get_text()
    assert "If nobody moves: the applications expire with an apology." in " ".join(rows[0].get_text().split())
    assert rows[0].a["href"].endswith("/applicants")


def test_a_clock_that_ends_at_midnight_names_the_day_before(app: Flask) -> None:
    with app.test_request_context():
        midnight = datetime(2026, 11, 26, tzinfo=ZoneInfo("UTC"))
        assert render_template_string("{{ value|by }}", value=midnight).endswith("Nov 25")
        today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        assert render_template_string("{{ value|left }}", value=today + timedelta(days=4)) == "in 3 days"
        assert render_template_string("{{ value|left }}", value=today + timedelta(days=1)) == "today"


def test_an_application_begun_and_not_sent_waits_at_home(client) -> None:
    person, brief = factories.creator(), factories.published_brief(title="A reel about the morning tin")
    applications.save_draft(brief, "Two cups at dawn.", None, by=person.actor)
    client.sign_in(person)
    row = read(client.get("/home")).select_one(".queue__row--mine")
    assert "Send your application" in row.get_text()
    assert (
        read(client.get(row.a["href"])).find("textarea", attrs={"name": "pitch"}).get_text().strip()
        == "Two cups at dawn."
    )


def test_every_entry_of_the_navigation_leads_somewhere(app) -> None:
    endpoints = {endpoint for rows in nav.BY_KIND.values() for _, _, endpoint, _ in rows}
    assert endpoints <= set(app.view_functions)


def current(app: Flask, path: str, actor: Actor) -> list[str]:
    """The entries of the navigation that are current at an address."""
    with app.test_request_context(path):
        return [str(row["label"]) for row in nav.entries(actor) if row["current"]]


@pytest.mark.parametrize(
    ("kind", "path", "label"),
    [
        ("creator", "/deals/abc", "Deals"),
        ("creator", "/deals/abc/content/1", "Deals"),
        ("creator", "/applications/abc", "Deals"),
        ("creator", "/briefs/abc", "Find briefs"),
        ("creator", "/earnings/payouts/abc", "Earnings"),
        ("creator", "/links/abc", "Links"),
        ("creator", "/settings/sign-in", "Settings"),
        ("creator", "/home", "Home"),
        ("brand", "/brand/briefs/abc/applicants", "Briefs"),
        ("brand", "/brand/programs/abc/orders", "Programs"),
        ("brand", "/brand/funding/of/abc", "Funding"),
        ("brand", "/brand/domains", "Profile"),
        ("staff", "/staff/money/limits", "Money"),
        ("staff", "/staff/stripe", "Ledger"),
        ("staff", "/staff", "Home"),
        ("staff", "/staff/team", "Team"),
    ],
)
def test_the_navigation_keeps_its_place_on_the_inner_pages_of_a_section(app: Flask, kind, path, label) -> None:
    assert current(app, path, getattr(factories, kind)().actor) == [label]


@pytest.mark.parametrize(("role", "shown"), [("admin", True), ("support", False)])
def test_the_operators_team_is_offered_to_who_may_open_it(app: Flask, role: str, shown: bool) -> None:
    with app.test_request_context("/home"):
        assert ("/staff/team" in {row["href"] for row in nav.entries(factories.staff(role).actor)}) is shown


def test_every_page_behind_the_sign_in_is_in_a_section_of_somebody(app: Flask) -> None:
    people = [factories.creator().actor, factories.brand().actor, factories.staff().actor]
    lost = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and getattr(app.view_functions[rule.endpoint], "access", ("",))[0] == "requires"
        if not any(current(app, rule.rule, actor) for actor in people)
    ]
    assert lost == []


def test_the_page_shows_one_current_entry(client) -> None:
    between = sides()
    client.sign_in(between.creator)
    marks = read(client.get(f"/applications/{db.short(applied(between).id)}")).select(".rail [aria-current]")
    assert [mark["href"] for mark in marks] == ["/deals"]


def test_a_brands_home_says_how_many_applications_wait_for_its_answer(client) -> None:
    between = sides()
    first, second = (applied(between, by=factories.creator(name)) for name in ("Ana", "Bea"))
    client.sign_in(between.brand)
    assert "2 applications, 2 to answer" in words(client.get("/home"))
    for row in (first, second):
        applications.decline(row, "style", "", by=between.brand.actor)
    assert "2 applications, none waits" in words(client.get("/home"))


def test_the_amounts_of_a_home_lead_to_where_they_came_about(client) -> None:
    between = sides()
    deal = active(between)
    client.sign_in(between.brand)
    assert read(client.get("/home")).select_one("aside a.money")["href"] == "/brand/funding"
    client.sign_in(between.creator)
    page = read(client.get("/home"))
    assert page.select_one("aside a.money")["href"] == "/deals"
    assert page.select_one("td a.money")["href"] == f"/deals/{db.short(deal.id)}#money"


def test_the_page_for_brands_offers_each_reader_what_she_can_begin(client) -> None:
    def offered() -> list[str]:
        return [link["href"] for link in read(client.get("/for-brands")).select("a.button--primary")]

    assert offered() == ["/sign-up?as=brand"]
    client.sign_in(factories.brand())
    assert offered() == ["/brand/briefs/new"]
    client.sign_in(factories.creator())
    assert offered() == []


def test_a_brands_own_public_page_stands_in_its_profile_and_anothers_among_the_briefs(client) -> None:
    mine, other = factories.brand(), factories.brand()
    client.sign_in(mine)
    for whose, label in ((mine, "Profile"), (other, "Briefs")):
        slug = db.session.get_one(BrandProfile, whose.party.id).slug
        lit = read(client.get(f"/brands/{slug}")).select(".rail [aria-current]")
        assert [one.get_text(strip=True) for one in lit] == [label]
