"""A running devstripe for tests that pay, and every invariant after each test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests import ledger
from tests.stripe_server import StripeServer, running


@pytest.fixture(autouse=True)
def _everything_adds_up(request: pytest.FixtureRequest, _outer_transaction: None) -> Iterator[None]:
    yield
    if not request.node.get_closest_marker("plain"):
        ledger.check()


@pytest.fixture
def stripe(app: Flask) -> Iterator[StripeServer]:
    """A devstripe of this test's own, and a portal that speaks to it."""
    settings = app.config["SETTINGS"]
    with running() as server:
        app.config["SETTINGS"] = replace(settings, stripe_api_base=server.url)
        yield server
        app.config["SETTINGS"] = settings
