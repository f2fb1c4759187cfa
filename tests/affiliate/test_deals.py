"""A brief with a commission enrols on the signed rate; fee plus commission pays both."""

from datetime import UTC, datetime

import sqlalchemy as sa

from marketplace import db
from marketplace.affiliate import jobs as affiliate_jobs
from marketplace.affiliate import links, payouts
from marketplace.affiliate.models import Enrolment, EnrolmentTerms, Program
from marketplace.affiliate.sales_models import Line
from marketplace.brands.models import BrandDomain
from marketplace.money import Money
from marketplace.payments.models import Payout
from tests import factories, factories_deals
from tests.affiliate.shop import click, open_shop, order, take
from tests.affiliate.test_payouts import Paid
from tests.affiliate.world import DOMAIN, HOME, world

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


def test_fee_plus_commission_pays_both(stripe_server, run_jobs, clock) -> None:
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


def test_the_deals_brand_needs_a_proven_domain_before_links_lead_anywhere(clock, run_jobs) -> None:
    between = factories_deals.sides(parts=[COMMISSION])
    factories_deals.active(between)
    run_jobs()
    domain = BrandDomain(
        party_id=between.brand.party.id, domain=DOMAIN, token="t", proof="dns", verified_at=factories_deals.clock.now()
    )
    db.session.add(domain)
    assert links.create(enrolment_of(between.creator), HOME, by=between.creator.actor).destination == HOME
