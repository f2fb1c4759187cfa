"""A breach stops payouts: what staff see, who is mailed, and how money moves again."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.notifications.models import Mail
from marketplace.payments.books import audit
from marketplace.payments.money_out import payouts
from marketplace.payments.states import PayoutState
from tests import factories
from tests.payments.world import World


def mails() -> list[str]:
    return sorted(db.session.scalars(sa.select(Mail.to).where(Mail.subject.contains("Payouts have stopped"))))


def test_a_breach_halts_payouts_tells_the_administrators_once_and_every_staff_page_until_it_is_mended(
    app: Flask, world: World
) -> None:
    admin, support = factories.staff("admin"), factories.staff("support", name="Sue Support")
    world.onboard()
    world.fund()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["ledger", "check"]).exit_code == 0
    db.session.execute(
        sa.text("UPDATE balance_transactions SET amount_minor = amount_minor + 1, net_minor = net_minor + 1")
    )

    told = runner.invoke(args=["ledger", "check"])
    assert told.exit_code == 1
    assert "BREACH  B3" in told.output
    assert "BREACH  B3" in runner.invoke(args=["ledger", "check", "--since", "1h"]).output
    halt = audit.standing_halt()
    assert halt is not None
    assert halt.reason.startswith("B3")
    world.run_jobs()
    assert mails() == ["admin@example.com", admin.user.email]

    for who, said in ((admin, True), (support, True), (world.brand, False)):
        world.client.sign_in(who)
        address = "/staff/jobs" if said else "/brand/briefs"
        assert ("Payouts are halted" in world.client.get(address).text) is said, address

    payout = world.release()
    world.run_jobs()
    assert payout.state == PayoutState.WAITING
    assert "still find something" in runner.invoke(args=["ledger", "resume"]).output
    assert audit.standing_halt() is not None

    db.session.execute(
        sa.text("UPDATE balance_transactions SET amount_minor = amount_minor - 1, net_minor = net_minor - 1")
    )
    assert runner.invoke(args=["ledger", "resume"]).exit_code == 0
    assert audit.standing_halt() is None
    world.client.sign_in(admin)
    assert "Payouts are halted" not in world.client.get("/staff/jobs").text
    payouts.send_all()
    world.run_jobs()
    assert payout.state == PayoutState.PAID
    assert mails() == ["admin@example.com", admin.user.email]
