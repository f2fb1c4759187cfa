"""Killed at any step and started again, money ends where it would have; `make soak` dies at all of them."""

from __future__ import annotations

import pytest

from tests.payments.crash_flows import FLOWS
from tests.payments.crashes import Crashes, sampled

SAMPLE = 2


@pytest.fixture
def crashes(app, services, stripe_server, run_jobs) -> Crashes:
    return Crashes(app, services, stripe_server, run_jobs)


@pytest.mark.parametrize("name", FLOWS)
def test_killed_at_a_step_and_started_again_it_ends_the_same(crashes: Crashes, name: str) -> None:
    points, wanted = crashes.undisturbed(FLOWS[name])
    assert points > 1
    for point in sampled(points, SAMPLE + 2)[1:-1]:
        crashes.kill(FLOWS[name], point, wanted)
