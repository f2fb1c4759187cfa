"""Every invariant over a million postings, and over the newest thousand journals of them.

`LEDGER_POSTINGS=…` takes another size; `make bench` prints what each check took.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace import db
from marketplace.payments.books import audit, periods
from tests.bench.ledger import big_ledger
from tests.services import Services

pytestmark = [pytest.mark.slow, pytest.mark.breaks_books]

POSTINGS = int(os.environ.get("LEDGER_POSTINGS", "1000000"))
WHOLE, NEW = 30.0, 1.0  # seconds
NEW_DEALS = 200  # a thousand journals


def timed(checks: Mapping[str, Any], since: int) -> dict[str, float]:
    spent = {}
    for name, one in checks.items():
        started = time.monotonic()
        assert audit.breaches({name: one}, since) == {}
        spent[name] = time.monotonic() - started
    return spent


def test_every_invariant_over_a_million_postings_and_over_what_is_new(
    app: Flask, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    with big_ledger(services, POSTINGS):
        assert db.session.scalar(sa.text("SELECT count(*) FROM ledger_postings")) >= POSTINGS
        started = time.monotonic()
        stored = periods.store_balances()
        db.session.commit()
        storing = time.monotonic() - started
        newest = "SELECT posted_at FROM ledger_journals ORDER BY number DESC OFFSET :journals LIMIT 1"
        moment = db.session.scalar(sa.text(newest), {"journals": 5 * NEW_DEALS})
        whole, new = timed(audit.all_checks(), 0), timed(audit.checks_since(), audit.number_before(moment))
        started = time.monotonic()
        told = app.test_cli_runner().invoke(args=["ledger", "check", "--since", moment.isoformat()])
        command = time.monotonic() - started
        assert told.exit_code == 0, told.output
    with capsys.disabled():
        print(f"\n{POSTINGS} postings; {stored} balances stored in {storing:.2f} s; all, new")
        for name, seconds in whole.items():
            print(f"{seconds:7.2f} s {new.get(name, float('nan')):7.3f} s  {name}")
        print(f"{sum(whole.values()):7.2f} s {sum(new.values()):7.3f} s  together; the command {command:.3f} s")
    assert sum(whole.values()) < WHOLE
    assert command < NEW
