"""Every invariant holds after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import ledger


@pytest.fixture(autouse=True)
def _everything_adds_up(request: pytest.FixtureRequest, _outer_transaction: None) -> Iterator[None]:
    yield
    if not request.node.get_closest_marker("plain"):
        ledger.check()
