"""Killed at any step and started again, money ends where it would have; `make soak` dies at all of them."""

from __future__ import annotations

import pytest

from tests.payments.crash_flows import FLOWS
from tests.payments.crashes import Crashes

# Where a sample dies: the first half of a flow's steps asks, the second records. The other flows are `make soak`.
SAMPLE = {"release and payout": 0.6}


@pytest.fixture
def crashes(app, services, stripe_server, run_jobs) -> Crashes:
    return Crashes(app, services, stripe_server, run_jobs)


@pytest.mark.parametrize("name", SAMPLE)
def test_killed_at_a_step_and_started_again_it_ends_the_same(crashes: Crashes, name: str) -> None:
    points, wanted = crashes.undisturbed(FLOWS[name])
    assert points > 2
    crashes.kill(FLOWS[name], 1 + int(points * SAMPLE[name]), wanted)
