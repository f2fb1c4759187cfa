"""The pages about money: what each side sees, how an amount opens, and who may see nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from html5lib import parse

from marketplace import db
from marketplace.clock import now
from marketplace.payments import printing, queries
from marketplace.payments.books import audit
from marketplace.payments.models import WebhookEvent
from marketplace.payments.money_in import refunds
from tests import factories
from tests.payments.world import World, usd

NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def text(answer: Any) -> str:
    """A page's visible words, spaces joined."""
    assert answer.status_code == 200, answer.status_code
    tree = parse(answer.get_data(as_text=True))
    return " ".join(" ".join(tree.find(f".//{NAMESPACE}main").itertext()).split())


def test_a_creator_sees_what_waits_and_is_offered_the_set_up(world: World) -> None:
    world.client.sign_in(world.creator)
    assert "No payouts yet" in text(world.client.get("/earnings"))
    world.fund()
    world.release()
    shown = text(world.client.get("/earnings"))
    assert "$900.00 wait for your payout account" in shown
    assert "Set up payouts" in shown
    assert "A film about tea" in shown


def test_a_payout_opens_into_the_steps_of_its_money_in_plain_words(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release()
    world.run_jobs()
    world.client.sign_in(world.creator)
    shown = text(world.client.get(f"/earnings/payouts/{db.short(payout.id)}"))
    assert "$1,000.00 of protected payment: $900.00 now belongs to you, $100.00 is the platform’s fee." in shown
    assert "Sent to Stripe" in shown
    assert "In your Stripe account" in shown
    assert "shown before you agreed" in shown
    receipt = text(world.client.get(f"/earnings/payouts/{db.short(payout.id)}/receipt"))
    assert "Paid out $900.00" in receipt
    world.client.sign_in(factories.staff("finance"))
    staff = text(world.client.get(f"/earnings/payouts/{db.short(payout.id)}"))
    assert "$900.00 now belongs to the creator" in staff
    assert "shown to the creator before they agreed" in staff
    assert "In the creator’s Stripe account" in staff
    assert "The creator reads: “It is in your Stripe account.”" in staff
    assert "Released to you" not in staff


def test_a_receipt_has_the_payees_days_and_names_her_zone_a_page_has_its_readers(
    world: World, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.creator.party, "zone", "America/New_York")
    world.onboard()
    world.fund()
    clock.freeze(datetime(2027, 7, 1, 3, 30, tzinfo=UTC))
    payout = world.release()
    place = f"/earnings/payouts/{db.short(payout.id)}"
    for reader in (world.creator, factories.staff("finance")):
        world.client.sign_in(reader)
        receipt = text(world.client.get(f"{place}/receipt"))
        assert "Released on Jun 30, 2027" in receipt
        assert "Days are those of America/New York." in receipt
    page = text(world.client.get(place))
    assert "Jul 1, 2027" in page
    assert "Days are those of UTC." in page
    assert "Jun 30, 2027" not in page
    world.client.sign_in(world.creator)
    assert "Days are those of America/New York." in text(world.client.get("/earnings"))


def test_a_funding_receipt_and_its_papers_have_the_payers_days_and_name_its_zone(
    world: World, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.brand.party, "zone", "America/New_York")
    clock.freeze(datetime(2027, 7, 1, 3, 30, tzinfo=UTC))  # the last evening of June there
    funding = world.fund()
    world.client.sign_in(world.brand)
    named = "Days are those of America/New York."
    receipt = text(world.client.get(f"/brand/funding/of/{db.short(world.deal)}/receipt"))
    assert "Jun 30, 2027" in receipt
    assert named in receipt
    [line] = queries.subjects(world.brand.party.id)
    papers = [
        printing.of_payment(funding, queries.charges_of(funding), "America/New_York"),
        printing.of_subject(line, world.brand.party, "USD"),
    ]
    assert all(named in paper.lead for paper in papers)
    table = world.client.get("/brand/funds/accounts.csv?year=2027", buffered=True).text
    assert table.splitlines()[0].startswith("\ufeffDay (America/New York),")
    assert "2027-06-30," in table


def test_a_paid_payout_is_in_her_stripe_account_until_her_bank_has_it(world: World) -> None:
    world.onboard()
    world.fund()
    payout = world.release()
    world.run_jobs()
    place = f"/earnings/payouts/{db.short(payout.id)}"

    def badges(address: str) -> list[str]:
        page = BeautifulSoup(world.client.get(address).text, "html.parser")
        return [one.get_text(strip=True) for one in page.select("main .badge")]

    world.client.sign_in(world.creator)
    assert badges(place) == badges("/earnings") == ["In your Stripe account"]
    world.client.sign_in(factories.staff("finance"))
    assert badges(place) == ["In the creator’s Stripe account"]
    for _payout_then_arrival in range(2):
        world.server.advance(days=3)
        world.deliver()
    assert badges(place) == ["In the creator’s bank"]


def test_releases_come_a_page_at_a_time_newest_first_and_a_receipt_for_several_says_creators(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "RELEASES", 2)
    world.fund()
    for number in range(3):
        world.release(10_000 + number, 0, key=str(number))
    world.client.sign_in(world.brand)
    place = f"/brand/funding/of/{db.short(world.deal)}"
    first, second = (text(world.client.get(f"{place}?page={number}")) for number in (1, 2))
    assert first.index("$100.02") < first.index("$100.01")
    assert "$100.00" not in first
    assert "$100.00" in second
    assert "Page 2 of 2" in second
    assert "Released to the creator" in text(world.client.get(f"{place}/receipt"))
    monkeypatch.setattr(world, "creator", factories.creator("Bea"))
    world.release(20_000, 0, key="other")
    assert "Released to creators" in text(world.client.get(f"{place}/receipt"))


def test_older_payments_of_a_budget_are_folded_and_no_row_repeats_its_title(world: World) -> None:
    for number in range(8):
        world.fund(10_000 * 2**number)  # a deal is paid in once: each is more than is there
    world.client.sign_in(world.brand)
    page = BeautifulSoup(world.client.get(f"/brand/funding/of/{db.short(world.deal)}").text, "html.parser")
    folded = page.select_one("main details")
    assert "2 older payments" in folded.summary.get_text()
    assert [row.get_text() for row in folded.select("tbody .money")] == ["$200.00", "$100.00"]
    assert not [row for row in page.select("main tbody th") if "A film about tea" in row.get_text()]


def test_payouts_are_set_up_on_stripes_own_pages_and_seen_on_return(world: World) -> None:
    world.client.sign_in(world.creator)
    assert "Set up payouts at Stripe" in text(world.client.get("/payouts/set-up"))
    there = world.client.submit("/payouts/set-up")
    assert there.status_code == 303
    assert world.server.fill_onboarding(there.location).status in (302, 303)
    back = world.client.get("/payouts/set-up/done")
    assert back.location == "/payouts/set-up"
    ready = text(world.client.get("/payouts/set-up"))
    assert "Your payout account" in ready
    assert "Ready for payouts" in ready
    assert "Set up payouts" not in ready
    assert world.client.get("/payouts/set-up/done?next=/deals").location == "/deals"
    assert world.client.get("/payouts/set-up/done?next=//elsewhere.example").location == "/payouts/set-up"


def test_a_brand_sees_what_is_protected_released_and_refunded_per_deal(world: World) -> None:
    world.fund()
    world.fund(5_000, subject=db.new_id())
    world.release(60_000, 6_000)
    refunds.refund(subject=world.deal, amount=usd(10_000), reason="fewer posts", key="r", by=world.brand.actor)
    world.run_jobs()
    world.client.sign_in(world.brand)
    shown = text(world.client.get("/brand/funding"))
    assert "$1,000.00 $300.00 $600.00 $60.00 $100.00" in shown
    page = text(world.client.get(f"/brand/funding/of/{db.short(world.deal)}"))
    assert "The work was approved and published" in page
    assert "fewer posts" in page
    assert "Protected $300.00" in text(world.client.get(f"/brand/funding/of/{db.short(world.deal)}/receipt"))


def test_a_payment_left_open_can_be_gone_on_with(world: World) -> None:
    row = world.begin()
    world.client.sign_in(world.brand)
    assert "Begun and not paid" in text(world.client.get("/brand/funding"))
    assert "Pay $1,000.00" in text(world.client.get(f"/brand/funding/{db.short(row.id)}/pay"))
    there = world.client.submit(f"/brand/funding/{db.short(row.id)}/pay")
    assert there.status_code == 303
    assert there.location.startswith(world.server.url)


def test_staff_see_the_checks_the_halt_and_what_stripe_did_not_settle(world: World) -> None:
    world.fund()
    audit.check()
    audit.halt("a planted breach")
    world.client.sign_in(factories.staff())
    shown = text(world.client.get("/staff/ledger"))
    assert "checks hold A1 a statement adds up" in shown  # one after the other, each rule once
    assert shown.count(" A1 ") == shown.count(" L4 ") == 1
    assert shown.index(" B5 ") < shown.index(" B10 ") < shown.index(" L1 each journal sums to zero per currency")
    assert "Broken" not in shown
    assert "Payouts are halted" in shown
    assert world.client.submit("/staff/ledger/check").status_code == 303
    assert world.client.submit("/staff/ledger/resume").status_code == 303
    assert "Payouts are halted" not in text(world.client.get("/staff/ledger"))


def test_a_broken_rule_stands_open_above_those_that_hold(world: World) -> None:
    found = {"L2 all postings sum to zero": [["USD", "1"]]}
    db.session.add(audit.CheckRun(id=db.new_id(), ran_at=now(), milliseconds=1, breaches=found))
    db.session.flush()
    world.client.sign_in(factories.staff())
    page = BeautifulSoup(world.client.get("/staff/ledger").text, "html.parser")
    assert "L2 all postings sum to zero" in page.select_one("table th[scope=row]").get_text()
    assert "Broken" in page.select_one("table tbody").get_text()
    assert "L2" not in page.select_one("details").get_text().split()


@pytest.mark.parametrize("who", ["stranger", "brand", "other brand", "finance"])
def test_nobody_sees_another_ones_money(world: World, who: str) -> None:
    world.fund()
    payout = world.release()
    person = {
        "stranger": factories.creator, "brand": lambda: world.brand, "other brand": factories.brand,
        "finance": lambda: factories.colleague(world.brand, "reviewer"),
    }[who]()  # fmt: skip
    world.client.sign_in(person)
    expected = {
        f"/earnings/payouts/{db.short(payout.id)}": {404},
        f"/brand/funding/of/{db.short(world.deal)}": {"brand": {200}, "finance": {403}}.get(who, {404}),
        "/staff/ledger": {403},
        "/earnings": {200} if who == "stranger" else {403},
    }
    for address, answers in expected.items():
        assert world.client.get(address).status_code in answers, address


def test_a_webhook_needs_no_session_and_no_csrf_token_but_its_signature(world: World) -> None:
    answer = world.client.post("/webhooks/stripe/platform", data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"})
    assert answer.status_code == 400
    assert db.session.query(WebhookEvent).count() == 0
