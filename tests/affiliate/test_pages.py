"""The pages of programs, links, imports and statements, as brand and affiliate use them."""

import io
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from bs4 import BeautifulSoup

from marketplace import db
from marketplace.affiliate import bulk, imports, links, orders, queries, running, shops, statements, wording
from marketplace.affiliate.models import Click, DiscountCode, Enrolment, Import, Program, ShopKey, TrackingLink
from marketplace.affiliate.sales_models import Line, Order
from marketplace.brands import queries as brands
from marketplace.brands.models import BrandDomain
from marketplace.clock import now
from marketplace.money import Money
from marketplace.payments.money_in import funding
from tests import factories
from tests.affiliate.shop import click, later, open_shop, order, take
from tests.affiliate.world import DOMAIN, Affiliate, world

PROGRAM = {
    "name": "Tea Friends", "rate": "12.5", "window_days": "30", "hold_days": "14", "code_policy": "code_wins",
    "payout_minimum": "25", "statement_day": "3", "zone": "Europe/Berlin", "joining": "approval",
    "consent": "required",
}  # fmt: skip
CSV = "order,date,amount,coupon\nA1,2026-03-02,10.00,TEA\nA2,2026-03-02,x,\nA1,2026-03-02,5.00,\n"


def page(client, address: str) -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:500]
    found = BeautifulSoup(answer.text, "html.parser")
    assert len(found.find_all("h1")) == 1
    assert found.title.text.strip()
    return found


def text(client, address: str) -> str:
    return " ".join(page(client, address).get_text(" ").split())


def short(row) -> str:
    return db.short(row.id)


def test_a_brand_opens_a_program_with_its_terms(client, clock) -> None:
    client.sign_in(factories.brand())
    answer = client.submit("/brand/programs/new", PROGRAM)
    assert answer.status_code == 303
    row = db.session.scalars(sa.select(Program)).one()
    assert (row.payout_minimum_minor, row.statement_day, row.zone) == (2500, 3, "Europe/Berlin")
    assert "12.5%" in text(client, answer.location)
    assert "Tea Friends" in text(client, "/brand/programs")


def test_a_bad_term_is_refused_beside_its_field_and_the_form_is_kept(client, clock) -> None:
    client.sign_in(factories.brand())
    for field, value in [
        ("rate", "101"), ("rate", "-1"), ("rate", "x"), ("rate", "1.234"), ("window_days", "0"), ("statement_day", "31"),
        ("name", ""), ("zone", "Mars/Olympus"), ("payout_minimum", "-5"), ("joining", "maybe"), ("hold_days", "1e9"),
    ]:  # fmt: skip
        answer = client.submit("/brand/programs/new", PROGRAM | {field: value})
        assert answer.status_code == 422, field
        found = BeautifulSoup(answer.text, "html.parser")
        assert found.find(id=f"{field}-error"), field
    assert db.session.scalars(sa.select(Program)).all() == []


def test_terms_say_what_new_rates_ask_and_whose_own_orders_earn_nothing(client, clock) -> None:
    here = world()
    client.sign_in(here.brand)
    assert "new orders earn nothing until they accept" in text(client, "/brand/programs/new")
    own = f"/brand/programs/{short(here.program)}"
    assert "new orders earn them nothing" in text(client, own + "/terms")
    for address in (own, f"/programs/{here.program.slug}"):
        assert "An affiliate’s own orders earn nothing." in text(client, address)
    client.sign_in(factories.creator())
    assert "Your own orders earn nothing." in text(client, f"/programs/{here.program.slug}")


def test_a_programs_public_page_leads_its_own_brand_to_it_and_no_brand_to_joining(client, clock) -> None:
    here = world(joining="invited")
    address, own = f"/programs/{here.program.slug}", f"/brand/programs/{short(here.program)}"
    assert "Find open briefs" in text(client, address)
    client.sign_in(here.brand)
    found = page(client, address)
    assert found.select_one("main .banner a")["href"] == own
    assert "Join" not in [title.text for title in found.find_all("h2")]
    client.sign_in(factories.brand("Other", party_name="Other Brand"))
    found = page(client, address)
    assert found.select_one("main .banner") is None
    assert "An affiliate’s own orders earn nothing." in found.text
    assert "Join" in [title.text for title in found.find_all("h2")]
    assert "Find open briefs" not in found.text
    assert [one.get_text(strip=True) for one in found.select(".rail [aria-current]")] == ["Briefs"]


def test_the_front_page_of_a_shop_is_shown_without_its_slash(client, clock) -> None:
    here = world()
    friend = here.affiliate()
    row = links.create(friend.enrolment, f"https://{DOMAIN}/", by=friend.person.actor)
    client.sign_in(friend.person)
    assert wording.shown(f"https://{DOMAIN}/tea/") == f"https://{DOMAIN}/tea/"
    for who, address in (
        (friend.person, "/links"), (friend.person, f"/links/{short(row)}"),
        (here.brand, f"/brand/affiliates/{short(friend.enrolment)}"),
    ):  # fmt: skip
        client.sign_in(who)
        words = text(client, address).split()
        assert f"https://{DOMAIN}" in words
        assert f"https://{DOMAIN}/" not in words
    assert row.destination == f"https://{DOMAIN}/"


def test_a_share_in_percent_has_its_mark_beside_it(client, clock) -> None:
    client.sign_in(factories.brand())
    found = page(client, "/brand/programs/new").find(id="rate")
    assert found.find_next_sibling(class_="affix__mark").get_text() == "%"


def test_a_brands_page_leads_to_its_programs_that_creators_may_join(client, clock) -> None:
    here = world()
    address = f"/brands/{brands.profile(here.brand.party.id).slug}"
    leads = f"/programs/{here.program.slug}"
    assert [link["href"] for link in page(client, address).select(f"main a[href='{leads}']")] == [leads]
    here.program.joining = "invited"
    db.session.flush()
    assert leads not in client.get(address).text


def test_the_first_step_that_is_not_done_is_the_one_for_now(client, stripe_server, clock) -> None:
    here = world()
    client.sign_in(here.brand)

    def steps() -> list[str]:
        found = page(client, f"/brand/programs/{short(here.program)}").find("ol", class_="stepper")
        return [step.find("span", class_="unseen").text.strip() for step in found.find_all("li")]

    assert steps() == ["done", "now", "later", "later"]
    shops.issue_key(open_shop(here), by=here.brand.actor)
    assert steps() == ["done", "now", "done", "later"]
    row = funding.top_up(
        subject=here.program.id, payer=here.brand.party.id, amount=Money(50_000, "USD"),
        description="Budget", return_url="/brand/programs", by=here.brand.actor,
    )  # fmt: skip
    funding.checkout_url(row)
    stripe_server.pay_checkout(row.session_id)
    funding.refresh(row)
    assert steps() == ["done", "done", "done", "now"]


def test_a_creator_asks_to_join_and_the_brand_lets_her_in(client, clock) -> None:
    here = world(joining="approval")
    person = factories.creator()
    assert "10%" in text(client, f"/programs/{here.program.slug}")
    client.sign_in(person)
    assert client.submit(f"/programs/{here.program.slug}/join").status_code == 303
    assert client.submit(f"/programs/{here.program.slug}/join").status_code == 409
    row = db.session.scalars(sa.select(Enrolment)).one()
    client.sign_in(here.brand)
    assert "1 asks to join" in text(client, "/brand/programs")
    assert client.submit(f"/brand/affiliates/{short(row)}/approve").status_code == 303
    assert client.submit(f"/brand/affiliates/{short(row)}/approve").status_code == 409
    assert "Active" in text(client, f"/brand/affiliates/{short(row)}")


def test_an_affiliate_makes_a_link_sees_its_qr_code_and_cannot_lead_elsewhere(client, clock) -> None:
    here = world()
    friend = here.affiliate()
    client.sign_in(friend.person)
    address = f"/links/new/{short(friend.enrolment)}"
    assert DOMAIN in text(client, address)
    bad = client.submit(address, {"destination": "https://evil.example/", "label": "bio"})
    assert bad.status_code == 422
    assert "must lead to a page on" in bad.text
    made = client.submit(address, {"destination": f"https://{DOMAIN}/new", "label": "bio"})
    found = page(client, made.location)
    assert found.find("svg", class_="segno") or "qr" in str(found).lower()
    assert client.get(made.location + "/qr.svg").mimetype == "image/svg+xml"
    assert "bio" in text(client, "/links")
    link = db.session.scalars(sa.select(TrackingLink).where(TrackingLink.label == "bio")).one()
    assert client.submit(f"/links/{short(link)}/retire").status_code == 303
    assert link.valid_until is not None


def test_where_a_link_could_lead_nowhere_no_form_asks_for_one(client, clock) -> None:
    here = world()
    friend = here.affiliate()
    db.session.execute(sa.delete(BrandDomain))
    client.sign_in(friend.person)
    found = page(client, f"/links/new/{short(friend.enrolment)}")
    assert found.find(attrs={"name": "destination"}) is None
    assert "No link can be made yet" in found.get_text()


def test_a_brand_gives_and_withdraws_a_code(client, clock) -> None:
    here = world()
    friend = here.affiliate()
    client.sign_in(here.brand)
    address = f"/brand/affiliates/{short(friend.enrolment)}"
    assert "Give a code" in text(client, address)
    assert client.submit(address + "/code", {"text": "Tea 10"}).status_code == 422
    assert client.submit(address + "/code", {"text": "TEA10", "valid_until": "2020-01-01"}).status_code == 422
    assert client.submit(address + "/code", {"text": "TEA10", "valid_until": "2026-12-31"}).status_code == 303
    assert "– Dec 31, 2026" in text(client, address)
    row = db.session.scalars(sa.select(DiscountCode)).one()
    assert row.valid_until == datetime(2027, 1, 1, 5, tzinfo=UTC)
    assert client.submit(f"/brand/codes/{short(row)}/withdraw").status_code == 303
    assert client.submit(address + "/code", {"text": "TEA20"}).status_code == 303
    told = text(client, address)
    assert f"TEA20 since {wording.day_in(now(), here.program.zone)}" in told
    assert "Give another code" in told


def test_a_file_is_looked_through_before_anything_is_written(client, clock, run_jobs) -> None:
    here = world()
    friend = here.affiliate(code="TEA")
    client.sign_in(here.brand)
    where = f"/brand/programs/{short(here.program)}/import"
    answer = client.submit(where, {"file": (io.BytesIO(CSV.encode()), "orders.csv")})
    assert answer.status_code == 303
    shown = text(client, answer.location)
    assert "“x” is not an amount in USD" in shown
    assert "further up in the file already" in shown
    assert "Import 1 order" in shown
    assert db.session.scalars(sa.select(Order)).all() == []
    row = db.session.scalars(sa.select(Import)).one()
    assert row.report["counts"] == {"new": 1, "base_minor": 1000, "touched": 1, "errors": 2}
    assert client.submit(f"/brand/imports/{short(row)}/begin").status_code == 303
    assert client.submit(f"/brand/imports/{short(row)}/begin").status_code == 409
    run_jobs()
    line = db.session.scalars(sa.select(Line)).one()
    assert (line.enrolment_id, line.amount_minor, line.reason) == (friend.enrolment.id, 100, "credited")
    assert db.session.scalars(sa.select(Order)).one().placed_at == datetime(2026, 3, 2, 17, tzinfo=UTC)
    assert "1 order is in" in text(client, answer.location)
    again = client.submit(where, {"file": (io.BytesIO(CSV.replace("10.00", "11.00").encode()), "again.csv")})
    assert "Orders that differ from what we have" in text(client, again.location)


def test_older_files_of_orders_are_folded_and_their_times_name_the_programs_zone(client, clock) -> None:
    here = world()
    client.sign_in(here.brand)
    where = f"/brand/programs/{short(here.program)}/import"
    for number in range(8):
        client.submit(where, {"file": (io.BytesIO(CSV.replace("A1", f"B{number}").encode()), f"{number}.csv")})
    found = page(client, where)
    assert "Days and times are the program’s: America/New York" in " ".join(found.get_text(" ").split())
    folded = found.select("main details")[-1]
    assert folded.summary.get_text(strip=True) == "2 older files"
    assert [row.get_text() for row in folded.select("tbody th")] == ["1.csv", "0.csv"]


def test_columns_that_were_not_recognised_are_chosen_by_hand(client, clock) -> None:
    here = world()
    client.sign_in(here.brand)
    strange = b"Bestellung;Tag;Summe\n1;2026-02-01;10.00\n"
    where = f"/brand/programs/{short(here.program)}/import"
    answer = client.submit(where, {"file": (io.BytesIO(strange), "orders.csv")})
    assert "Which column is what?" in text(client, answer.location)
    chosen = {"order_id": "Bestellung", "placed_at": "Tag", "amount": "Summe"}
    refused = client.submit(answer.location + "/check", {"order_id": "Bestellung"})
    assert refused.status_code == 422
    assert client.submit(answer.location + "/check", chosen).status_code == 303
    assert "Import 1 order" in text(client, answer.location)


def test_what_is_no_csv_is_refused_in_words(client, clock) -> None:
    here = world()
    client.sign_in(here.brand)
    where = f"/brand/programs/{short(here.program)}/import"
    for content in (b"", b"\x00\x01\x02", b"\xff\xfe\x00a", b"\n\n", b",,,\n"):
        answer = client.submit(where, {"file": (io.BytesIO(content), "orders.csv")})
        assert answer.status_code == 422
        assert "not a CSV file" in answer.text
    assert db.session.scalars(sa.select(Import)).all() == []


def test_what_is_earned_is_read_the_same_day_with_its_lines(client, clock) -> None:
    here = world()
    ann = here.affiliate("Ann Affiliate")
    client.sign_in(ann.person)
    assert "$0.00" in text(client, "/home")
    take(open_shop(here), order(10000, number="N-8", clicks=(click(ann.link),)))
    assert "$10.00" in text(client, "/home")
    row = page(client, "/statements").select_one("#open-lines tbody tr")
    assert "N-8" in row.th.get_text()
    assert "/statements/lines/" in row.th.a["href"]
    clock.travel(timedelta(days=40))
    statements.close_due(here.program)
    assert page(client, "/statements").select_one("#open-lines") is None


def test_what_statements_hold_says_how_much_it_is_and_with_which_statement_it_is_paid(client, clock) -> None:
    here = world(minimum=5000)
    ann = here.affiliate("Ann")
    shop = open_shop(here)
    take(shop, order(10000, number="N-1", clicks=(click(ann.link),)))
    client.sign_in(ann.person)
    assert "Held or due" not in text(client, "/statements")
    clock.freeze(datetime(2026, 4, 2, tzinfo=UTC))
    statements.close_due(here.program)
    take(shop, order(4000, number="N-2", clicks=(click(ann.link),)))
    found = page(client, "/statements")
    told = " ".join(found.get_text(" ").split())
    assert "Held or due: $10.00" in told
    [owed] = running.owed(ann.person.actor)
    assert "paid with the statement of April 2026, on or about May 1, 2026" in told
    [row] = found.select("#owed-lines tbody tr")
    assert "N-1" in row.th.get_text()
    assert "Paid with the statement of April 2026 on or about May 1, 2026" in text(client, row.th.a["href"])
    [open_month] = running.months(ann.person.actor)
    assert owed.amount + open_month.earned == Money(1400, "USD")
    clock.freeze(owed.pays.due)
    statements.close_due(here.program)
    told = text(client, "/statements")
    assert "carried forward until it reaches the smallest payout of $50.00" in told
    assert "due now" in text(client, row.th.a["href"])


def test_the_shops_page_of_an_affiliate_says_what_the_running_month_earned_and_what_is_held(client, clock) -> None:
    here = world()
    ann, bea = here.affiliate("Ann"), here.affiliate("Bea")
    shop = open_shop(here)
    take(shop, order(10000, number="N-1", clicks=(click(ann.link),)))
    client.sign_in(here.brand)
    address = f"/brand/affiliates/{short(ann.enrolment)}"
    assert f"http://localhost/l/{ann.link.slug}" in text(client, address)  # whole, as a shop may send it on
    assert "Not on a statement yet $10.00 the statement of March 2026 comes on Apr 1, 2026" in text(client, address)
    clock.freeze(datetime(2026, 4, 2, tzinfo=UTC))
    statements.close_due(here.program)
    take(shop, order(4000, number="N-2", clicks=(click(ann.link),)))
    told = text(client, address)
    assert "Not on a statement yet $4.00" in told
    assert "Held $10.00 paid with the statement of April 2026, on or about May 1, 2026" in told
    assert "Not on a statement yet $0.00" in text(client, f"/brand/affiliates/{short(bea.enrolment)}")


def test_only_a_line_that_earns_says_until_when_it_is_held(client, clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop = open_shop(here)
    take(shop, order(10000, number="N-1", clicks=(click(ann.link),)))
    take(shop, order(5000, number="N-2", clicks=(click(ann.link, at=now() - timedelta(days=90)),)))
    client.sign_in(ann.person)
    rows = {row.th.get_text(): row.select("td")[-1] for row in page(client, "/statements").select("#open-lines tbody tr")}
    assert {"Held until" in str(rows["N-1"]), "Held until" in str(rows["N-2"])} == {True, False}
    assert rows["N-2"].get_text(strip=True) == "Earns nothing"
    clock.travel(timedelta(days=31))
    assert "Free since" in text(client, "/statements")


def line_of(friend: Affiliate) -> Line:
    return db.session.scalars(sa.select(Line).where(Line.enrolment_id == friend.enrolment.id)).one()


def test_a_statement_opens_down_to_each_lines_chain(client, clock) -> None:
    here = world()
    ann, bea = here.affiliate("Ann"), here.affiliate("Bea", code="BEA")
    take(open_shop(here), order(10000, number="N-7", clicks=(click(ann.link),), codes=(("BEA", 0),)))
    clock.freeze(datetime(2026, 4, 2, tzinfo=UTC))
    rows = {row.enrolment_id: row for row in statements.close_due(here.program)}
    client.sign_in(bea.person)
    assert "March 2026" in text(client, "/statements")
    mine = f"/statements/{short(rows[bea.enrolment.id])}"
    found = page(client, mine)
    assert "$10.00" in found.get_text()
    [held] = found.select("#lines tbody td[data-label='At the close']")
    assert held.get_text(strip=True).startswith("Held until")
    assert held.select_one(".nowrap").get_text() == wording.day_in(line_of(bea).releases_at, "America/New_York")
    chain = found.find("a", string="N-7")["href"]
    told = text(client, chain)
    assert "which wins over another affiliate’s link" in told
    assert "of another affiliate" in told
    assert "Ann" not in told
    assert ann.link.slug not in told
    began = wording.day_in(bea.enrolment.active_from, here.program.zone)
    assert f"You accepted these terms (version 1); they began on {began}," in told
    csv = client.get(mine + "/csv", buffered=True)
    assert csv.mimetype == "text/csv"
    assert "N-7" in csv.text
    assert client.get(mine + "/json").json["sha256"] == rows[bea.enrolment.id].digest
    client.sign_in(ann.person)
    assert client.get(mine).status_code == 404
    assert client.get(chain).status_code == 404
    assert "Another affiliate was credited" in text(client, f"/statements/{short(rows[ann.enrolment.id])}")
    client.sign_in(here.brand)
    assert "Bea" in text(client, f"/brand/programs/{short(here.program)}/statements")
    assert text(client, mine)
    told = text(client, chain)
    assert "Affiliate Bea" in told
    assert f"{ann.link.slug} of Ann" in told
    assert f"Bea accepted these terms (version 1); they began on {began}," in told
    place = f"/brand/programs/{short(here.program)}/orders"
    assert "N-7" in text(client, place)
    assert page(client, f"{place}?order=n-").find("th", scope="row").text == "N-7"
    assert "No such order" in text(client, f"{place}?order=%25")
    told = page(client, f"/brand/affiliates/{short(ann.enrolment)}").select_one("#statements tbody tr").text
    assert "March 2026" in told


def test_an_order_opens_its_chain_or_says_why_nobody_was_credited_and_pages_lead_both_ways(
    client, clock, run_jobs, monkeypatch
) -> None:
    monkeypatch.setattr(orders, "PAGE", 2)
    here = world()
    ann, shop = here.affiliate("Ann", code="TEA"), open_shop(here)
    take(shop, order(1000, number="N-1", clicks=(click(ann.link),)))
    take(shop, order(1000, number="N-2"))
    take(shop, order(1000, number="N-3", clicks=(click(ann.link, now() - timedelta(days=45)),)))
    row = imports.upload(
        here.program, b"order,date,amount,coupon\nA1,2026-01-02,10.00,TEA\n", "a.csv", by=here.brand.actor
    )
    imports.begin(row, by=here.brand.actor)
    imports.finish(row, by=here.brand.actor)
    client.sign_in(here.brand)
    place = f"/brand/programs/{short(here.program)}/orders"

    def listed(found: BeautifulSoup) -> dict[str, list[str]]:
        rows = [
            [" ".join(cell.get_text(" ").split()) for cell in one.find_all(["th", "td"])]
            for one in found.select("tbody tr")
        ]
        return {one[0]: one[1:] for one in rows}

    first = page(client, place)
    assert listed(first)["N-3"][2] == "nobody: the click was too long before the order"
    assert listed(first)["N-2"][2] == "nobody: no link and no code"
    assert [one.get_text(strip=True) for one in first.select(".pagination a")] == ["Older"]
    second = page(client, place + first.select_one("a[rel=next]")["href"].partition("/orders")[2])
    assert list(listed(second)) == ["N-1", "A1"]
    assert listed(second)["A1"][0] == "Jan 2, 2026"
    assert ", 2026, " in listed(second)["N-1"][0]
    assert "Order N-1" in text(client, second.find("a", string="N-1")["href"])
    back = page(client, place + second.select_one("a[rel=prev]")["href"].partition("/orders")[2])
    assert list(listed(back)) == ["N-3", "N-2"]


def test_a_line_that_earns_nothing_says_by_how_many_days_and_no_rule_it_has_not(client, clock) -> None:
    here = world()
    ann, shop = here.affiliate("Ann"), open_shop(here)
    for days in (45, 30):
        take(shop, order(1000, number=f"N-{days}", clicks=(click(ann.link, now() - timedelta(days, minutes=2)),)))
    client.sign_in(ann.person)
    links = {one.get_text(): one["href"] for one in page(client, "/statements").select("#open-lines th a")}
    told = text(client, links["N-45"])
    assert told.count("The click was 45 days before the order; 30 days count") == 2
    assert "Rule" not in told.replace("Rule and terms", "")
    assert "rounded" not in told
    assert "The click was more than 30 days before the order; 30 days count" in text(client, links["N-30"])


def test_counts_above_a_thousand_have_their_separator(client, clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    visit = {
        "link_id": ann.link.id, "program_id": here.program.id, "enrolment_id": ann.enrolment.id, "occurred_at": now(),
        "sub_ids": {}, "referrer_host": "", "device": "desktop", "label": "", "consent": True, "browser": None,
    }  # fmt: skip
    bulk.copy_in(Click, [visit | {"id": db.new_id()} for _ in range(1259)])
    client.sign_in(ann.person)
    assert "1,259" in text(client, "/links")


def test_a_programs_statements_come_a_page_at_a_time_newest_first(client, clock, monkeypatch) -> None:
    monkeypatch.setattr(queries, "STATEMENTS", 2)
    here = world()
    shop = open_shop(here)
    for name in ("Ann", "Bea", "Cat"):
        take(shop, order(1000, number=name, clicks=(click(here.affiliate(name).link),)))
    clock.freeze(datetime(2026, 4, 2, tzinfo=UTC))
    statements.close_due(here.program)
    client.sign_in(here.brand)
    place = f"/brand/programs/{short(here.program)}/statements"
    first = page(client, place)
    assert len(first.select("tbody tr")) == 2
    second = page(client, first.select_one(".pagination a[rel=next]")["href"])
    assert len(second.select("tbody tr")) == 1
    assert second.select_one(".pagination a[rel=prev]").text == "Previous"


def test_every_part_of_a_program_leads_with_its_name(client, clock) -> None:
    here = world()
    client.sign_in(here.brand)
    for part in ("", "/orders", "/statements", "/invite", "/import", "/shop"):
        found = page(client, f"/brand/programs/{short(here.program)}{part}")
        assert found.h1.get_text() == here.program.name
        assert here.program.name in found.title.get_text()


def test_the_list_of_statements_calls_earned_less_adjustments_the_net_of_the_month(client, clock) -> None:
    here = world()
    friend = here.affiliate(code="TEA")
    shop = open_shop(here)
    sale = order(24_000, codes=(("TEA", 0),))
    take(shop, sale, later(sale, "refunded", amount=2_000))
    clock.freeze(datetime(2026, 4, 3, 12, tzinfo=UTC))
    statements.close_due(here.program)
    client.sign_in(friend.person)
    found = page(client, "/statements")
    assert "Earned" not in {cell.text.strip() for cell in found.find_all("th")}
    assert found.find("td", attrs={"data-label": "Net of the month"}).text.strip() == "$22.00"


def test_a_key_and_its_secret_are_shown_once_and_a_reload_makes_no_second_key(client, clock) -> None:
    here = world()
    client.sign_in(here.brand)
    address = f"/brand/programs/{short(here.program)}/shop"
    found = page(client, address)
    action = next(form["action"] for form in found.find_all("form") if form.get("action", "").endswith("/keys"))
    once = {"once": found.find("input", attrs={"name": "once"})["value"]}
    client.submit(action, once)
    answer = client.submit(action, once)  # a double press
    assert (answer.status_code, answer.location) == (303, address)
    with client.session_transaction() as cookie:
        assert "gs_" not in str(dict(cookie))
    shown = page(client, answer.location).find_all("code", class_="copy__value")
    row = db.session.scalars(sa.select(ShopKey)).one()
    assert [code.text for code in shown] == [row.key, shops.secret_of(row)]
    assert "gs_" not in client.get(address).text
    clock.travel(timedelta(hours=1))
    client.submit(action, once)  # the page from the history, pressed again
    assert "gs_" not in client.get(address).text
    assert len(db.session.scalars(sa.select(ShopKey)).all()) == 1


def test_another_brand_and_a_viewer_change_nothing(client, clock) -> None:
    here = world()
    friend = here.affiliate()
    client.sign_in(factories.brand("Other", party_name="Other Brand"))
    assert client.get(f"/brand/programs/{short(here.program)}").status_code == 404
    assert client.submit(f"/brand/affiliates/{short(friend.enrolment)}/end").status_code == 404
    client.sign_in(factories.colleague(here.brand, "viewer"))
    assert client.get(f"/brand/programs/{short(here.program)}").status_code == 200
    assert client.submit(f"/brand/affiliates/{short(friend.enrolment)}/end").status_code == 403
    assert client.get("/brand/programs/new").status_code == 403


def test_new_terms_are_looked_over_then_announced_and_the_affiliate_accepts_what_she_reads(
    client, clock, run_jobs
) -> None:
    here = world()
    friend = here.affiliate()
    client.sign_in(here.brand)
    address, own = f"/brand/programs/{short(here.program)}/terms", f"/brand/programs/{short(here.program)}"
    assert page(client, address).find("input", {"name": "rate"})["value"] == "10"
    new = {"rate": "8", "window_days": "14", "hold_days": "30", "code_policy": "link_wins"}
    assert client.submit(address, new | {"valid_from": "2026-01-01"}).status_code == 422
    looked = client.submit(address, new | {"valid_from": "2026-04-01"})
    found = BeautifulSoup(looked.text, "html.parser")
    assert looked.status_code == 200
    assert "10% 8%" in " ".join(found.find("table", class_="diff").get_text(" ").split())
    assert "1 affiliate is asked" in found.get_text()
    seen = {"seen": found.find("input", {"name": "seen"})["value"]}
    other = client.submit(address, new | seen | {"valid_from": "2026-04-01", "rate": "7"})
    assert other.status_code == 200  # changed after it was looked over: shown again, not announced
    assert "Version 2" not in text(client, own)
    assert client.submit(address, new | seen | {"valid_from": "2026-04-01"}).status_code == 303
    assert "Version 2" in text(client, own)
    assert "0 accepted, 1 not yet" in text(client, own)
    run_jobs()
    client.sign_in(friend.person)
    mine = page(client, page(client, "/home").find("a", href=lambda h: h and "/links/terms/" in h)["href"])
    assert "Accept the new rates before Apr 1, 2026" in mine.get_text()
    accept = mine.find("form", action=lambda a: a and a.endswith("/accept"))["action"]
    assert client.submit(accept).status_code == 303
    assert client.submit(accept).status_code == 409
    told = page(client, f"/links/terms/{short(friend.enrolment)}")
    assert "Nothing newer was announced" in told.get_text()
    assert told.h1.text == f"Your terms with {here.program.name}"
    client.sign_in(here.brand)
    assert "1 accepted, 0 not yet" in text(client, own)


def test_a_brand_lets_its_budget_fill_itself_and_stops_it(client, clock) -> None:
    here = world()
    address = f"/brand/programs/{short(here.program)}/budget"
    client.sign_in(here.brand)
    assert "With a card on file the budget can be topped up automatically" in text(client, address)
    factories.card(here.brand)
    typed = {"line": "50", "top_up": "20"}
    answer = client.submit(f"{address}/automatic", typed)
    kept = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, kept.find(id="line")["value"]) == (422, "50")
    assert "at least as much as the line" in answer.text
    assert client.submit(f"{address}/automatic", typed | {"top_up": "80"}).status_code == 303
    assert "Below $50.00 we charge $80.00" in text(client, address)
    client.submit(f"{address}/stop")
    assert here.program.top_up is None
