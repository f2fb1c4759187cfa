"""A brief with a commission enrols on the signed rate; fee plus commission pays both."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import jobs as affiliate_jobs
from marketplace.affiliate import links, payouts, programs, rates
from marketplace.affiliate.models import Enrolment, EnrolmentTerms, Program, ProgramTerms
from marketplace.affiliate.sales_models import Line
from marketplace.brands.models import BrandDomain
from marketplace.briefs import drafts
from marketplace.briefs import service as briefs
from marketplace.briefs.parts import part
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.models import Payout
from tests import factories, factories_deals
from tests.affiliate.shop import click, open_shop, order, take
from tests.affiliate.test_payouts import Paid
from tests.affiliate.world import DOMAIN, HOME, world
from tests.briefs.test_brand_pages import soup, typed

FEE = {"kind": "fee", "amount": 30_000}
COMMISSION = {"kind": "commission", "program_id": None, "rate_bps": 1500, "hold_days": 10}


def enrolment_of(person) -> Enrolment:
    return db.session.scalars(sa.select(Enrolment).where(Enrolment.creator_party_id == person.party.id)).one()


def test_a_signed_commission_enrols_the_creator_on_the_signed_rate_and_opens_a_program_if_there_is_none(
    clock, run_jobs
) -> None:
    between = factories_deals.sides(parts=[FEE, COMMISSION])
    deal = factories_deals.active(between)
    run_jobs()
    row = enrolment_of(between.creator)
    program = db.session.scalars(sa.select(Program)).one()
    assert (row.state, row.deal_id, program.joining) == ("active", deal.id, "invited")
    bound = db.session.scalars(sa.select(EnrolmentTerms)).one()
    assert (bound.version_id, bound.rules[0]["percent_bps"], bound.hold_days) == (deal.version_id, 1500, 10)


def test_a_deal_without_a_commission_enrols_nobody(clock, run_jobs) -> None:
    factories_deals.active(factories_deals.sides(parts=[FEE]))
    run_jobs()
    assert db.session.scalars(sa.select(Enrolment)).all() == []


def test_a_deal_lifts_an_affiliate_of_the_program_onto_the_signed_rate_from_then_on(clock, run_jobs) -> None:
    owner, maya = factories.brand(), factories.creator("Maya")
    here = world(brand=owner)
    friend = here.affiliate(person=maya)
    shop = open_shop(here)
    take(shop, order(10_000, clicks=(click(friend.link),)))
    part = COMMISSION | {"program_id": str(here.program.id)}
    between = factories_deals.Sides(maya, owner, factories.published_brief(owner, parts=[FEE, part]))
    clock.freeze(datetime(2026, 3, 3, tzinfo=UTC))
    factories_deals.active(between)
    run_jobs()
    take(shop, order(10_000, clicks=(click(friend.link),)))
    assert sorted(db.session.scalars(sa.select(Line.amount_minor))) == [1000, 1500]


def test_fee_plus_commission_pays_both_and_each_payout_says_what_it_is_of(
    stripe_server, run_jobs, clock, client
) -> None:
    paid = Paid(stripe_server, run_jobs, budget=50_000)
    owner, maya = paid.here.brand, factories.creator("Maya")
    paid.onboard_person(maya)
    part = COMMISSION | {"program_id": str(paid.here.program.id)}
    between = factories_deals.Sides(maya, owner, factories.published_brief(owner, parts=[FEE, part]))
    contract = factories_deals.signed(between)
    deal = factories_deals.deal_of(contract)
    paid.fund_deal(deal)
    run_jobs()
    piece = factories_deals.published(factories_deals.piece_of(deal), between)
    factories_deals.content.confirm(piece, by=owner.actor)
    run_jobs()
    run_jobs()
    row = enrolment_of(maya)
    link = links.create(row, HOME, by=maya.actor)
    take(paid.shop, order(20_000, clicks=(click(link),)))
    clock.freeze(datetime(2026, 4, 1, 12, tzinfo=UTC))
    affiliate_jobs.close_statements(paid.here.program.id)
    run_jobs()
    run_jobs()
    reached = {payout.reason: payout for payout in db.session.scalars(sa.select(Payout))}
    assert {payout.state for payout in reached.values()} == {"paid"}
    assert reached["commission statement"].amount == Money(3000, "USD")
    assert reached["approved work"].amount + reached["approved work"].fee == Money(30_000, "USD")
    assert payouts.protected(paid.here.program) == Money(47_000, "USD")
    client.sign_in(maya)
    pages = {why: soup(client.get(f"/earnings/payouts/{db.short(row.id)}")) for why, row in reached.items()}
    terms = {why: [row.get_text() for row in page.select("main dt")] for why, page in pages.items()}
    assert "Agreed pay" in terms["approved work"]
    assert "Commission" in terms["commission statement"]
    assert "$30.00 of the program’s budget" in pages["commission statement"].get_text()
    assert soup(client.get("/statements")).select_one("main table .badge").get_text(strip=True) == "Paid"


def test_the_deals_brand_needs_a_proven_domain_before_links_lead_anywhere(clock, run_jobs) -> None:
    between = factories_deals.sides(parts=[COMMISSION])
    factories_deals.active(between)
    run_jobs()
    domain = BrandDomain(
        party_id=between.brand.party.id, domain=DOMAIN, token="t", proof="dns", verified_at=factories_deals.clock.now()
    )
    db.session.add(domain)
    assert links.create(enrolment_of(between.creator), HOME, by=between.creator.actor).destination == HOME


def test_a_brief_names_its_program_shows_its_terms_before_applying_and_enrols_on_exactly_those(
    client, clock, run_jobs
) -> None:
    first = world(window=timedelta(days=30), minimum=2500)
    owner, bea = first.brand, factories.creator("Bea")
    factories.card(owner)
    second = programs.open_program(
        name="Bramble Insiders", currency="USD", zone="America/New_York", by=owner.actor,
        terms_=programs.Terms(7 * programs.DAY, 20, rules=(programs.percent(800),), code_policy="link_wins"),
        payout_minimum=Money(5000, "USD"), statement_day=5,
    )  # fmt: skip
    brief = factories.draft_brief(owner, parts=[FEE, COMMISSION])
    assert "Choose the affiliate program the commission belongs to." in [say for _, say in drafts.missing(brief.draft)]
    with pytest.raises(Refused, match="Choose the affiliate program"):
        briefs.publish(brief, by=owner.actor)
    client.sign_in(owner)
    address = f"/brand/briefs/{db.short(brief.id)}/edit"
    sent = typed(soup(client.get(address)))
    assert sent["commission-program_id"] == [""]  # two programs: she chooses
    assert client.submit(address, sent | {"commission-program_id": str(second.id)}).status_code == 303
    briefs.publish(brief, by=owner.actor)
    client.sign_in(bea)
    told = " ".join(soup(client.get(f"/briefs/{db.short(brief.id)}")).get_text(" ").split())
    for words in (
        "15% of every order", "Bramble Insiders, terms version 1; by itself it pays 8%, held for 20 days",
        "within 7 days of a click", "the link wins", "from day 5", "less than $50.00 is carried",
    ):  # fmt: skip
        assert words in told.replace("\xa0", " ")
    newer = programs.Terms(9 * programs.DAY, 20, rules=(programs.percent(900),), code_policy="link_wins")
    programs.announce_terms(second, newer, valid_from=time.now() + timedelta(hours=1), by=owner.actor)
    assert "an order counts for 9 days" in soup(client.get(f"/briefs/{db.short(brief.id)}")).get_text()
    clock.travel(timedelta(days=1))
    between = factories_deals.Sides(bea, owner, brief)
    contract = factories_deals.signed(between)
    assert "affiliate program Bramble Insiders, terms version 1" in contract.text
    assert "within 7 days of a click" in contract.text
    factories_deals.pay_in(factories_deals.deal_of(contract), owner)
    run_jobs()
    row = enrolment_of(bea)
    bound = db.session.scalars(sa.select(EnrolmentTerms).where(EnrolmentTerms.enrolment_id == row.id)).one()
    terms = db.session.get_one(ProgramTerms, bound.program_terms_id)
    assert (row.program_id, terms.number, bound.rules[0]["percent_bps"], bound.hold_days) == (second.id, 1, 1500, 10)
    assert rates.standing(row).owed is None  # the signed rate holds whatever the program announces


def test_one_program_stands_chosen_and_none_explains_itself_and_is_opened_by_publishing(client, clock) -> None:
    owner = factories.brand()
    client.sign_in(owner)
    brief = factories.draft_brief(owner, parts=[COMMISSION])
    page = soup(client.get(f"/brand/briefs/{db.short(brief.id)}/edit"))
    assert "You have no affiliate program yet" in page.get_text()
    assert typed(page)["commission-program_id"] == ["new"]
    assert db.session.scalars(sa.select(Program)).all() == []
    briefs.publish(brief, by=owner.actor)
    program = db.session.scalars(sa.select(Program)).one()
    assert part(brief.body, "commission")["program_id"] == str(program.id)
    assert (program.joining, part(brief.body, "commission")["program"]["number"], brief.changed) == (
        "invited",
        1,
        False,
    )
    again = factories.draft_brief(owner, parts=[COMMISSION])
    assert typed(soup(client.get(f"/brand/briefs/{db.short(again.id)}/edit")))["commission-program_id"] == [
        str(program.id)
    ]
    other = world(brand=factories.brand("Olga", party_name="Other Goods"))
    service_body = again.draft | {"parts": [COMMISSION | {"program_id": str(other.program.id)}]}
    briefs.save(again, service_body, by=owner.actor)
    with pytest.raises(Refused, match="Choose the affiliate program"):  # another brand's program is none of hers
        briefs.publish(again, by=owner.actor)
    programs.close_program(program, by=owner.actor)
    with pytest.raises(Refused, match="Choose the affiliate program"):
        briefs.publish(
            factories.draft_brief(owner, parts=[COMMISSION | {"program_id": str(program.id)}]), by=owner.actor
        )


def test_the_room_of_a_deal_that_pays_by_commission_says_what_each_side_does_next(clock, run_jobs, client) -> None:
    between = factories_deals.sides(parts=[COMMISSION], deliverables=[])
    deal = factories_deals.active(between)
    run_jobs()
    for person, says, leads_to in (
        (between.creator, "Share your link; sales through it count", "/links"),
        (between.brand, "shares a link; sales through it count", "/brand/programs"),
    ):
        client.sign_in(person)
        page = soup(client.get(f"/deals/{db.short(deal.id)}"))
        assert says in page.get_text(" ")
        assert page.select_one(f"main .banner a[href='{leads_to}']")
