"""Seeds of the simulation: 200, or SEEDS=… of them, or SEED=… alone."""

import os

import pytest

from tests.payments.simulation import play

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(1, 1 + int(os.environ.get("SEEDS", "200")))


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_no_cent_is_lost_or_paid_twice(app, stripe_server, run_jobs, clock, seed: int) -> None:
    play(app, stripe_server, run_jobs, clock, seed)
