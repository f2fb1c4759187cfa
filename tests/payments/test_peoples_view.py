"""What a creator and a brand read about their money: where each payment is and why, and what is behind each amount."""

import pytest
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.payments.losses import recovery
from marketplace.payments.money_out import earnings, steps
from tests import factories
from tests.pages_of_deals import counted, read, words
from tests.payments.world import World, usd


def rungs(page: BeautifulSoup) -> list[str]:
    """The stepper's rungs with their states and days."""
    return [" ".join(one.get_text(" ").split()) for one in page.select(".stepper__step")]


def test_each_payment_says_which_day_it_was_approved_sent_and_in_the_bank_and_why_it_waits(world: World) -> None:
    world.client.sign_in(world.creator)
    world.fund()
    payout = world.release()
    place = f"/earnings/payouts/{db.short(payout.id)}"
    shown = rungs(read(world.client.get(place)))
    assert shown[0].startswith("Approved done")
    assert shown[1].startswith("Sent now")
    assert steps.of([payout], "UTC")[payout.id].standing.says in shown[1]
    listed = words(world.client.get("/earnings"))
    assert "not yet" in listed
    assert steps.of([payout], "UTC")[payout.id].standing.next in listed
    world.onboard()
    world.run_jobs()
    way = steps.of([payout], "UTC")[payout.id]
    assert way.at_stripe is not None
    assert way.expected is not None
    assert way.expected > way.at_stripe.date()
    assert way.expected.weekday() < 5
    assert "expected by" in rungs(read(world.client.get(place)))[3]
    world.server.advance(days=3)
    world.deliver()
    on_its_way = steps.of([payout], "UTC")[payout.id]
    assert on_its_way.in_bank is not None or on_its_way.expected is not None
    world.server.advance(days=3)
    world.deliver()
    arrived = steps.of([payout], "UTC")[payout.id]
    assert arrived.in_bank is not None
    assert arrived.expected is None
    assert [one["state"] for one in arrived.rungs()] == ["done"] * 4
    assert "In your bank done" in rungs(read(world.client.get(place)))[3]


def test_what_was_taken_back_or_set_off_whole_promises_no_day_in_the_bank(world: World) -> None:
    staff = factories.staff().actor
    world.fund()
    gone = world.release()
    recovery.take_back(gone, usd(100_000), reason="nothing was made", key="k", by=staff)
    way = steps.of([gone], "UTC")[gone.id]
    assert way.ended
    assert [one["label"] for one in way.rungs()] == ["Approved"]


def test_the_payments_of_one_state_are_a_list_of_their_own_and_come_a_page_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earnings, "PAGE", 2)
    world.fund(300_000)
    for number in range(3):
        world.release(10_000 + number, 0, key=str(number))
    party = world.creator.party
    assert [row.amount for row in earnings.page(party.id, "UTC", 1)["payouts"]] == [usd(10_002), usd(10_001)]
    assert [row.amount for row in earnings.page(party.id, "UTC", 2, "waits")["payouts"]] == [usd(10_000)]
    assert earnings.page(party.id, "UTC", 1, "paid")["payouts"] == []
    world.client.sign_in(world.creator)
    shown = words(world.client.get("/earnings?where=waits"))
    assert "Page 1 of 2" in shown
    assert "Only those that wait." in shown
    assert world.client.get("/earnings?page=0").status_code == 404


def follow(world: World, page: BeautifulSoup, row: str, amount: str) -> str:
    """Open an amount of a row; what is behind it."""
    line = next(one for one in page.select("tr") if one.th and row in one.th.get_text() and one.td)
    link = next(one for one in line.select("a.money") if one.get_text() == amount)
    return words(world.client.get(link["href"]))


def test_a_brand_opens_each_amount_of_a_month_and_of_a_deal_down_to_its_lines(world: World) -> None:
    world.onboard()
    world.fund()
    world.release(60_000, 6_000)
    world.run_jobs()
    world.client.sign_in(world.brand)
    page = read(world.client.get("/brand/funds"))
    shown = " ".join(page.get_text(" ").split())
    assert "Released $600.00 of which $60.00 platform fee" in shown
    assert "Held at the end $400.00" in shown
    tables = page.select("table")
    month = tables[0].select_one("tbody th").get_text(strip=True)
    behind = follow(world, page, month, "$60.00")
    assert f"Platform fee, {month}" in behind
    assert "Platform fee in it $60.00" in behind
    assert "The work was approved and published" in behind
    assert world.creator.party.name in behind
    assert "Change of what is held −$600.00 1 line" in follow(world, page, "A film about tea", "$600.00")
    assert "Change of what is held +$400.00 2 lines" in follow(world, page, month, "$400.00")
    lines = read(world.client.get("/brand/funds/lines"))
    assert {"Creator", "Platform fee in it"} <= {head.get_text(strip=True) for head in lines.select("thead th")}
    paid_in = read(world.client.get("/brand/funds/lines?what=paid_in"))  # columns of dashes are left out
    assert not {"Creator", "Platform fee in it"} & {head.get_text(strip=True) for head in paid_in.select("thead th")}
    assert "A film about tea" in lines.select_one(".page-head").get_text()
    assert "A film about tea" not in lines.select_one("table").get_text()  # said once where all lines are of one deal
    assert f"Protected payments in {month}" in words(world.client.get(page.select_one("tbody th a")["href"]))
    for place in ("?year=1", "?month=13", "?year=x", "?page=0", "/lines?what=nothing", "/lines?subject=0"):
        assert world.client.get(f"/brand/funds{place}").status_code == 404, place


def test_a_creator_sees_her_years_and_opens_one_down_to_its_payments(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release()
    world.run_jobs()
    world.client.sign_in(world.creator)
    year = payout.created_at.year
    assert f"{year} $1,000.00 −$100.00 $900.00" in words(world.client.get("/earnings"))
    page = read(world.client.get(f"/earnings/year?year={year}"))
    shown = " ".join(page.get_text(" ").split())
    assert "Earned, gross $1,000.00" in shown
    assert page.select_one(f"a.money[href$='{db.short(payout.id)}']").get_text() == "$1,000.00"
    assert "Nothing was paid in this year" in words(world.client.get("/earnings/year?year=2001"))
    assert world.client.get("/earnings/year?year=now").status_code == 404


def test_papers_come_as_files_and_only_to_whom_they_belong(world: World) -> None:
    world.onboard()
    funding = world.fund()
    unpaid = world.begin(5_000, db.new_id())
    payout = world.release()
    world.run_jobs()
    mine = {
        "creator": ["/earnings/year.pdf", f"/earnings/payouts/{db.short(payout.id)}/receipt.pdf"],
        "brand": [
            "/brand/funds/statement.pdf",
            f"/brand/funding/{db.short(funding.id)}/receipt.pdf",
            f"/brand/funding/of/{db.short(world.deal)}/statement.pdf",
        ],
    }
    others = {"creator": factories.creator(), "brand": factories.brand()}
    for side, places in mine.items():
        for place in places:
            world.client.sign_in(getattr(world, side))
            answer = world.client.get(place)
            assert answer.status_code == 200, place
            assert answer.data.startswith(b"%PDF")
            assert ".pdf" in answer.headers["Content-Disposition"]
            world.client.sign_in(others[side])
            if "/receipt" in place or "/of/" in place:
                assert world.client.get(place).status_code == 404, place
    world.client.sign_in(world.brand)
    assert world.client.get(f"/brand/funding/{db.short(unpaid.id)}/receipt.pdf").status_code == 404


@pytest.mark.parametrize("count", [1, 6])
def test_a_money_page_asks_the_same_for_one_payment_and_for_many(world: World, count: int) -> None:
    """Sent ones and one that waits: who is signed in, the instance and the bell are within."""
    pages = {"/earnings": 32, "/earnings/year": 10, "/brand/funds": 10, "/brand/funds/lines": 10}
    world.onboard()
    world.fund(300_000)
    world.fund(50_000, subject=db.new_id())
    for number in range(count):
        world.release(10_000, 1_000, key=str(number))
    world.run_jobs()
    world.release(10_000, 1_000, key="waits")
    asked = {}
    for place in pages:
        world.client.sign_in(world.creator if place.startswith("/earnings") else world.brand)
        with counted() as queries:
            assert world.client.get(place).status_code == 200
        asked[place] = len(queries)
    assert asked == pages
