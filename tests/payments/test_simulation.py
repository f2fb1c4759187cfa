"""One seed of the simulation; `make soak` plays 200."""

import pytest

from tests.payments.simulation import play


@pytest.mark.parametrize("seed", [1])
def test_whatever_happens_no_cent_is_lost_or_paid_twice(app, stripe_server, run_jobs, clock, seed: int) -> None:
    play(app, stripe_server, run_jobs, clock, seed)
