"""Death before and after every commit and every call to Stripe of every flow of money.

A failure says how to die there again (`POINT=…`); `EVERY=10` dies at every tenth point only.
"""

import os

import pytest

from tests.payments.crash_flows import FLOWS
from tests.payments.test_crashes import crashes

__all__ = ["crashes"]
PARTS = 3  # of each flow, to share the work
EVERY = int(os.environ.get("EVERY", "1"))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", FLOWS)
def test_killed_at_every_point_it_ends_the_same(crashes, name: str, part: int) -> None:
    points, wanted = crashes.undisturbed(FLOWS[name])
    assert points > 2
    alone = os.environ.get("POINT")
    for point in [int(alone)] if alone else range(1 + part, points + 1, PARTS * EVERY):
        try:
            crashes.kill(FLOWS[name], point, wanted)
        except BaseException as problem:
            test = f"{os.path.relpath(__file__)}::{test_killed_at_every_point_it_ends_the_same.__name__}[{name}-0]"
            again = f"POINT={point} .venv/bin/python -m pytest '{test}'"
            problem.add_note(f"{name}, killed at point {point} of {points}. Again: {again}")
            raise
