"""The decision table of link against code, and the window to the exact second."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.affiliate.attribution import CLICK, CODE, LINK, Touch, decide

pytestmark = pytest.mark.plain

ORDER = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = timedelta(days=30)


def click(who: str, before: timedelta = timedelta(days=1), **marks) -> Touch:
    return Touch(CLICK, who, ORDER - before, click=f"{who}{before}", **marks)


def code(who: str, **marks) -> Touch:
    return Touch(CODE, who, ORDER, code=f"code of {who}", **marks)


def credit(*touches: Touch, policy: str = "code_wins") -> tuple[str | None, dict[str, str]]:
    decision = decide(list(touches), ORDER, window_seconds=int(WINDOW.total_seconds()), code_policy=policy)
    return decision.winner, decision.reasons


def test_the_last_touch_is_credited_and_the_other_is_told_so() -> None:
    assert credit(click("b", timedelta(hours=1)), click("a", timedelta(days=2))) == (
        "b", {"a": "other_affiliate", "b": "credited"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (WINDOW, "credited"),
        (WINDOW + timedelta(seconds=1), "outside_window"),
        (WINDOW - timedelta(seconds=1), "credited"),
        (timedelta(), "credited"),
        (timedelta(seconds=-1), "outside_window"),
    ],
)
def test_the_window_is_exact_seconds_and_inclusive(age: timedelta, reason: str) -> None:
    assert credit(click("a", age))[1] == {"a": reason}


def test_as_link_and_as_code_credit_a_once_keeping_the_clicks_sub_ids() -> None:
    decision = decide(
        [click("a", sub_ids={"s1": "bio"}), code("a")], ORDER, window_seconds=10**7, code_policy="code_wins"
    )
    assert (decision.winner, decision.rule, decision.sub_ids) == ("a", "link_and_code", {"s1": "bio"})


def test_as_link_and_bs_code_go_by_the_terms_code_policy() -> None:
    assert credit(click("a"), code("b"))[0] == "b"
    assert credit(click("a"), code("b"), policy="link_wins") == ("a", {"a": "credited", "b": "other_affiliate"})


def test_a_public_code_of_no_affiliate_leaves_the_link() -> None:
    assert credit(click("a")) == ("a", {"a": "credited"})


def test_a_code_of_an_ended_enrolment_credits_nobody_and_says_so() -> None:
    assert credit(code("a", enrolled=False)) == (None, {"a": "not_enrolled"})


def test_a_code_expired_at_the_order_is_not_credited() -> None:
    assert credit(code("a", expired=True)) == (None, {"a": "code_expired"})


def test_of_two_codes_the_larger_discount_counts_and_equal_ones_the_first() -> None:
    assert credit(code("a", discount=100), code("b", discount=300))[0] == "b"
    assert credit(code("b", discount=100), code("a", discount=100))[0] == "b"


def test_buying_through_ones_own_link_is_refused_and_the_next_touch_looked_at() -> None:
    assert credit(click("a", own=True)) == (None, {"a": "self_referral"})
    assert credit(click("a", own=True), click("b", timedelta(days=9))) == (
        "b", {"b": "credited", "a": "self_referral"},
    )  # fmt: skip


def test_bots_never_earn() -> None:
    assert credit(click("a", label="bot")) == (None, {"a": "bot"})


def test_the_slug_seen_on_the_buying_visit_counts_without_consent() -> None:
    assert credit(Touch(LINK, "a", ORDER, link="x"))[0] == "a"


def test_a_decision_is_recomputable_from_what_it_stored() -> None:
    touches = [click("a"), code("b", discount=5), click("c", timedelta(days=40)), click("d", label="bot")]
    first = decide(touches, ORDER, window_seconds=30 * 86400, code_policy="code_wins")
    restored = [Touch.restored(touch.stored() | {"judged": why}) for touch, why in first.judged]
    assert decide(restored, ORDER, window_seconds=30 * 86400, code_policy="code_wins") == first
