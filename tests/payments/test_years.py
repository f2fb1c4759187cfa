"""Years, months and files: they add up to the ledger to the cent, whatever happened to the money."""

import csv
import io
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, web
from marketplace.money import Money
from marketplace.payments import accounts_csv, printing, queries
from marketplace.payments.books import chart, ledger
from marketplace.payments.losses import chargebacks, recovery
from marketplace.payments.models import Chargeback
from marketplace.payments.money_in import funds, lots, refunds
from marketplace.payments.money_out import paid
from marketplace.payments.paid_directly import direct
from marketplace.payments.period import Period
from tests import factories
from tests.pages_of_deals import read
from tests.payments.test_pages import text
from tests.payments.world import World, usd


def everything(world: World) -> None:
    """Paid, sent, taken back twice (once her balance was empty), refunded, set off, charged back and lost; and held."""
    staff, other = factories.staff().actor, db.new_id()
    world.onboard()
    world.fund()
    world.fund(90_001, subject=other)
    payout = world.release(60_000, 6_000)
    world.run_jobs()
    recovery.take_back(payout, usd(20_000), reason="never posted", key="a", by=staff)
    world.run_jobs()
    world.server.advance(days=3)  # it leaves for her bank
    recovery.take_back(payout, usd(10_001), reason="=late", key="b", by=staff)
    world.run_jobs()
    refunds.refund(subject=world.deal, amount=usd(10_000), reason="=cmd()", key="r", by=world.brand.actor)
    world.run_jobs()
    world.release(50_000, 5_003, key="later", subject=other)
    world.run_jobs()
    world.fund(30_000, subject=db.new_id())
    world.server.control("POST", "/disputes", charge=world.charge(), reason="fraudulent")
    world.deliver()
    chargebacks.answer(db.session.query(Chargeback).one(), "losing_evidence", by=staff)
    world.run_jobs()
    world.server.advance(seconds=1)
    world.deliver()


def booked(kinds: str, accounts: str, side: str) -> int:
    """What journals of these kinds posted on one side of these accounts, in minor units."""
    statement = sa.text(
        "SELECT coalesce(sum(p.amount_minor), 0) FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id"
        " JOIN ledger_journals j ON j.id = p.journal_id WHERE j.kind = ANY (:kinds) AND a.kind = ANY (:accounts)"
        " AND p.side = :side"
    )
    return int(db.session.scalar(statement, {"kinds": kinds.split(), "accounts": accounts.split(), "side": side}))


def whole(kind: str) -> Money:
    """The balance of all accounts of a kind."""
    rows = db.session.scalars(sa.text("SELECT DISTINCT code FROM ledger_accounts WHERE kind = :kind"), {"kind": kind})
    parts = [code.split(":")[1:] for code in rows]
    return sum((ledger.balance(chart.Name(kind, *map(_id, part)), "USD") for part in parts), usd(0))


def _id(text: str):
    from uuid import UUID

    return UUID(text)


def now(world: World, month: bool = False) -> Period:
    day = time.today("UTC")
    return Period(day.year, day.month if month else None, "UTC")


def test_a_brands_sums_by_month_deal_and_year_are_the_ledgers_to_the_cent(world: World) -> None:
    everything(world)
    payer, period = world.brand.party.id, now(world)
    sums = funds.together(payer, "USD", period)
    protected = "protected"
    assert sums.paid_in.minor == booked("charge", protected, "credit") == 220_001
    assert sums.released.minor == booked("release", protected, "debit") - booked("recovery", protected, "credit")
    assert sums.fee == ledger.balance(chart.FEE_REVENUE, "USD")
    assert sums.refunded.minor == booked("refund", protected, "debit") == 40_001
    assert sums.lost.minor == booked("chargeback_lost", protected, "debit") == 30_000
    assert sums.held == sum(
        (ledger.balance(chart.protected(subject), "USD") for subject, _sums in funds.by_subject(payer, "USD", period)),
        usd(0),
    )
    assert sums.held == sums.change == usd(70_001)
    by_deal = [one for _subject, one in funds.by_subject(payer, "USD", period)]
    by_month = [one for _day, one in funds.by_month(payer, "USD", period)]
    for name in ("paid_in", "released", "fee", "refunded", "lost", "other"):
        for parts in (by_deal, by_month):
            assert sum((getattr(one, name) for one in parts), usd(0)) == getattr(sums, name), name
    assert by_month[0].held == sum((one.held for one in by_deal), usd(0)) == sums.held
    lines = list(funds.every_line(payer, "USD", period))
    assert funds.add_up(lines, "USD") == sums
    assert funds.whole(payer, "USD", period, "refunded").change == -sums.refunded
    shown = {line.subject_id: line for line in queries.subjects(payer)}
    for subject, one in funds.by_subject(payer, "USD", period):
        of = shown[subject]
        assert (of.funded, of.released, of.fee, of.refunded, of.lost, of.protected) == (
            one.paid_in, one.released, one.fee, one.refunded, one.lost, one.held,
        )  # fmt: skip
    before = Period(period.year - 1, None, "UTC")
    assert funds.together(payer, "USD", before).held == usd(0)
    assert funds.together(factories.brand().party.id, "USD", period).held == usd(0)


def test_a_creators_year_is_the_ledgers_to_the_cent_and_every_line_adds_up(world: World) -> None:
    everything(world)
    world.release(10_001, 1_001, key="waits", subject=queries.subjects(world.brand.party.id)[1].subject_id)
    payee, period = world.creator.party.id, now(world)
    year = paid.in_year(payee, "USD", period)
    at_stripe = "stripe_pending stripe_available"
    assert year.sent.minor == booked("transfer", at_stripe, "credit")
    assert year.set_off.minor == booked("netting", "payable", "debit") == 9_001
    assert year.taken_back.minor == booked("recovery", f"{at_stripe} receivable", "debit") == 27_001
    fees = booked("release", "fee_revenue", "credit") - 1_001  # what has not been sent is in no year
    assert year.fee.minor == fees == 11_003
    assert year.fee_back.minor == booked("recovery", "fee_revenue", "debit")
    assert year.gross == usd(110_000)
    assert year.net == year.sent + year.set_off == year.gross - year.fee
    lines = list(paid.every_line(payee, "USD", period))
    assert sum((line.gross for line in lines), usd(0)) == year.gross - year.taken_back - year.fee_back
    assert sum((line.net for line in lines), usd(0)) == year.kept
    assert lines == list(reversed(paid.lines(payee, "USD", period)))
    assert {line.payer_party_id for line in lines} == {world.brand.party.id}


def test_a_fee_is_spread_over_the_parts_of_a_payout_without_losing_a_cent(world: World) -> None:
    world.onboard()
    for minor in (333, 1_000, 3_334, 7):
        world.fund(minor + 400, purpose="budget")
    payout = world.release(4_674 + 1_600, 1_001)
    recovery.take_back(payout, usd(299), reason="less", key="k", by=factories.staff().actor)
    world.run_jobs()
    lines = list(paid.every_line(world.creator.party.id, "USD", now(world)))
    assert len(lines) == 4
    assert sum((line.fee for line in lines), usd(0)) == ledger.balance(chart.FEE_REVENUE, "USD")
    assert sum((line.gross for line in lines), usd(0)) == usd(4_674 + 1_600 - 299)


def test_a_payment_belongs_to_the_year_of_her_own_midnight(world: World, clock) -> None:
    world.onboard()
    world.fund(200_000)
    last = datetime(2031, 12, 31, 23, 59, 59, tzinfo=ZoneInfo("America/New_York"))
    for moment, key in ((last, "a"), (last.replace(year=2032, month=1, day=1, hour=0, minute=0, second=0), "b")):
        clock.freeze(moment)
        world.release(100_000 if key == "a" else 50_000, 0, key=key)
        world.run_jobs()
    payee = world.creator.party.id
    assert [(one.year, one.net) for one in paid.years(payee, "USD", "America/New_York")] == [
        (2032, usd(50_000)),
        (2031, usd(100_000)),
    ]
    assert [(one.year, one.net) for one in paid.years(payee, "USD", "UTC")] == [(2032, usd(150_000))]
    december = Period(2031, 12, "America/New_York")
    assert funds.together(world.brand.party.id, "USD", december).released == usd(100_000)
    assert funds.together(world.brand.party.id, "USD", Period(2031, 12, "UTC")).released == usd(0)


def test_what_is_handed_on_to_a_deal_is_still_the_payers_and_in_no_total_twice(world: World) -> None:
    world.onboard()
    world.fund(50_000, subject=(brief := db.new_id()), purpose="brief")
    payer, period = world.brand.party.id, now(world)
    move = {"payer": payer, "amount": usd(20_000), "by": world.brand.actor}
    lots.allocate(source=brief, target=world.deal, description="A film about tea", key="a", **move)
    payout = world.release(5_000, 500)
    world.run_jobs()
    assert {subject: (one.moved, one.held) for subject, one in funds.by_subject(payer, "USD", period)} == {
        brief: (usd(-20_000), usd(30_000)),
        world.deal: (usd(20_000), usd(15_000)),
    }
    sums = funds.together(payer, "USD", period)
    assert (sums.paid_in, sums.moved, sums.held) == (usd(50_000), usd(0), usd(45_000))
    assert funds.add_up(list(funds.every_line(payer, "USD", period)), "USD") == sums
    told = "".join(map(web.csv_line, accounts_csv.of_payer(payer, "USD", period)))
    assert told.count("Between your own budgets and deals") == 2
    assert [line.payer_party_id for line in paid.every_line(payout.payee_party_id, "USD", period)] == [payer]


def rows(answer) -> list[dict[str, str]]:
    """A streamed table, read as an accountant's program would."""
    assert "Content-Length" not in answer.headers  # sent line by line
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def test_the_accountants_table_balances_in_every_journal_and_ends_at_what_is_held(world: World) -> None:
    everything(world)
    world.client.sign_in(world.brand)
    period = now(world, month=True)
    table = rows(world.client.get(f"/brand/funds/accounts.csv?year={period.year}", buffered=True))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    accounts: dict[str, Decimal] = defaultdict(Decimal)
    for row in table:
        amount = Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0)
        sums[row["Journal"]] += amount
        accounts[row["Account"]] += amount
    assert set(sums.values()) == {Decimal(0)}
    whole = funds.together(world.brand.party.id, "USD", now(world))
    assert accounts["Protected payments held by the portal"] == whole.held.decimal() == Decimal("700.01")
    assert accounts["Creators’ work, paid to them"] == whole.to_creators.decimal()
    assert accounts["Creators’ work, kept as platform fee"] == whole.fee.decimal()
    assert accounts["Card or bank"] == -(whole.paid_in - whole.refunded - whole.lost).decimal()
    assert {row["Creator"] for row in table if row["What happened"] == "Released to a creator"} == {
        world.creator.party.name
    }
    assert {row["Stripe id"][:3] for row in table if row["What happened"] == "Paid in"} == {"ch_"}
    assert "'=cmd()" in {row["Reason"] for row in table}  # a spreadsheet must not run it
    assert len({row["Journal"] for row in table}) == len(
        list(funds.every_line(world.brand.party.id, "USD", now(world)))
    )


def test_a_creators_table_is_her_year_and_what_was_paid_directly_stands_in_it_by_its_name(world: World) -> None:
    everything(world)
    world.client.sign_in(world.creator)
    year = paid.in_year(world.creator.party.id, "USD", now(world))
    table = rows(world.client.get(f"/earnings/year.csv?year={year.year}", buffered=True))
    assert sum(Decimal(row["Net"]) for row in table) == year.kept.decimal()
    assert sum(Decimal(row["Gross"]) + Decimal(row["Platform fee"]) for row in table) == year.kept.decimal()
    assert [row["What"] for row in table] == [
        "Paid",
        "Taken back",
        "Taken back",
        "Set off against what was open",
        "Paid",
    ]
    assert {row["Paid by"] for row in table} == {world.brand.party.name}


@pytest.mark.not_set_up
def test_what_was_paid_directly_stands_apart_by_the_day_it_was_paid_once_it_has_arrived(client) -> None:
    owner, creator = factories.own_program(), factories.creator()
    last = time.today(owner.actor.zone).replace(month=1, day=1) - timedelta(days=1)
    for minor, day, says in ((7_000, last, "arrived"), (900, time.today(owner.actor.zone), "arrived"), (50, last, None)):
        row = direct.record(
            direct.Outside(usd(minor), day, "bank_transfer", f"R{minor}"), subject=db.new_id(), payer=owner.party.id,
            payee=creator.party.id, title="A reel", open_amount=usd(minor), evidence={}, by=owner.actor,
        )  # fmt: skip
        if says:
            direct.answer(row, says, by=creator.actor)
    assert paid.directly(creator.party.id, "USD") == {last.year + 1: usd(900), last.year: usd(7_000)}
    assert paid.years(creator.party.id, "USD", "UTC") == []
    client.sign_in(creator)
    assert f"{last.year} $0.00 $0.00 $0.00 $0.00 $70.00" in text(client.get("/earnings"))
    assert "Paid directly $70.00 by brands themselves" in text(client.get(f"/earnings/year?year={last.year}"))
    (line,) = rows(client.get(f"/earnings/year.csv?year={last.year}", buffered=True))
    assert line["What"] == "Paid directly by the brand, not through the portal"
    assert (line["Gross"], line["Paid by"], line["Reason or reference"]) == ("70.00", owner.party.name, "R7000")


def test_papers_are_tagged_pdfs_that_say_what_was_paid_and_claim_no_tax(world: World) -> None:
    everything(world)
    brand, creator, period = world.brand.party, world.creator.party, now(world)
    line = queries.own_subject(world.brand.actor, world.deal)
    payment = queries.fundings_of(world.deal)[0]
    payout = queries.visible_payout(world.creator.actor, queries.payouts_of(world.deal)[0].id)
    papers = {
        "payout": printing.of_payout(payout, "UTC"),
        "payment": printing.of_payment(payment, queries.charges_of(payment), "UTC"),
        "deal": printing.of_subject(line, brand, "USD"),
        "month": printing.of_period(brand, "USD", now(world, month=True)),
        "year": printing.of_year(creator, "USD", period),
    }
    told = {name: str(paper.sections) for name, paper in papers.items()}
    for paper in papers.values():
        assert "not a tax invoice" in paper.note
    assert all(
        word in told["payout"] for word in (creator.name, brand.name, "$600.00", "−$60.00", "never posted", "tr_")
    )
    assert all(word in told["payment"] for word in ("$1,000.00", "ch_", "A film about tea"))
    assert "'Protected at the end', '$300.00'" in told["deal"]
    assert "'Protected at the end', '$700.01'" in told["month"]
    assert "'Left to you', '$" in told["year"]
    printed = papers["month"].pdf()
    assert printed.startswith(b"%PDF")
    assert b"/StructTreeRoot" in printed


def test_a_first_year_is_no_choice_between_years(client) -> None:
    client.sign_in(factories.creator())
    assert read(client.get(f"/earnings/year?year={time.today('UTC').year}")).select(".tabs") == []
