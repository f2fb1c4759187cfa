"""The demo plays through the verbs, leaves nothing out, and its books are right."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from marketplace import clock, db
from marketplace.admin.demo import PASSWORD, SIGN_INS, affiliates, load, till
from marketplace.admin.demo.stage import actor
from marketplace.affiliate import running
from marketplace.affiliate.sales_models import Statement
from marketplace.collaborations.models import Deal
from marketplace.notifications.models import Notification
from marketplace.payments.losses import hold_age
from marketplace.payments.models import TaxFormDetails
from marketplace.payments.money_out import coming
from marketplace.payments.reconciliation import differences
from tests import ledger


@pytest.mark.slow
@pytest.mark.not_set_up
def test_the_demo_leaves_nothing_out_and_a_second_load_changes_nothing(stripe_server, client, capsys) -> None:
    load.load()
    told = capsys.readouterr().out
    assert "left out" not in told
    assert sorted(db.session.scalars(sa.select(Deal.state))) == ["active", "completed", "signing"]
    statements = db.session.scalar(sa.select(sa.func.count()).select_from(Statement))
    assert statements == 60  # three affiliates, eighteen months of orders and two until the last commission is paid
    months = sa.select(sa.func.count()).where(
        Notification.event.in_(["affiliate.commission_paid", "affiliate.statement_closed"])
    )
    assert db.session.scalar(months) == statements  # one line a month, and only the newest unread
    unread = months.where(Notification.read_at.is_(None)).group_by(Notification.user_id)
    assert max(db.session.scalars(unread)) == 1
    homes = db.session.scalars(sa.select(TaxFormDetails)).all()
    assert len({(one.street, one.city, one.region, one.last_four) for one in homes}) == len(homes) > 1
    assert all(one.region and one.typed_name == one.legal_name for one in homes)
    ledger.check()
    assert hold_age.held() == []  # the brand paid in month by month, and these weeks' budget is young
    assert (differences.standing(), len(differences.last_runs())) == ([], 1)
    theo = coming.of(actor(SIGN_INS["affiliate"]), "USD")
    assert {row.stage for row in theo} == {"held"}
    open_months = [running.months(actor(email)) for email in affiliates.AFFILIATES]
    assert all(row.earned.minor > 0 for [row] in open_months)
    arrived = [one for one in stripe_server.control("GET", "/objects/payout") if one["status"] == "paid"]
    years = {datetime.fromtimestamp(one["arrival_date"], UTC).year for one in arrived}
    assert years >= {1997, 1998}  # devstripe paid out when the months closed, and its clock runs again
    assert abs(stripe_server.control("GET", "/health")["now"] - clock.now().timestamp()) < 60
    load.load()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Statement)) == statements
    for email in SIGN_INS.values():
        client.submit("/sign-in", {"email": email, "password": PASSWORD})
        assert client.get("/home").status_code == 200


@pytest.mark.parametrize(("hour", "begins"), [(0, 9), (2, 9), (3, 10), (14, 10), (23, 10)])
def test_no_scene_of_the_demo_is_later_than_now_whatever_the_hour(monkeypatch, hour, begins) -> None:
    monkeypatch.setattr(till, "can_pay", lambda: True)
    with clock.at(datetime(2026, 3, 30, hour, 10, tzinfo=UTC)):
        steps = load.steps()
        assert max(step.at for step in steps) <= clock.now()
    assert {step.at for step in steps if step.name.startswith("brief.")} == {datetime(2026, 3, begins, 15, tzinfo=UTC)}
