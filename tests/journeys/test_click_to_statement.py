"""Click to statement on an empty portal, at phone width: a program, a link, orders, a closed month that is paid."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.browsers import LiveServer
from tests.journeys import people
from tests.journeys.conftest import NewPerson
from tests.journeys.shop import Shop, open_shop
from tests.journeys.walker import Walker

pytestmark = pytest.mark.journey

PROGRAM = "Bramble friends"
A_MONTH_AND_MORE = "40"  # days


@pytest.fixture
def shop(empty_portal: LiveServer) -> Iterator[Shop]:
    """The brand's own shop."""
    with open_shop(empty_portal.url) as opened:
        yield opened


def test_from_a_click_to_a_statement_that_adds_up_and_is_paid(
    person: NewPerson, empty_portal: LiveServer, shop: Shop, tmp_path: Path
) -> None:
    admin, brand, creator = person(), person(), person()
    people.set_up(admin)
    people.brand_signs_up(brand)
    prove_domain(brand, shop)
    page_of_program = open_program(brand)
    link = join(creator, page_of_program, shop)
    give_code(brand)
    sell(brand, shop, link)
    import_orders(brand, tmp_path)
    shop.tells("order.refunded", "1001", amount="20.00")
    brand.follow("Program").waits_for("$18.00")
    said = people.operator(empty_portal, "statements", "close", CLOCK_AHEAD=A_MONTH_AND_MORE)
    assert f"{PROGRAM}: 1 statements, 1 released" in said
    read_statement(creator)
    people.books_are_clean(empty_portal)


def prove_domain(brand: Walker, shop: Shop) -> None:
    """The token goes onto the shop's site; then the portal looks."""
    brand.follow("Domains").fill({"Domain": shop.domain}).press("Get a token")
    shop.token = brand.page.locator(".copy__value").first.inner_text()
    brand.press("Look now").sees("Your brand is verified.")


def open_program(brand: Walker) -> str:
    """Ten per cent, no hold, anybody may join; 100 dollars in its budget. Returns its public address."""
    brand.menu("Programs").follow("New program")
    brand.fill({"Name of the program": PROGRAM, "Commission in percent": "10", "Days a commission is held": "0"})
    brand.fill({"Smallest payout": "5"}).tick("Anybody, at once", "Send a click token").press("Open the program")
    address = brand.sees(f"{PROGRAM} is open.").page.locator(".copy__value").first.inner_text()
    brand.follow("Top up").fill({"Amount": "100"}).press("Pay on Stripe’s page")
    people.pay(brand)
    brand.waits_for("$100.00")
    return address


def join(creator: Walker, address: str, shop: Shop) -> str:
    """From the program's public page to a link of her own; says where her pay goes. Returns the link."""
    creator.go(address.removeprefix(creator.url)).sees("10%").follow("Sign up", within="main")
    people.sign_up(creator, "Cleo Creator", "cleo@example.com")
    creator.press("Join").sees("You are in. Make your first link.").follow("New link")
    creator.fill({"Page in the shop": f"http://{shop.domain}/tea", "What it is for": "bio"}).press("Make the link")
    link = creator.sees("Your link is ready.").page.locator(".copy__value").first.inner_text()
    creator.menu("Earnings").follow("Set up payouts").press("Set up payouts at Stripe")
    people.get_ready_for_payouts(creator)
    return link


def give_code(brand: Walker) -> None:
    """A code for customers who heard of the shop and never clicked."""
    brand.page.reload()
    brand.follow("Cleo Creator").fill({"Code": "CLEO10"}).press("Give this code").sees("CLEO10")


def sell(brand: Walker, shop: Shop, link: str) -> None:
    """A customer clicks and buys; the shop's server reports it, signed with its key."""
    brand.menu("Programs").follow(PROGRAM).follow("Shop").press("Make a key")
    values = brand.sees("Keep this secret now").page.locator(".copy__value")
    shop.key, shop.secret = values.nth(0).inner_text(), values.nth(1).inner_text()
    token = shop.visited_through(link)
    shop.tells("order.paid", "1001", lines=[{"name": "Ceylon tin", "amount": "120.00"}], clicks=[token])


def import_orders(brand: Walker, folder: Path) -> None:
    """Of three rows one has her code, one nobody's, and one cannot be read; nothing is written before the brand says so."""
    file, now = folder / "orders.csv", datetime.now(UTC).isoformat()
    rows = [("1002", "80.00", "CLEO10"), ("1003", "50.00", ""), ("1004", "a lot", "CLEO10")]
    lines = [f"{order},{now},{amount},{code}" for order, amount, code in rows]
    file.write_text("\n".join(["order_id,date,amount,code", *lines]))
    brand.follow("Import").upload("CSV file", file).press("Look through the file")
    brand.sees("Rows that cannot be read", "is not an amount").press("Import 2 orders").waits_for("2 orders are in")
    brand.follow("Import orders")


def read_statement(creator: Walker) -> None:
    """Opening + lines = closing, on the page and in the file; a line opens its chain; the payout arrives."""
    creator.menu("Statements")
    creator.follow(creator.page.locator("main table").get_by_role("link").first.inner_text())
    names = ("Opening balance", "Earned", "Adjustments", "Paid out", "Closing balance")
    opening, earned, adjustments, paid, closing = (creator.amount(name) for name in names)
    assert (opening, earned, adjustments, paid, closing) == (0, 2_000, -200, 0, 1_800)
    assert creator.amount("To be paid with this statement") == closing
    totals, _, lines_of_file = creator.download("CSV").decode().replace("\r\n", "\n").partition("\n\n")
    assert "closing,18.00" in totals.splitlines()
    lines = list(csv.DictReader(io.StringIO(lines_of_file)))
    assert {line["order"] for line in lines} == {"1001", "1002"}
    assert sum(Decimal(line["amount"]) for line in lines) == Decimal(18)
    creator.follow("1001").sees("1. How the customer came", "The last click before the order.", "$120.00", "$12.00")
    creator.follow("Statement no. 1, line", exact=False).waits_for("Paid $18.00").follow("Statements")
    creator.menu("Earnings").follow(PROGRAM, exact=False).sees("In your Stripe account")
