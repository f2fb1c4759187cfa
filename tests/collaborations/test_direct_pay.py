"""In a brand's own program it may pay creators itself: said before anybody agrees, recorded, answered, and never in the ledger."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db, deadlines
from marketplace.briefs import net_offer, words
from marketplace.collaborations import deals, direct_pay, queries
from marketplace.collaborations import service as collaborations
from marketplace.collaborations.clocks import PAY
from marketplace.collaborations.models import Deal
from marketplace.content import service as content
from marketplace.contracts.models import Contract
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import audit
from marketplace.payments.models import DirectPayment, Journal
from marketplace.payments.paid_directly import direct
from marketplace.payments.paid_directly.direct import Outside
from tests import factories, ledger
from tests.factories_deals import Sides, agreed, drafted, offered, piece_of, published, sides, sign

SENTENCE = "Paid directly by the brand, not a protected payment"
THREE = [{"platform": "instagram", "format": "reel", "count": 3, "due_days": 10}]


@pytest.fixture(autouse=True)
def _the_books_are_right():
    yield
    ledger.check("")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Journal)) == 0


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def paid(minor: int = 30_000, reference: str = "Ceylon 1") -> Outside:
    return Outside(usd(minor), time.today("America/New_York"), "bank_transfer", reference)  # the brand's day


def people(**changes) -> Sides:
    owner = factories.own_program()
    return Sides(factories.creator(), owner, factories.published_brief(owner, payment="direct", pay_days=5, **changes))


def at_work(between: Sides, run_jobs) -> Deal:
    """Signed by both, without a payout account and without a payment."""
    deal = agreed(between)
    run_jobs()
    contract = db.session.scalars(sa.select(Contract).where(Contract.deal_id == deal.id)).one()
    sign(contract, between.creator)
    sign(contract, between.brand, "Bram Brand")
    run_jobs()
    db.session.refresh(deal)
    assert deal.state == "active"
    return deal


def live(between: Sides, deal: Deal, run_jobs) -> None:
    content.confirm(published(piece_of(deal), between), by=between.brand.actor)
    run_jobs()
    db.session.refresh(deal)


@pytest.mark.not_set_up
def test_she_reads_that_it_is_paid_directly_before_she_agrees(client, run_jobs) -> None:
    between = people()
    body = between.brief.body
    offer = net_offer.of(body, day=time.today("UTC"))
    assert (offer.paid_directly, offer.net) == (True, usd(30_000))
    assert (
        offer.expected_pay_days == net_offer.of(body | {"payment": None}, day=time.today("UTC")).expected_pay_days + 2
    )
    steps = [clock.step for clock in words.clocks(body)]
    assert ("pay" in steps, "fund" in steps) == (True, False)
    client.sign_in(between.creator)
    brief = f"/briefs/{db.short(between.brief.id)}"
    application = offered(between)
    for page in (brief, f"/applications/{db.short(application.id)}"):
        assert SENTENCE in client.get(page).text, page
    deal = collaborations.accept(application, queries.latest(application), by=between.creator.actor)
    run_jobs()
    contract = db.session.scalars(sa.select(Contract)).one()
    assert SENTENCE in contract.text
    assert "within 5 days after every piece is published and confirmed" in contract.text
    assert "portal holds it for this deal" not in contract.text
    assert SENTENCE in client.get(f"/deals/{db.short(deal.id)}").text


@pytest.mark.not_set_up
def test_the_pay_clock_runs_the_brand_records_and_her_yes_completes_the_deal(client, clock, run_jobs) -> None:
    between = people()
    deal = at_work(between, run_jobs)
    live(between, deal, run_jobs)
    due = deadlines.live(PAY, ("deal", deal.id))
    assert (deal.state, due.owner_party_id) == ("paying", between.brand.party.id)
    assert due.due_at == deadlines.due(5, between.brand.party.zone)
    with pytest.raises(Refused, match="already ended"):
        deals.cancel(deal, "Changed plans.", by=between.brand.actor)
    client.sign_in(between.brand)
    room = f"/deals/{db.short(deal.id)}"
    assert "Record the payment" in client.get(room).text
    typed = {"amount": "300", "paid_on": "2026-03-02", "method": "bank_transfer", "reference": "Ceylon 1"}
    assert "Only $300.00 is still open" in client.submit(f"{room}/pay-directly", typed | {"amount": "300.01"}).text
    assert client.submit(f"{room}/pay-directly", typed).status_code == 303
    run_jobs()
    payment = db.session.scalars(sa.select(DirectPayment)).one()
    assert deadlines.live(PAY, ("deal", deal.id)) is None
    client.sign_in(between.creator)
    earnings = client.get("/earnings").text
    assert (SENTENCE in earnings, "Not confirmed yet" in earnings) == (True, True)
    page = f"/payments/direct/{db.short(payment.id)}"
    assert "Ceylon 1" in client.get(page).text
    assert f'href="{room}#money"' in client.get(page).text
    assert client.submit(f"{page}/arrived").status_code == 303
    run_jobs()
    db.session.refresh(deal)
    assert (deal.state, direct.standing(deal.id, "USD").arrived) == ("completed", usd(30_000))
    assert SENTENCE in client.get(f"{page}/receipt").text
    assert direct.arrived([deal.id]) == {deal.id: 30_000}


@pytest.mark.not_set_up
def test_a_payment_she_does_not_find_is_owed_again_until_it_arrives(client, clock, run_jobs) -> None:
    between = people()
    deal = at_work(between, run_jobs)
    payment = direct_pay.record(deal, paid(), by=between.brand.actor)  # while the work goes on
    live(between, deal, run_jobs)
    assert deadlines.live(PAY, ("deal", deal.id)) is None
    with pytest.raises(Refused, match="Only the one who was paid"):
        direct.answer(payment, "missing", by=between.brand.actor)
    client.sign_in(between.creator)
    client.submit(f"/payments/direct/{db.short(payment.id)}/missing", {"note": "Nothing under this reference."})
    run_jobs()
    db.session.refresh(deal)
    assert deal.state == "paying"
    assert deadlines.live(PAY, ("deal", deal.id)).owner_party_id == between.brand.party.id
    client.sign_in(between.brand)
    shown = client.get(f"/payments/direct/{db.short(payment.id)}").text
    assert "Nothing under this reference." in shown
    assert "does not find it, so the amount is owed again until it arrives" in shown
    direct.withdraw(payment, by=between.brand.actor)
    second = direct_pay.record(deal, paid(reference="Ceylon 2"), by=between.brand.actor)
    with pytest.raises(Refused, match="nothing to pay"):
        direct_pay.record(deal, paid(1), by=between.brand.actor)
    clock.travel(timedelta(days=8))
    deadlines.sweep()
    run_jobs()
    db.session.expire_all()
    assert direct.word(second) == "counted"
    assert db.session.get_one(Deal, deal.id).state == "completed"


@pytest.mark.not_set_up
def test_a_brand_that_does_not_pay_is_asked_again_and_the_creator_is_told(client, clock, run_jobs) -> None:
    between = people()
    deal = at_work(between, run_jobs)
    live(between, deal, run_jobs)
    clock.travel(timedelta(days=7))
    deadlines.sweep()
    run_jobs()
    again = deadlines.live(PAY, ("deal", deal.id))
    assert again.due_at == deadlines.due(5, between.brand.party.zone)
    with db.session.begin_nested() as planted:
        db.session.execute(sa.update(Deal).values(state="completed"))
        assert [name[:2] for name in audit.breaches(audit.all_checks())] == ["C1"]
        planted.rollback()
    client.sign_in(between.creator)
    assert "is late with $300.00" in client.get("/notifications").text
    home = client.get("/home").text
    assert "Paid directly to you" in home
    assert "Protected for you" not in home


@pytest.mark.not_set_up
def test_ending_early_leaves_the_approved_pieces_owed(clock, run_jobs) -> None:
    between = people(deliverables=THREE)
    deal = at_work(between, run_jobs)
    drafted(piece_of(deal), between.creator)
    content.approve(piece_of(deal), by=between.brand.actor)
    drafted(piece_of(deal, 2), between.creator)
    deals.cancel(deal, "Changed plans.", by=between.brand.actor)
    run_jobs()
    assert direct_pay.owed(deal) == direct_pay.open_amount(deal) == usd(20_000)
    assert deadlines.live(PAY, ("deal", deal.id)) is not None
    payment = direct_pay.record(deal, paid(20_000), by=between.brand.actor)
    direct.answer(payment, "arrived", by=between.creator.actor)
    run_jobs()
    db.session.refresh(deal)
    assert (deal.state, direct_pay.open_amount(deal)) == ("cancelled", usd(0))


def test_the_other_shapes_refuse_in_words(run_jobs) -> None:
    with pytest.raises(Refused, match="Only a brand’s own program pays directly"):
        sides(payment="direct")
    deal = agreed(sides())
    with pytest.raises(Refused, match="paid by protected payment"):
        direct_pay.record(deal, paid(), by=factories.brand().actor)
    with pytest.raises(Refused, match="Only a brand’s own program"):
        direct.record(
            paid(), subject=deal.id, payer=deal.brand_party_id, payee=deal.creator_party_id, title="x",
            open_amount=usd(30_000), evidence={}, by=factories.brand().actor,
        )  # fmt: skip


@pytest.mark.not_set_up
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("amount", usd(0), "how much"),
        ("paid_on", time.today("UTC") + timedelta(days=2), "once you have made it"),
        ("paid_on", time.today("UTC") - timedelta(days=400), "more than a year"),
        ("method", "barter", "how you paid"),
        ("reference", " ", "reference"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused_beside_its_field(field, value, sentence) -> None:
    owner, creator = factories.own_program(), factories.creator()
    with pytest.raises(Refused, match=sentence) as refusal:
        direct.record(
            Outside(**(vars(paid()) | {field: value})), subject=db.new_id(), payer=owner.party.id,
            payee=creator.party.id, title="x", open_amount=usd(30_000), evidence={}, by=owner.actor,
        )  # fmt: skip
    assert (refusal.value.field, refusal.value.status) == (field, 422)
