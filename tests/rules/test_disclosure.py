"""The disclosure check: green, amber or red, with the reason and the fix."""

from datetime import date

import pytest

from marketplace.rules import disclosure, queries

TODAY = date(2026, 11, 21)
LONG = "This tea has followed me from Lisbon to Porto and back, through two flats, one cat and a very long winter of rain. "


def judge(caption: str, platform: str = "instagram", countries: tuple[str, ...] = ("US",), **rest):
    return disclosure.check(caption, platform=platform, countries=list(countries), day=TODAY, **rest)


@pytest.mark.parametrize(
    "caption",
    ["#ad My morning tea", "Ad: my morning tea", "Paid partnership with Bramble. My morning tea", "My tea #ad #tea"],
)
def test_a_plain_label_at_once_is_green(caption) -> None:
    assert judge(caption).colour == "green"


@pytest.mark.parametrize(
    ("caption", "word"),
    [
        ("My tea #sp", "#sp"),
        ("My tea #collab", "#collab"),
        ("Thanks to Bramble for the tea", "thanks to"),
        ("Tea, affiliate link below", "affiliate link"),
    ],
)
def test_too_weak_words_are_red_and_named(caption, word) -> None:
    verdict = judge(caption)
    assert verdict.colour == "red"
    assert word in verdict.reasons[0]
    assert verdict.fix == "Begin the caption with #ad."


def test_a_missing_label_is_red() -> None:
    assert judge("My morning tea").reasons == ["The caption does not say that this is advertising."]


def test_a_label_after_the_fold_is_buried() -> None:
    verdict = judge(LONG * 2 + "#ad")
    assert (verdict.colour, "folds" in verdict.reasons[0]) == ("red", True)


def test_a_label_in_a_pile_of_hashtags_is_buried() -> None:
    verdict = judge("My tea #tea #porto #cat #ad #rain")
    assert (verdict.colour, "pile" in verdict.reasons[0]) == ("red", True)


def test_a_label_after_the_praise_is_amber() -> None:
    assert judge("I have had this tea every single morning of this week and the last one #ad").colour == "amber"


@pytest.mark.parametrize("caption", ["#adorable tea", "I had an ad idea about tea", "Werbungen"])
def test_words_that_only_look_like_a_label_do_not_count(caption) -> None:
    assert judge(caption).colour == "red"


@pytest.mark.parametrize(
    ("country", "caption", "colour"),
    [
        ("DE", "#ad Mein Tee", "red"),
        ("DE", "Werbung: mein Tee", "green"),
        ("DE", "#Anzeige Mein Tee", "green"),
        ("FR", "#ad Mon thé", "red"),
        ("FR", "Collaboration commerciale avec Bramble", "green"),
        ("GB", "#sponsored My tea", "red"),
        ("GB", "#ad My tea", "green"),
    ],
)
def test_the_label_must_be_the_countrys_own(country, caption, colour) -> None:
    assert judge(caption, countries=(country,)).colour == colour


def test_with_several_countries_the_strictest_decides() -> None:
    assert judge("#ad My tea", countries=("US", "DE")).colour == "red"
    assert judge("#ad #werbung My tea", countries=("US", "DE")).colour == "green"


def test_free_products_need_a_label_and_only_no_connection_needs_none() -> None:
    assert judge("My tea", connection="gift").colour == "red"
    assert judge("My tea", connection="none").colour == "green"


def test_rules_are_dated() -> None:
    assert "#ad" not in {row["phrase"] for row in queries.too_weak(["DE"], date(2021, 1, 1))}
    assert "#ad" in {row["phrase"] for row in queries.too_weak(["DE"], TODAY)}
    assert queries.written_contract("FR", date(2025, 12, 31)) is None
    assert queries.written_contract("FR", date(2026, 1, 1))["amount"] == 100_000


@pytest.mark.parametrize(
    ("followers", "tier"), [(999, "starting"), (1000, "nano"), (99_999, "micro"), (1_000_000, "mega")]
)
def test_tier_bands_begin_where_the_last_one_ends(followers, tier) -> None:
    assert queries.tier_of(followers, TODAY) == tier


def test_every_row_says_where_it_was_read_and_from_when() -> None:
    for path in queries.DATA.glob("*.json"):
        for row in queries.rows(path.stem):
            assert row["source"]
            assert date.fromisoformat(row["from"]) < TODAY


def test_what_countries_can_be_paid() -> None:
    assert queries.payable("DE", TODAY)
    assert queries.payable("US", TODAY)
    assert not queries.payable("SY", TODAY)
