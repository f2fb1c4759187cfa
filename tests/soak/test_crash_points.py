"""Death before and after every commit and every call to Stripe of every flow of money."""

import pytest

from tests.payments.crash_flows import FLOWS
from tests.payments.test_crashes import crashes

__all__ = ["crashes"]
PARTS = 3  # of each flow, to share the work


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", FLOWS)
def test_killed_at_every_point_it_ends_the_same(crashes, name: str, part: int) -> None:
    points, wanted = crashes.undisturbed(FLOWS[name])
    for point in range(1 + part, points + 1, PARTS):
        crashes.kill(FLOWS[name], point, wanted)
