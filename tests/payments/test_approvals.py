"""Above a limit a second person of the same party approves what releases or takes back money, where there are two."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, g

from marketplace import db, deadlines, jobs
from marketplace.accounts import members, queries
from marketplace.authz import CLOCK
from marketplace.briefs import parts
from marketplace.collaborations import deals as collaborations
from marketplace.collaborations.models import Deal
from marketplace.content import service
from marketplace.content.models import Deliverable
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.notifications.models import Mail
from marketplace.payments.books import freezes
from marketplace.payments.guards import approvals, limits
from marketplace.payments.losses import staff_acts
from marketplace.payments.models import Approval, MoneyLimit, Payout, Recovery
from tests import factories
from tests import factories_deals as deals
from tests.factories import Person
from tests.payments.threads import at_once, committed_database
from tests.payments.world import World, usd
from tests.services import Services

LARGE = 600_000  # 6,000.00 USD; the limit is 5,000.00


def published(amount: int = LARGE, confirm_days: int = 2, **changes) -> tuple[deals.Sides, Deliverable]:
    """A live piece whose confirmation releases `amount`."""
    clocks = parts.blank("USD", "pay_per_post")["clocks"] | {"confirm": confirm_days}
    between = deals.sides(parts=[{"kind": "fee", "amount": amount}], clocks=clocks, **changes)
    piece = deals.piece_of(deals.active(between))
    return between, deals.published(piece, between)


def payouts() -> list[Payout]:
    return list(db.session.scalars(sa.select(Payout)))


def request() -> Approval:
    return db.session.scalars(sa.select(Approval).order_by(Approval.id.desc()).limit(1)).one()


def mailed(person: Person, words: str) -> list[Mail]:
    rows = db.session.scalars(sa.select(Mail).where(Mail.to == person.user.email))
    return [row for row in rows if words in row.subject or words in row.text]


def address(row: Approval, what: str = "") -> str:
    return f"/approvals/{db.short(row.id)}{what}"


def test_a_release_above_the_limit_waits_for_a_second_person_who_releases_it(client, run_jobs) -> None:
    between, piece = published()
    fay = factories.colleague(between.brand, "finance", "Fay Finance")
    client.sign_in(between.brand)
    asked = client.submit(f"/deals/{db.short(piece.deal_id)}/content/1/confirm")
    row = request()
    assert asked.location == address(row)
    assert not payouts()
    assert piece.state == "published"
    page = client.get(asked.location)
    assert "Bram Brand asked to release $6,000.00 to Cleo Creator." in page.text
    assert "Approve and release it" not in page.text
    home = client.get("/home").text
    assert "A colleague’s answer to what you asked for" in home
    assert "Approve or refuse what a colleague asked for" not in home
    run_jobs()
    (mail,) = mailed(fay, "asked to release")
    assert re.search(r"Approve or refuse by \w+", mail.text)
    assert not mailed(between.brand, "asked to release")
    client.sign_in(fay)
    assert "Approve and release it" in client.get(address(row)).text
    assert "Approve or refuse what a colleague asked for" in client.get("/home").text
    assert client.submit(address(row, "/approve")).status_code == 303
    (payout,) = payouts()
    assert payout.amount + payout.fee == usd(LARGE)
    db.session.refresh(row)
    assert (row.state, row.asked_by_user_id, row.decided_by_user_id) == (
        "approved", between.brand.user.id, fay.user.id,
    )  # fmt: skip
    assert client.submit(address(row, "/approve")).status_code == 409, "a double click releases once"
    assert len(payouts()) == 1


def test_the_same_person_cannot_approve_twice_in_two_tabs_or_a_second_session(app, client) -> None:
    between, piece = published()
    factories.colleague(between.brand, "finance")
    client.sign_in(between.brand)
    confirm = f"/deals/{db.short(piece.deal_id)}/content/1/confirm"
    first, again = client.submit(confirm), client.submit(confirm)
    row = request()
    assert first.location == again.location == address(row)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Approval)) == 1
    assert client.submit(address(row, "/approve")).status_code == 403
    other_browser = app.test_client()
    other_browser.sign_in(between.brand)
    assert other_browser.submit(confirm).location == address(row)
    assert other_browser.submit(address(row, "/approve")).status_code == 403
    with pytest.raises(Refused, match="You asked for it yourself"):
        approvals.approve(row, by=between.brand.actor)
    assert not payouts()


def test_who_left_the_team_or_may_not_decide_about_money_cannot_approve(client) -> None:
    between, piece = published()
    fay, rea = factories.colleague(between.brand, "finance"), factories.colleague(between.brand, "reviewer")
    service.confirm(piece, by=between.brand.actor)
    row = request()
    with pytest.raises(Refused, match="may decide about money"):
        approvals.approve(row, by=rea.actor)
    client.sign_in(rea)
    assert client.submit(address(row, "/approve")).status_code == 403
    stranger = factories.brand("Olga Other", party_name="Other Goods")
    client.sign_in(stranger)
    assert client.submit(address(row, "/approve")).status_code == 404
    client.sign_in(fay)
    members.remove(queries.membership(fay.user.id, fay.party.id), by=between.brand.actor)
    assert client.submit(address(row, "/approve")).status_code in {302, 403, 404}
    with pytest.raises(Refused, match="may decide about money"):
        approvals.approve(row, by=fay.actor)
    assert not payouts()
    service.confirm(piece, by=between.brand.actor)
    assert (request().state, request().words) == ("alone", approvals.NOBODY_ELSE), "now nobody else is there"
    assert len(payouts()) == 1


def test_with_one_person_only_it_goes_through_and_is_recorded_as_such() -> None:
    between, piece = published()
    factories.colleague(between.brand, "reviewer")
    service.confirm(piece, by=between.brand.actor)
    assert len(payouts()) == 1
    assert (request().state, request().words, request().asked_by_user_id) == (
        "alone", approvals.NOBODY_ELSE, between.brand.user.id,
    )  # fmt: skip


def test_at_the_limit_nobody_is_asked_and_one_cent_over_somebody_is() -> None:
    for amount, waits in ((500_000, False), (500_001, True)):
        between, piece = published(amount)
        factories.colleague(between.brand, "finance")
        before = len(payouts())
        service.confirm(piece, by=between.brand.actor)
        assert (len(payouts()) == before) is waits


def test_a_colleague_who_confirms_the_same_is_the_second_person() -> None:
    between, piece = published()
    owner = factories.colleague(between.brand, "owner", "Olive Owner")
    service.confirm(piece, by=between.brand.actor)
    service.confirm(piece, by=owner.actor)
    assert (request().state, request().decided_by_user_id) == ("approved", owner.user.id)
    assert len(payouts()) == 1


def test_silence_past_its_clock_still_releases_and_the_request_is_overtaken(clock, run_jobs) -> None:
    between, piece = published()
    factories.colleague(between.brand, "finance")
    due = deadlines.in_rooms([piece.deal_id])[0].due_at
    service.confirm(piece, by=between.brand.actor)
    assert deadlines.in_rooms([piece.deal_id])[0].due_at == due, "the creator's clock is not lengthened"
    clock.travel(timedelta(days=3))
    deadlines.sweep()
    run_jobs()
    (payout,) = payouts()
    assert payout.reason == "silence"
    assert request().state == "overtaken"
    assert deadlines.live(approvals.ANSWER, ("approval", request().id)) is None


def test_after_three_days_without_an_answer_it_is_back_with_the_first_in_words(clock, run_jobs) -> None:
    between, piece = published(confirm_days=10)
    factories.colleague(between.brand, "finance")
    service.confirm(piece, by=between.brand.actor)
    first = request()
    clock.travel(timedelta(days=4))
    deadlines.sweep()
    run_jobs()
    assert first.state == "lapsed"
    assert mailed(between.brand, "Nobody answered in time")
    assert not payouts()
    service.confirm(piece, by=between.brand.actor)
    assert request().id != first.id
    assert request().state == "asked"


def test_a_refusal_has_words_and_moves_nothing(client, run_jobs) -> None:
    between, piece = published()
    fay = factories.colleague(between.brand, "finance", "Fay Finance")
    service.confirm(piece, by=between.brand.actor)
    client.sign_in(fay)
    assert client.submit(address(request(), "/refuse"), {"words": ""}).status_code == 422
    assert client.submit(address(request(), "/refuse"), {"words": "The tin is upside down."}).status_code == 303
    assert client.submit(address(request(), "/approve")).status_code == 409
    run_jobs()
    assert mailed(between.brand, "The tin is upside down.")
    assert (request().state, piece.state, payouts()) == ("refused", "published", [])


def test_a_deal_that_ends_meanwhile_leaves_nothing_to_approve(run_jobs) -> None:
    between, piece = published()
    fay = factories.colleague(between.brand, "finance")
    service.confirm(piece, by=between.brand.actor)
    collaborations.cancel(db.session.get_one(Deal, piece.deal_id), "We moved house.", by=between.creator.actor)
    run_jobs()
    assert request().state == "overtaken"
    with pytest.raises(Refused):
        approvals.approve(request(), by=fay.actor)


def test_work_approved_while_the_money_is_frozen_is_released_with_its_two_people(run_jobs) -> None:
    between, piece = published()
    fay = factories.colleague(between.brand, "finance")
    freezes.begin(piece.deal_id, why="dispute", ref=piece.id, by=CLOCK)
    service.confirm(piece, by=between.brand.actor)
    approvals.approve(request(), by=fay.actor)
    assert not payouts()
    freezes.lift_all(piece.deal_id, "dispute", by=CLOCK)
    run_jobs()
    assert len(payouts()) == 1
    assert request().state == "approved"


def test_what_staff_take_back_above_the_limit_waits_for_a_second_of_them(world: World, client, run_jobs) -> None:
    limits.set_to(limits.SECOND_APPROVER, usd(50_000), "USD", by=factories.staff("finance", "Finn Finance").actor)
    ada = factories.staff("admin", "Ada Second")
    world.fund(50_000)
    payout = world.release(50_000, 5_000)
    limits.set_to(limits.SECOND_APPROVER, usd(20_000), "USD", by=ada.actor)
    client.sign_in(ada)
    page = client.get(f"/staff/payouts/{db.short(payout.id)}/take-back")
    once = re.search(r'name="once"[^>]*value="([^"]+)"', page.text) or re.search(
        r'value="([^"]+)"[^>]*name="once"', page.text
    )
    assert once
    typed = {"amount": "200.01", "reason": "Never posted.", "once": once[1]}
    for _twice in range(2):
        assert client.submit(f"/staff/payouts/{db.short(payout.id)}/take-back", typed).location == address(request())
    assert not db.session.scalars(sa.select(Recovery)).all()
    assert "Never posted." in client.get(address(request())).text
    finn = factories.staff("finance", "Finn Third")
    approvals.approve(request(), by=finn.actor)
    run_jobs()
    (row,) = db.session.scalars(sa.select(Recovery))
    assert row.amount + row.fee == usd(20_001)
    less = staff_acts.take_back(payout, usd(20_000), reason="More.", key="ruling:less", by=ada.actor)
    assert less is None, "at the limit nobody is asked"
    more = staff_acts.take_back(payout, usd(1), reason="And a cent.", key="ruling:more", by=ada.actor)
    assert more is not None, "in two parts it is no less"


def test_staff_set_the_limit_with_their_password_or_turn_it_off_and_the_others_are_told(client, run_jobs) -> None:
    ada, second = factories.staff("admin", "Ada First"), factories.staff("admin", "Bea Second")
    ada.user.password_hash = factories.creator().user.password_hash
    db.session.flush()
    client.sign_in(ada)
    assert "5000.00" in client.get("/staff/money/limits").text
    typed = {"second_approver": "750.50", "payouts_a_day": "", "first_payouts": "5000.00"}
    wrong = client.submit("/staff/money/limits", typed | {"password": "a wrong one"})
    assert wrong.status_code == 422
    assert "750.50" in wrong.text
    for bad in ("0", "1.001", "many"):
        assert client.submit("/staff/money/limits", typed | {"second_approver": bad}).status_code == 422
    assert client.submit("/staff/money/limits", typed | {"password": factories.PASSWORD}).status_code == 303
    assert limits.of(limits.SECOND_APPROVER, "USD") == usd(75_050)
    assert limits.of(limits.A_DAY, "USD") is None
    assert len(db.session.scalars(sa.select(MoneyLimit)).all()) == 2, "what stays the same is not set again"
    run_jobs()
    assert mailed(second, "changed a limit")
    assert not mailed(ada, "changed a limit")
    client.sign_in(factories.staff("finance"))
    assert client.get("/staff/money/limits").status_code == 403


@pytest.mark.parametrize(("currency", "limit"), [("USD", "5000.00"), ("JPY", "500000"), ("KWD", "5000.000")])
def test_the_default_limit_is_in_each_currencys_own_units(world: World, currency: str, limit: str) -> None:
    assert limits.of(limits.SECOND_APPROVER, currency) == Money.parse(limit, currency)
    sql = limits.in_sql(limits.SECOND_APPROVER, f"'{currency}'", "now()")
    assert db.session.scalar(sa.text(f"SELECT {sql}")) == Money.parse(limit, currency).minor


def test_nothing_passes_the_ledgers_door_above_the_limit_unasked(world: World) -> None:
    world.fund(600_000)
    with pytest.raises(ValueError, match="nobody was asked"):
        world.release(600_000, 60_000)
    assert not payouts()


def test_asked_twice_and_approved_twice_at_the_same_moment_it_is_released_once(
    app: Flask, services: Services, run_jobs
) -> None:
    with committed_database(services, "approvals"):
        g.pop("instance", None)
        factories.instance()
        between, piece = published()
        fay, olive = (factories.colleague(between.brand, role) for role in ("finance", "owner"))
        piece_id = piece.id
        db.session.commit()
        asked = at_once(
            app, [lambda: service.confirm(db.session.get_one(Deliverable, piece_id), by=between.brand.actor)] * 2
        )
        assert not [one for one in asked if isinstance(one, Exception)]
        row_id = db.session.scalars(sa.select(Approval.id)).one()
        answers = at_once(
            app,
            [
                lambda by=by: approvals.approve(db.session.get_one(Approval, row_id), by=by)
                for by in (fay.actor, olive.actor)
            ],
        )
        assert sorted(type(one).__name__ for one in answers) == ["NoneType", "Refused"]
        db.session.expire_all()
        assert len(payouts()) == 1
        jobs.connection().flushdb()
    g.pop("instance", None)
