"""Money: exact, in minor units, and splits that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money, smallest_charge_step, split_minor

pytestmark = pytest.mark.plain


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_a_split_sums_to_the_whole(minor: int, weights: list[int]) -> None:
    if not sum(weights):
        with pytest.raises(ValueError, match="weights"):
            split_minor(minor, weights)
        return
    parts = split_minor(minor, weights)
    assert sum(parts) == minor
    assert split_minor(-minor, weights) == [-part for part in parts]


@pytest.mark.parametrize(("minor", "points", "expected"), [(5, 1000, 1), (-5, 1000, -1), (4, 1000, 0), (15, 1000, 2)])
def test_rates_round_half_away_from_zero_in_both_directions(minor: int, points: int, expected: int) -> None:
    assert Money(minor, "USD").rate(points).minor == expected


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("1,234.50", "USD", 123450), (" 12 ", "JPY", 12), ("1.234", "KWD", 1234)]
)
def test_amounts_are_read_with_the_currencys_own_exponent(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency).minor == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "10,50", "1,2,3", "12,3456", "1e5", "NaN", "inf", "1.005", "1_000", "9" * 30]
)
def test_nonsense_amounts_are_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        Money.parse(text, "USD")


def test_currencies_never_mix_and_floats_never_enter() -> None:
    with pytest.raises(ValueError, match="mix"):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(TypeError):
        Money(1.5, "USD")  # type: ignore[arg-type]


def test_a_negative_amount_wears_a_true_minus_for_people_and_a_hyphen_in_files() -> None:
    assert Money(-480, "USD").format() == "−$4.80"
    assert Money(-480, "USD").format("de") == "−4,80\xa0$"
    assert Money(-480, "USD").plain() == "-4.80"


@given(st.integers(-(10**9), 10**9), st.integers(0, 5000), st.lists(st.integers(0, 1000), min_size=1, max_size=9))
def test_with_three_decimals_fees_and_shares_end_in_a_zero_and_add_up(
    tens: int, points: int, weights: list[int]
) -> None:
    whole = Money(tens * 10, "KWD")
    fee = whole.rate(points)
    assert fee.payable
    assert (whole - fee).payable
    assert abs(fee.minor * 10_000 - whole.minor * points) <= 5 * 10_000
    if sum(weights):
        shares = whole.split(weights)
        assert all(share.payable for share in shares)
        assert sum((share.minor for share in shares), 0) == whole.minor


def test_what_cannot_be_paid_itself_still_splits_into_its_sum() -> None:
    assert [part.minor for part in Money(1234, "KWD").split([0, 1, 1])] == [0, 624, 610]
    assert [part.minor for part in Money(-1234, "KWD").split([1, 1])] == [-624, -610]
    assert [smallest_charge_step(code) for code in ("BHD", "JOD", "KWD", "OMR", "TND", "USD", "JPY")] == [10] * 5 + [
        1,
        1,
    ]
