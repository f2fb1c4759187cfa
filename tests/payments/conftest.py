"""A running devstripe, the people of a deal, and the invariants after every test that moved money."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests import ledger
from tests.payments.world import World
from tests.stripe_server import StripeServer


@pytest.fixture(autouse=True)
def _the_books_are_right(request: pytest.FixtureRequest, _outer_transaction: None) -> Iterator[None]:
    yield
    marks = {mark.name for mark in request.node.iter_markers()}
    if not {"plain", "breaks_books"} & marks:
        ledger.check("L" if "ledger_only" in marks else "")


@pytest.fixture
def world(app: Flask, stripe_server: StripeServer, run_jobs) -> World:
    """A brand, a creator and a deal, with a portal that speaks to this test's devstripe."""
    return World(app, stripe_server, run_jobs)
