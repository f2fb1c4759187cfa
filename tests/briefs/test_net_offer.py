"""The net offer: gross, fee, rights by her own multipliers, pay date."""

from datetime import date

from marketplace.briefs import net_offer, words
from marketplace.creators.rates import RateCard
from marketplace.money import Money
from tests import factories

DAY = date(2026, 3, 2)
RETAINER = {"kind": "retainer", "amount": 30_000, "months": 12, "per_month": "one repair story"}
MILESTONES = {
    "kind": "milestones",
    "items": [{"title": "Sketches", "amount": 40_000}, {"title": "Art", "amount": 80_000}],
}
PIECE = {"platform": "instagram", "format": "reel", "count": 1}
ROYALTY = {"kind": "royalty", "share_bps": 0, "per_unit": 150, "credit_line": "On the spine"}


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_net_is_gross_minus_the_shown_fee() -> None:
    grant = {"use": "paid_brand", "territory": "US", "days": 60, "exclusive": False, "price": 12_345}
    offer = net_offer.of(factories.brief_body(rights=[grant]), day=DAY)
    assert (offer.gross, offer.platform_fee, offer.net) == (usd(42_345), usd(4_235), usd(38_110))


def test_a_right_is_priced_by_base_times_multiplier_times_months() -> None:
    card = RateCard({("instagram", "reel"): usd(50_000)}, {"whitelisting": 2_000, "exclusivity": 1_500})
    body = factories.brief_body(
        rights=[{"use": "paid_creator", "territory": "US", "days": 45, "exclusive": False, "price": 0}],
        exclusivity={"category": "tea", "days": 30, "price": 10_000},
    )
    rights, exclusive = net_offer.of(body, day=DAY, card=card).rights
    assert rights.hers == usd(15_000)  # 500 × 20 % × 1.5 months
    assert rights.short_by == usd(15_000)
    assert exclusive.hers == usd(7_500)
    assert exclusive.short_by is None


def test_rights_for_ever_are_priced_as_two_years() -> None:
    card = RateCard({("instagram", "reel"): usd(10_000)}, {"paid_use": 1_000})
    body = factories.brief_body(
        rights=[{"use": "print_ooh", "territory": "US", "days": None, "exclusive": False, "price": 0}]
    )
    (line,) = net_offer.of(body, day=DAY, card=card).rights
    assert line.hers == usd(24_000)


def test_without_a_multiplier_nothing_is_made_up() -> None:
    (line,) = net_offer.of(factories.brief_body(), day=DAY, card=RateCard()).rights
    assert line.hers is None


def test_the_pay_date_counts_every_clock_to_its_end() -> None:
    offer = net_offer.of(factories.brief_body(), day=DAY)
    # answer 3, sign 2, fund 3, draft 10, review 3 working days (5 at most), publish 7, confirm 2
    assert offer.expected_pay_days == 32
    assert offer.expected_pay_date == date(2026, 4, 3)
    gift = {"kind": "gift", "mode": "for_content", "product_id": None, "value": 5_000}
    both = factories.brief_body(parts=[gift, {"kind": "fee", "amount": 100}])
    assert net_offer.of(both, day=DAY).expected_pay_days == 37


def test_months_stages_and_royalties_are_named_and_never_added_to_what_is_paid_in() -> None:
    offer = net_offer.of(factories.brief_body(parts=[RETAINER, MILESTONES, ROYALTY]), day=DAY)
    assert (offer.gross, offer.platform_fee, offer.fixed) == (usd(0), usd(0), usd(480_000))
    assert offer.promised == [
        ("Monthly retainer", "$300.00 a month for 12 months"),
        ("Stage: Sketches", "$400.00"),
        ("Stage: Art", "$800.00"),
        ("Royalty", "$1.50 for each one sold"),
    ]
    beside_a_fee = net_offer.of(factories.brief_body(parts=[{"kind": "fee", "amount": 20_000}, RETAINER]), day=DAY)
    assert (beside_a_fee.gross, beside_a_fee.net) == (usd(20_000), usd(18_000))


def test_the_clock_of_a_draft_is_what_its_pieces_say() -> None:
    def says(*days: int) -> str:
        body = factories.brief_body(deliverables=[{**PIECE, "due_days": due} for due in days])
        return next(clock.says for clock in words.clocks(body) if clock.step == "draft")

    assert says(21) == "The creator sends a draft: 21 days"
    assert says(21, 14, 14) == "The creator sends a draft: from 14 to 21 days"
