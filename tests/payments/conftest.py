"""A running devstripe, the people of a deal, and the invariants after every test that moved money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests import ledger
from tests.payments.world import World
from tests.stripe_server import StripeServer, running


@pytest.fixture(autouse=True)
def _the_books_are_right(request: pytest.FixtureRequest, _outer_transaction: None) -> Iterator[None]:
    yield
    marks = {mark.name for mark in request.node.iter_markers()}
    if not {"plain", "breaks_books"} & marks:
        ledger.check("L" if "ledger_only" in marks else "")


@pytest.fixture(scope="session")
def _stripe_of_the_run() -> Iterator[StripeServer]:
    with running() as server:
        yield server


@pytest.fixture
def stripe_server(_stripe_of_the_run: StripeServer) -> StripeServer:
    """A devstripe in which nothing has happened."""
    _stripe_of_the_run.reset()
    return _stripe_of_the_run


@pytest.fixture
def world(app: Flask, stripe_server: StripeServer, run_jobs) -> Iterator[World]:
    """A brand, a creator and a deal, with a portal that speaks to this test's devstripe."""
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(settings, stripe_api_base=stripe_server.url)
    yield World(app, stripe_server, run_jobs)
    app.config["SETTINGS"] = settings
