"""After every test of payments: the invariants hold, unless the test broke them on purpose."""

from collections.abc import Iterator

import pytest

from tests import ledger


@pytest.fixture(autouse=True)
def _the_books_are_right(request: pytest.FixtureRequest, _outer_transaction: None) -> Iterator[None]:
    yield
    if not {"plain", "breaks_books"} & {mark.name for mark in request.node.iter_markers()}:
        ledger.check()
