"""opening + earned + adjustments − paid = closing, with held, releasable, refused and carried apart."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import documents, posting, statements
from marketplace.affiliate.models import Program
from marketplace.affiliate.sales_models import Close, Line, Statement
from tests.affiliate.shop import click, later, open_shop, order, take
from tests.affiliate.world import world


def at(month: int, day: int = 1, hour: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def figures(row: Statement) -> tuple[int, ...]:
    return (
        row.opening_minor, row.earned_minor, row.adjustments_minor, row.paid_minor, row.closing_minor,
        row.held_minor, row.releasable_minor, row.carried_forward_minor,
    )  # fmt: skip


def test_a_month_closes_on_the_statement_day_in_the_programs_zone(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    take(open_shop(here), order(10000, clicks=(click(ann.link),)))
    clock.freeze(datetime(2026, 4, 1, 3, 59, 59, tzinfo=UTC))
    assert statements.close_due(here.program) == []
    clock.freeze(datetime(2026, 4, 1, 4, tzinfo=UTC))
    [row] = statements.close_due(here.program)
    assert row.period_start == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert row.period_end == datetime(2026, 4, 1, 4, tzinfo=UTC)
    assert figures(row) == (0, 1000, 0, 0, 1000, 1000, 0, 0)
    assert statements.close_due(here.program) == []


def test_statements_chain_and_show_what_moved_in_their_month(clock) -> None:
    here = world(hold_days=10, minimum=100)
    ann, bea = here.affiliate("Ann"), here.affiliate("Bea")
    shop, sale = open_shop(here), order(10000, clicks=(click(bea.link, time.now() - timedelta(1)), click(ann.link)))
    take(shop, sale)
    clock.freeze(at(4))
    first = {row.enrolment_id: row for row in statements.close_due(here.program)}
    assert figures(first[ann.enrolment.id]) == (0, 1000, 0, 0, 1000, 0, 1000, 0)
    assert (first[bea.enrolment.id].refused_count, first[bea.enrolment.id].refused_base_minor) == (1, 10000)
    take(shop, later(sale, "refunded", amount=9500))
    clock.freeze(at(5))
    [second] = statements.close_due(here.program)
    assert figures(second) == (1000, 0, -950, 0, 50, 0, 0, 50)
    assert second.previous_digest == first[ann.enrolment.id].digest
    assert second.number == 2


def test_quiet_months_are_passed_over_until_a_commission_matures(clock) -> None:
    here = world(hold_days=90)
    ann = here.affiliate("Ann")
    take(open_shop(here), order(10000, clicks=(click(ann.link),)))
    clock.freeze(at(12))
    rows = statements.close_due(here.program)
    assert [row.period_start.month for row in rows] == [3, 5]
    assert [row.held_minor for row in rows] == [1000, 0]
    assert [row.releasable_minor for row in rows] == [0, 1000]


def test_nothing_is_ever_written_into_a_closed_period(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop = open_shop(here)
    take(shop, order(10000, clicks=(click(ann.link),)))
    clock.freeze(at(4))
    [row] = statements.close_due(here.program)
    with time.at(at(3, 20)):
        take(shop, order(500, clicks=(click(ann.link),)))
    newest = db.session.scalar(sa.select(sa.func.max(Line.posted_at)))
    assert newest == row.period_end == posting.closed_until(here.program.id)


def test_a_closed_statement_renders_byte_for_byte_the_same(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    shop, sale = open_shop(here), order(10000, clicks=(click(ann.link),))
    take(shop, sale, order(20, clicks=(click(ann.link),)))
    clock.freeze(at(4))
    [row] = statements.close_due(here.program)
    before = documents.canonical(row), list(documents.csv_lines(row))
    take(shop, later(sale, "refunded"), later(sale, "disputed", reference="d"))
    clock.freeze(at(6))
    statements.close_due(here.program)
    assert (documents.canonical(row), list(documents.csv_lines(row))) == before
    assert statements.digest(row) == row.digest


def test_a_statements_lines_add_up_to_its_totals_and_keep_their_state_at_the_close(clock) -> None:
    here = world(hold_days=10)
    ann = here.affiliate("Ann")
    shop = open_shop(here)
    early, disputed = order(1000, clicks=(click(ann.link),)), order(3000, clicks=(click(ann.link),))
    take(shop, early, disputed, later(disputed, "disputed", reference="d"))
    clock.freeze(at(3, 28))
    take(shop, order(2000, clicks=(click(ann.link),)))
    clock.freeze(at(4))
    [row] = statements.close_due(here.program)
    rows = list(documents.every_line(row))
    assert sorted((line.state, line.amount.minor) for line in rows) == [
        ("accrued", 200),
        ("held", 300),
        ("releasable", 100),
    ]
    assert figures(row) == (0, 600, 0, 0, 600, 500, 100, 0)


def test_a_lines_number_is_the_same_on_every_page_in_each_choice_of_lines_in_the_csv_and_in_its_chain(
    client, clock, monkeypatch
) -> None:
    monkeypatch.setattr(documents, "PAGE", 3)
    here = world(window=timedelta(days=1))
    ann = here.affiliate("Ann")
    shop = open_shop(here)
    visit, stale = click(ann.link), click(ann.link, at(2))
    sales = [order(1000 * n, number=f"A-{n}", clicks=(stale if n == 5 else visit,)) for n in range(1, 6)]
    take(shop, *sales)
    clock.freeze(at(3, 3))
    take(shop, later(sales[1], "refunded"))
    clock.freeze(at(4))
    [row] = statements.close_due(here.program)
    first, second = documents.page(row), documents.page(row, 2)
    assert [line.number for line in first.rows + second.rows] == [1, 2, 3, 4, 5, 6]
    assert (first.count, first.pages, first.total) == (6, 2, row.earned + row.adjustments)
    assert documents.page(row, only="earned").total == row.earned
    [refund] = documents.page(row, only="adjustments").rows
    [refused] = documents.page(row, only="refused").rows
    assert (refund.number, refund.amount, refused.reason) == (6, row.adjustments, "outside_window")
    whole = first.rows + second.rows
    assert documents.page(row, order="a-2").rows == [line for line in whole if line.order_number == "A-2"]
    written = [line.split(",")[:2] for line in documents.csv_lines(row)][-6:]
    assert written == [[str(line.number), str(line.id)] for line in whole]
    client.sign_in(ann.person)
    chain = client.get(f"/statements/lines/{db.short(row.enrolment_id)}/{db.short(refund.id)}").text
    place = f"/statements/{db.short(row.id)}?page=2#line-6"
    assert "Statement no. 1, line 6" in chain
    assert place in chain
    assert 'id="line-6"' in client.get(place).text
    told = client.get(f"/statements/{db.short(row.id)}?lines=refused&order=A-5").text
    assert f"#line-{refused.number}" in told
    assert "1 line, worth $0.00." in told
    assert "No such line" in client.get(f"/statements/{db.short(row.id)}?order=nothing").text


@pytest.mark.parametrize("table", ["lines", "orders", "statements", "order_events", "clicks", "attribution_decisions"])
def test_lines_orders_and_statements_are_append_only(table: str, clock) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|append-only"), db.session.begin_nested():
        db.session.execute(sa.delete(sa.table(table)))


def test_a_close_says_how_many_statements_it_wrote(clock) -> None:
    here = world()
    ann = here.affiliate("Ann")
    take(open_shop(here), order(100, clicks=(click(ann.link),)))
    clock.freeze(at(4))
    statements.close_due(here.program)
    assert db.session.scalars(sa.select(Close)).one().statements == 1


def test_a_statements_days_and_times_are_the_programs_zone_on_the_page_in_the_chain_and_in_its_files(
    client, clock
) -> None:
    here = world(hold_days=10)
    ann = here.affiliate("Ann")
    late = datetime(2026, 4, 1, 3, 30, tzinfo=UTC)  # the last evening of March in New York
    clock.freeze(late)
    take(open_shop(here), order(10_000, number="L-1", clicks=(click(ann.link),)))
    clock.freeze(datetime(2026, 4, 1, 4, 30, tzinfo=UTC))
    [row] = statements.close_due(here.program)
    ann.person.user.zone = "Pacific/Auckland"
    client.sign_in(ann.person)
    whole = client.get(f"/statements/{db.short(row.id)}").text
    assert whole.count("America/New York") == 1
    assert "Mar 31, 2026" in whole
    assert "Closed on Apr 1, 2026, 12:30" in whole
    [line] = documents.page(row).rows
    chain = client.get(f"/statements/lines/{db.short(row.enrolment_id)}/{db.short(line.id)}").text
    assert chain.count("America/New York") == 1
    assert "Mar 31, 2026, 11:30" in chain
    written = list(documents.csv_lines(row))
    assert "time_zone,America/New_York\r\n" in written
    assert "period_end,2026-04-01T00:00:00.000000-04:00\r\n" in written
    assert "2026-03-31T23:30:00.000000-04:00" in written[-1]
    told = json.loads(documents.canonical(row))
    assert (told["time_zone"], told["lines"][0]["occurred_at"]) == ("America/New_York", "2026-04-01T03:30:00.000000Z")


@pytest.mark.plain
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia"])
def test_months_follow_each_other_without_a_gap_through_every_change_of_the_clocks(zone: str) -> None:
    program, moment = Program(zone=zone, statement_day=1), datetime(2011, 1, 15, tzinfo=UTC)
    period = statements.period_of(program, moment)
    for _ in range(12 * 17):
        assert statements.period_of(program, period.end - timedelta(microseconds=1)) == period
        following = statements.period_of(program, period.end)
        assert following.start == period.end == period.due
        period = following
