"""In a brand's own program a month's commissions may be paid directly: claimed once, answered, labelled, on the statement."""

import pytest
import sqlalchemy as sa

from marketplace import clock as time
from marketplace import db
from marketplace.affiliate import direct_payouts, payouts
from marketplace.affiliate import jobs as affiliate_jobs
from marketplace.affiliate.sales_models import BatchPayment, Line, ReleaseBatch, Statement
from marketplace.authz import CLOCK
from marketplace.deadlines import Deadline
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments.books import audit
from marketplace.payments.models import DirectPayment, Journal
from marketplace.payments.paid_directly import direct
from tests import factories
from tests.affiliate.shop import click, open_shop, order, take
from tests.affiliate.test_payouts import month
from tests.affiliate.world import world

SENTENCE = "Paid directly by the brand, not a protected payment"


class Closed:
    """A closed month of one affiliate who earned 10.00, in a program without a budget."""

    def __init__(self, clock, brand: factories.Person) -> None:
        self.here = world(hold_days=10, brand=brand)
        self.ann = self.here.affiliate("Ann")
        take(open_shop(self.here), order(10_000, clicks=(click(self.ann.link),)))
        clock.freeze(month(4))
        [self.statement] = self.close()

    def close(self) -> list[Statement]:
        affiliate_jobs.close_statements(self.here.program.id)
        return list(db.session.scalars(sa.select(Statement).order_by(Statement.period_start)))

    def record(self, reference: str = "March"):
        today = time.today("UTC")
        return direct_payouts.record(
            self.statement, paid_on=today, method="bank_transfer", reference=reference, by=self.here.brand.actor
        )


@pytest.mark.not_set_up
def test_a_month_paid_directly_is_labelled_on_the_statement_and_in_the_chain_and_adds_up(
    client, clock, run_jobs
) -> None:
    closed = Closed(clock, factories.own_program())
    asked = db.session.scalars(sa.select(Deadline).where(Deadline.kind == "affiliate.top_up")).one()
    statement = f"/statements/{db.short(closed.statement.id)}"
    client.sign_in(closed.here.brand)
    assert "Record that you paid it directly" in client.get(statement).text
    typed = {"paid_on": "2026-04-01", "method": "bank_transfer", "reference": "March"}
    assert client.submit(f"/brand{statement}/pay-directly", typed | {"reference": ""}).status_code == 422
    assert client.submit(f"/brand{statement}/pay-directly", typed).status_code == 303
    db.session.refresh(asked)
    assert (asked.state, payouts.standing(closed.statement).word) == ("met", "direct_said")
    payment = db.session.scalars(sa.select(DirectPayment)).one()
    assert (payment.amount, payment.title) == (Money(1000, "USD"), "Bramble Friends, March 2026")
    client.sign_in(closed.ann.person)
    assert "it counts as paid once you say that it has arrived" in client.get("/earnings").text
    assert f'href="{statement}"' in client.get(f"/payments/direct/{db.short(payment.id)}").text
    client.submit(f"/payments/direct/{db.short(payment.id)}/arrived")
    run_jobs()
    assert "it counts as paid once" not in client.get("/earnings").text
    assert payouts.standing(closed.statement).word == "direct_paid"
    line = db.session.scalars(sa.select(Line)).one()
    chain = f"/statements/lines/{db.short(line.enrolment_id)}/{db.short(line.id)}"
    for page in (statement, chain, "/earnings"):
        assert SENTENCE in client.get(page).text, page
    clock.freeze(month(5))
    _first, second = closed.close()
    assert (second.opening_minor, second.paid_minor, second.closing_minor) == (1000, 1000, 0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Journal)) == 0


@pytest.mark.not_set_up
def test_a_month_that_did_not_arrive_is_owed_again_and_never_paid_from_the_budget_too(clock, run_jobs) -> None:
    closed = Closed(clock, factories.own_program())
    direct.answer(closed.record(), "missing", by=closed.ann.person.actor)
    run_jobs()
    assert payouts.standing(closed.statement).word == "direct_open"
    batch = db.session.scalars(sa.select(ReleaseBatch)).one()
    with db.session.begin_nested() as planted:
        db.session.execute(sa.insert(BatchPayment).values(batch_id=batch.id, posted_at=time.now()))
        assert [name[:2] for name in audit.breaches(audit.all_checks())] == ["A2"]
        planted.rollback()
    owed = db.session.scalars(sa.select(Deadline).where(Deadline.kind == "affiliate.pay_directly")).one()
    assert (owed.state, owed.owner_party_id) == ("running", closed.here.brand.party.id)
    assert payouts.release_due(closed.here.program, by=CLOCK) == []
    again = closed.record("March, second try")
    db.session.refresh(owed)
    assert owed.state == "met"
    with pytest.raises(Refused, match="left to be paid directly"):
        closed.record("a third")
    direct.count(again)
    run_jobs()
    assert len(db.session.scalars(sa.select(ReleaseBatch)).all()) == 1
    assert len(db.session.scalars(sa.select(BatchPayment)).all()) == 1


def test_elsewhere_commissions_are_paid_out_of_the_budget(client, clock) -> None:
    closed = Closed(clock, factories.brand())
    with pytest.raises(Refused, match="Only a brand’s own program pays directly"):
        closed.record()
    client.sign_in(closed.here.brand)
    assert "Record that you paid" not in client.get(f"/statements/{db.short(closed.statement.id)}").text
