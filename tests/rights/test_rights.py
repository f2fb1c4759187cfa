"""May I use this, here, in this way, on this day? Yes or no, with the clause."""

from datetime import timedelta

import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.content import service as content
from marketplace.content.models import Deliverable
from marketplace.rights import queries, service
from marketplace.rights.models import Grant, Licence
from tests.factories_deals import active, picture, piece_of, published, sides

PAID = {"use": "paid_brand", "territory": "DE", "days": 30, "exclusive": False, "price": 5_000}
ORGANIC = {"use": "organic_repost", "territory": "US", "days": 90, "exclusive": False, "price": 0}


def answer(piece: Deliverable, use: str, territory: str = "US", after: int = 0):
    return queries.may_use(piece, use, territory, time.today("UTC") + timedelta(days=after))


def live_piece(run_jobs, **changes) -> Deliverable:
    between = sides(**changes)
    piece = published(piece_of(active(between)), between)
    run_jobs()
    db.session.expire_all()
    return db.session.get_one(Deliverable, piece.id)


def test_the_default_licence_is_granted_with_the_contract(run_jobs) -> None:
    between = sides(rights=[])
    deal = active(between)
    run_jobs()
    licence = queries.of_deal(between.brand.actor, deal.id)
    assert [(g.use, g.territory, g.days, g.price_minor) for g in licence.grants] == [("organic_repost", "US", 90, 0)]
    assert queries.of_deal(between.creator.actor, deal.id).id == licence.id
    assert queries.of_deal(sides().brand.actor, deal.id) is None


def test_every_priced_grant_of_the_terms_is_in_the_licence_and_in_the_pay(run_jobs) -> None:
    deal = active(sides(rights=[ORGANIC, PAID]))
    run_jobs()
    grants = db.session.scalars(sa.select(Grant).join(Licence).where(Licence.deal_id == deal.id)).all()
    assert [(row.use, row.price_minor) for row in grants] == [("organic_repost", 0), ("paid_brand", 5_000)]
    assert deal.protected_minor == 35_000


def test_the_register_answers_with_the_clause(clock, run_jobs) -> None:
    piece = live_piece(run_jobs, rights=[ORGANIC, PAID])
    yes = answer(piece, "organic_repost")
    assert yes.yes
    assert yes.clause == "Section 5, right 1: Organic repost, United States, 90 days."
    assert yes.until == time.today("UTC") + timedelta(days=89)
    assert answer(piece, "organic_repost", after=89).yes
    over = answer(piece, "organic_repost", after=90)
    assert not over.yes
    assert "It ended on" in over.clause
    assert not answer(piece, "organic_repost", "DE").yes
    assert "Germany only" in answer(piece, "paid_brand", "US").clause
    assert answer(piece, "paid_brand", "DE").yes
    assert "was not granted" in answer(piece, "print_ooh").clause
    assert not answer(piece, "organic_repost", after=-1).yes


def test_a_grant_starts_at_publication(run_jobs) -> None:
    deal = active(sides())
    run_jobs()
    said = answer(piece_of(deal), "organic_repost")
    assert not said.yes
    assert "begins when the piece is published" in said.clause


def test_a_window_opens_once_however_often_the_fact_arrives(run_jobs) -> None:
    piece = live_piece(run_jobs)
    assert service.open_windows(piece) == []


def test_rights_wait_while_a_link_is_not_the_post_and_begin_with_the_right_one(clock, run_jobs) -> None:
    between = sides(rights=[ORGANIC])
    piece = published(piece_of(active(between)), between)
    run_jobs()
    assert answer(piece, "organic_repost").yes
    content.not_the_post(piece, "The link shows a cat.", by=between.brand.actor)
    no = answer(piece, "organic_repost")
    assert (no.yes, no.clause.endswith("It begins when the piece is published.")) == (False, True)
    licence = queries.of_deal(between.brand.actor, piece.deal_id)
    assert [grant.open_windows for grant in licence.grants] == [[]]
    clock.travel(timedelta(days=3))
    content.publish(piece, "https://instagram.com/p/right", picture(between.creator), by=between.creator.actor)
    run_jobs()
    db.session.expire_all()
    piece = db.session.get_one(Deliverable, piece.id)
    assert answer(piece, "organic_repost", after=89).yes
    assert not answer(piece, "organic_repost", after=-1).yes
    assert not answer(piece, "organic_repost", after=90).yes
    licence = queries.of_deal(between.brand.actor, piece.deal_id)
    assert [len(grant.open_windows) for grant in licence.grants] == [1]
