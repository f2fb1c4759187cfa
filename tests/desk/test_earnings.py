"""Earnings say where all of it is: paid, on its way, ready, held, still in deals; each with its reason, and once."""

from datetime import timedelta

import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.affiliate.sales_models import Line
from marketplace.authz import CLOCK
from marketplace.content import service as content
from marketplace.money import Money
from marketplace.payments.books import freezes
from marketplace.payments.money_out import coming, earnings
from tests.affiliate.shop import later, take
from tests.affiliate.test_payouts import Paid, month
from tests.factories_deals import active, drafted, picture, piece_of, sides


def read(client) -> tuple[dict[str, str], list[list[str]]]:
    """The page's sums by name, and the rows of what is still to come."""
    page = BeautifulSoup(client.get("/earnings").text, "html.parser")
    sums = {row.dt.text: row.find(class_="money").text for row in page.select_one(".facts").find_all("div")}
    rows = [[" ".join(c.get_text(" ").split()) for c in row(["th", "td"])] for row in page.select("#to-come tbody tr")]
    return sums, rows


def test_a_commission_is_held_then_ready_then_paid_and_all_of_it_is_every_line(
    stripe_server, run_jobs, clock, client
) -> None:
    paid = Paid(stripe_server, run_jobs, budget=1200)
    ann = paid.ann.person
    client.sign_in(ann)
    paid.sell(10_000)
    sums, [row] = read(client)
    assert (sums["Paid to you"], sums["Held"], sums["Protected in deals"]) == ("$0.00", "$10.00", "$0.00")
    why = "Held Kept back until Mar 13, 2026, in case orders are returned; paid with the statement of March 2026."
    assert row == ["Bramble Friends", why, "Apr 1, 2026", "$10.00"]
    clock.freeze(month(3) + timedelta(days=27))
    second = paid.sell(5_000)
    sums, rows = read(client)
    assert (sums["Ready"], sums["Held"], [row[2] for row in rows]) == ("$10.00", "$5.00", ["Apr 1, 2026", "May 1, 2026"])
    clock.freeze(month(4))
    paid.close()
    run_jobs()
    run_jobs()
    sums, [row] = read(client)
    assert (sums["Paid to you"], sums["Held"], row[2:]) == ("$10.00", "$5.00", ["May 1, 2026", "$5.00"])
    clock.freeze(month(5))
    paid.close()  # the budget falls short
    sums, [row] = read(client)
    assert (sums["Ready"], row[2], "as soon as the brand’s budget covers it" in row[1]) == ("$5.00", "no date", True)
    take(paid.shop, later(second, "refunded", amount=1_000))
    assert every_line() == everywhere(ann)


def every_line() -> Money:
    return Money(int(db.session.scalar(sa.select(sa.func.sum(Line.amount_minor)))), "USD")


def everywhere(who) -> Money:
    payouts = earnings.totals(who.party.id)
    to_come = coming.sums(coming.of(who.actor, "USD"), "USD")
    return sum((*payouts.values(), *to_come.values()), Money.zero("USD"))


def test_pay_of_a_deal_is_protected_with_whose_turn_it_is_and_then_a_payment(client, run_jobs) -> None:
    between = sides()
    client.sign_in(between.creator)
    deal = active(between)
    net = (deal.protected - Money(deal.protected.minor // 10, "USD")).format()
    sums, [row] = read(client)
    assert (sums["Protected in deals"], row[1].split()[0], "Your turn: Send the draft." in row[1]) == (
        net, "Protected", True,
    )  # fmt: skip
    drafted(piece_of(deal), between.creator)
    _sums, [row] = read(client)
    assert "’s turn: An answer to the draft. If nobody moves: the draft is approved." in row[1]
    assert row[2] != "no date"
    dispute = db.new_id()
    freezes.begin(deal.id, why="dispute", ref=dispute, by=CLOCK)
    sums, [row] = read(client)
    assert (sums["Held"], sums["Protected in deals"], row[2:]) == (net, "$0.00", ["no date", net])
    assert "The payment stands still" in row[1]
    freezes.lift(dispute, by=CLOCK)
    content.approve(piece_of(deal), by=between.brand.actor)
    shot = picture(between.creator)
    content.publish(piece_of(deal), "https://instagram.com/p/abc", shot, by=between.creator.actor)
    content.confirm(piece_of(deal), by=between.brand.actor)
    run_jobs()
    sums, rows = read(client)
    assert (rows, sums["Protected in deals"], net in (sums["Paid to you"], sums["On its way"])) == ([], "$0.00", True)
