"""Orders become lines: base, rate and reason, refused ones too; refunds by cumulative delta."""

from datetime import timedelta

import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import attribution, enrolments, links, programs, tokens
from marketplace.affiliate.incoming import LineIn
from marketplace.affiliate.models import ProgramTerms
from marketplace.affiliate.sales_models import (
    LINE_KINDS,
    AttributionDecision,
    Line,
    LineHold,
    LineHoldEnd,
    Order,
)
from tests.affiliate.shop import click, later, open_shop, order, take
from tests.affiliate.world import world


def lines() -> list[Line]:
    return list(db.session.scalars(sa.select(Line).order_by(Line.id)))


def told() -> list[tuple[str, str, int]]:
    found = sorted(lines(), key=lambda line: LINE_KINDS.index(line.kind))
    return [(line.kind, line.reason, line.amount_minor) for line in found]


def test_the_base_is_net_of_tax_shipping_and_discount_and_keeps_its_components(clock) -> None:
    here = world()
    friend = here.affiliate()
    sale = order(10000, 5000, tax=1500, discount=3000, shipping=700, clicks=(click(friend.link),))
    assert take(open_shop(here), sale) == ["accepted"]
    [line] = lines()
    assert (line.base_minor, line.rate_bps, line.amount_minor, line.reason) == (10500, 1000, 1050, "credited")
    assert [part["base"] for part in line.components["lines"]] == [7000, 3500]
    assert [part["tax"] for part in line.components["lines"]] == [1000, 500]
    assert line.components["shipping"] == 700


def test_rounding_is_half_away_from_zero_per_order_line(clock) -> None:
    here = world()
    friend = here.affiliate()
    take(open_shop(here), order(5, 5, 4, clicks=(click(friend.link),)))
    assert told() == [("commission", "credited", 2)]


def test_an_order_of_nothing_is_a_line_of_nothing(clock) -> None:
    here = world(rules=({"name": "5 flat", "when": {}, "flat_minor": 500},))
    friend = here.affiliate()
    take(open_shop(here), order(0, clicks=(click(friend.link),)))
    assert told() == [("commission", "credited", 0)]


def test_two_orders_of_a_customer_on_one_day_are_two_orders(clock) -> None:
    here = world()
    friend = here.affiliate()
    token = click(friend.link)
    shop = open_shop(here)
    take(shop, order(1000, customer="7", clicks=(token,)), order(1000, customer="7", clicks=(token,)))
    assert told() == [("commission", "credited", 100)] * 2
    customers = set(db.session.scalars(sa.select(Order.customer)))
    assert len(customers) == 1
    assert customers != {"7"}


def test_every_affiliate_touched_gets_a_line_with_a_reason(clock) -> None:
    here = world()
    ann, bea, cat = here.affiliate("Ann"), here.affiliate("Bea", code="BEA"), here.affiliate("Cat")
    clock.travel(timedelta(days=31))
    old = click(cat.link, time.now() - timedelta(days=30, seconds=1))
    take(open_shop(here), order(10000, clicks=(click(ann.link), old), codes=(("bea", 0),)))
    found = {line.enrolment_id: (line.reason, line.amount_minor) for line in lines()}
    assert found == {
        ann.enrolment.id: ("other_affiliate", 0),
        bea.enrolment.id: ("credited", 1000),
        cat.enrolment.id: ("outside_window", 0),
    }


def test_a_code_is_judged_at_the_orders_time_and_goes_with_its_holder(clock) -> None:
    here = world()
    ann, bea = here.affiliate("Ann", code="TEA"), here.affiliate("Bea")
    clock.travel(timedelta(days=1))
    before = time.now() - timedelta(seconds=1)
    links.withdraw_code(ann.code, by=here.brand.actor)
    shop = open_shop(here)
    take(shop, order(1000, codes=(("TEA", 0),)))
    take(shop, order(1000, codes=(("tea ", 0),), at=before))
    clock.travel(timedelta(days=1))
    links.give_code(here.program, "Tea", enrolment=bea.enrolment, by=here.brand.actor)
    take(shop, order(1000, codes=(("TEA", 0),)))
    assert [(line.enrolment_id, line.reason) for line in lines()] == [
        (ann.enrolment.id, "code_expired"), (ann.enrolment.id, "credited"), (bea.enrolment.id, "credited"),
    ]  # fmt: skip


def test_who_has_left_is_told_not_enrolled_and_what_came_before_stays(clock) -> None:
    here = world()
    ann = here.affiliate("Ann", code="ANN")
    clock.travel(timedelta(days=1))
    enrolments.end(ann.enrolment, by=here.brand.actor)
    before = order(1000, codes=(("ANN", 0),), at=time.now() - timedelta(seconds=1))
    take(open_shop(here), order(1000, codes=(("ANN", 0),)), before)
    assert sorted(told()) == [("commission", "credited", 100), ("commission", "not_enrolled", 0)]


def test_buying_through_ones_own_link_earns_nothing(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    mail = tokens.email_digest(ann.person.user.email.upper())
    take(open_shop(here), order(1000, email=mail, clicks=(click(ann.link),)))
    assert told() == [("commission", "self_referral", 0)]


def test_the_window_changes_for_the_whole_program_from_a_date(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop = open_shop(here)
    token = click(ann.link)
    clock.travel(timedelta(days=2))
    shorter = programs.Terms(window_seconds=86400, rules=(programs.percent(1000),))
    programs.announce_terms(here.program, shorter, valid_from=time.now(), by=here.brand.actor)
    take(shop, order(1000, clicks=(token,)), order(1000, clicks=(token,), at=time.now() - timedelta(seconds=1)))
    assert sorted(line.reason for line in lines()) == ["credited", "outside_window"]


def test_the_first_rule_that_matches_wins_and_the_line_names_it(clock) -> None:
    big = {"name": "big orders", "when": {"min_base_minor": 10000}, "percent_bps": 2000}
    coded = {"name": "by code", "when": {"code_used": True}, "flat_minor": 700}
    here = world(rules=(big, coded, programs.percent(500, "all else")))
    ann = here.affiliate("Ann", code="ANN")
    by_link, by_code = {"clicks": (click(ann.link),)}, {"codes": (("ANN", 0),)}
    take(open_shop(here), order(10000, **by_code), order(9999, **by_code), order(1000, **by_link))
    named = {(line.rule, line.amount_minor) for line in lines()}
    assert named == {("big orders", 2000), ("by code", 700), ("all else", 50)}


def test_a_refund_in_pieces_ends_at_exactly_zero(clock) -> None:
    here = world(rules=(programs.percent(333),))
    ann = here.affiliate("Ann")
    shop, sale = open_shop(here), order(999, 1001, 333, clicks=(click(ann.link),))
    take(shop, sale)
    pieces = [700, 1, 632, 999, 1]
    for piece in pieces:
        take(shop, later(sale, "refunded", amount=piece))
    assert sum(pieces) == 2333
    assert sum(line.amount_minor for line in lines()) == 0
    assert sum(line.base_minor for line in lines()) == 0
    assert {line.kind for line in lines()} == {"commission", "refund"}


def test_a_shipping_only_refund_changes_nothing(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop, sale = open_shop(here), order(1000, shipping=500, clicks=(click(ann.link),))
    assert take(shop, sale, later(sale, "refunded", shipping=500)) == ["accepted", "accepted"]
    assert told() == [("commission", "credited", 100)]


def test_a_refund_before_its_order_waits_and_an_event_twice_changes_nothing(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop, sale = open_shop(here), order(1000, clicks=(click(ann.link),))
    refund = later(sale, "refunded", parts={0: 400})
    assert take(shop, refund) == ["waiting"]
    assert take(shop, sale, refund, refund) == ["accepted", "accepted", "known"]
    assert take(shop, refund, sale) == ["known", "known"]
    assert told() == [("commission", "credited", 100), ("refund", "credited", -40)]


def test_another_order_under_a_known_number_is_a_duplicate(clock) -> None:
    here = world()
    shop, sale = open_shop(here), order(1000)
    assert take(shop, sale) == ["accepted"]
    assert take(shop, order(2000, number=sale.number)) == ["duplicate_order"]


def test_a_dispute_holds_lost_takes_back_won_gives_again_and_nothing_is_deducted_twice(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop, sale = open_shop(here), order(1000, clicks=(click(ann.link),))
    take(shop, sale, later(sale, "disputed", reference="d1"))
    assert told() == [("commission", "credited", 100)]
    assert db.session.scalars(sa.select(LineHold)).one().reason == "dispute"
    take(shop, later(sale, "refunded", amount=300))
    at = sale.occurred_at + timedelta(days=1)
    take(shop, later(sale, "dispute_lost", reference="d1", at=at))
    assert db.session.scalars(sa.select(LineHoldEnd)).one().outcome == "dispute_lost"
    assert sum(line.amount_minor for line in lines()) == 0
    take(shop, later(sale, "dispute_won", reference="d1", at=at + timedelta(days=1)))
    assert told()[1:] == [
        ("refund", "credited", -30),
        ("chargeback", "credited", -70),
        ("reinstatement", "credited", 70),
    ]


def test_a_foreign_order_is_refused_in_words(clock) -> None:
    here = world()
    assert take(open_shop(here), order(1000, currency="EUR")) == ["refused"]
    assert lines() == []


def test_an_order_nobody_touched_has_no_line_and_is_kept(clock) -> None:
    here = world()
    take(open_shop(here), order(1000, clicks=("forged",), codes=(("NOBODY", 0),)))
    assert (lines(), db.session.scalar(sa.select(sa.func.count()).select_from(Order))) == ([], 1)


def test_a_stored_decision_recomputes_to_the_same_shares(clock) -> None:
    here = world()
    ann, bea = here.affiliate("Ann"), here.affiliate("Bea", code="BEA")
    sale = order(1000, clicks=(click(ann.link), click(bea.link)), codes=(("BEA", 10),))
    take(open_shop(here), sale)
    row = db.session.scalars(sa.select(AttributionDecision)).one()
    terms = db.session.get_one(ProgramTerms, row.program_terms_id)
    touches = [attribution.Touch.restored(touch) for touch in row.touches]
    again = attribution.decide(
        touches, sale.occurred_at, window_seconds=terms.window_seconds, code_policy=terms.code_policy
    )
    assert ([{"enrolment": again.winner, "weight": 1}], again.rule) == (row.shares, row.rule)


def test_the_release_date_is_frozen_at_the_end_of_the_last_held_day_in_the_programs_zone(clock) -> None:
    here = world(hold_days=14)
    ann = here.affiliate("Ann")
    take(open_shop(here), order(1000, clicks=(click(ann.link),)))
    assert lines()[0].releases_at.isoformat() == "2026-03-17T04:00:00+00:00"


def test_an_edited_order_goes_by_its_latest_state_never_above_what_it_was(clock) -> None:
    here = world()
    here.affiliate("Ann", code="ANN")
    shop, sale = open_shop(here), order(10_000, 5_000, codes=(("ANN", 0),))
    take(shop, sale)

    def edited(minutes: int, *amounts: int) -> int:
        """The commission after an edit that happened so many minutes after the order."""
        moment = sale.occurred_at + timedelta(minutes=minutes)
        take(shop, later(sale, "edited", at=moment, lines=tuple(LineIn(amount) for amount in amounts)))
        return sum(line.amount_minor for line in lines())

    assert edited(1, 8_000, 5_000) == 1300
    assert edited(3, 20_000, 5_000) == 1500  # a dearer order earns what it was attributed at
    assert edited(2, 1) == 1500  # older news that came later
    assert edited(4, 0, 0) == 0
    assert edited(5, 10_000, 5_000, 7_000) == 1500
    take(shop, later(sale, "refunded", amount=10**9))
    assert sum(line.amount_minor for line in lines()) == 0
