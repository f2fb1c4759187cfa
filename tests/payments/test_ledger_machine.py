"""Any sequence of operations leaves the ledger as an independent model says, with every invariant intact.

A failing run prints its seed; `LEDGER_SEED=… pytest tests/payments/test_ledger_machine.py` runs the same sequences
again. `make soak` runs 512 from a seed of its own.
"""

from __future__ import annotations

import os

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.payments.machine import LedgerMachine

pytestmark = pytest.mark.ledger_only

STEPS = 12


def run_sequences(count: int, seed: int) -> None:
    """Run `count` sequences that follow from `seed`, the invariants after each operation."""
    seed = int(os.environ.get("LEDGER_SEED", seed))
    hypothesis.seed(seed)(LedgerMachine)
    chosen = settings(
        max_examples=int(os.environ.get("LEDGER_SEQUENCES", count)),
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(LedgerMachine, settings=chosen)
    except BaseException:
        print(f"LEDGER_SEED={seed} LEDGER_SEQUENCES={chosen.max_examples} runs the same again")  # noqa: T201
        raise


@pytest.mark.slow
def test_any_sequence_of_operations_agrees_with_an_independent_model() -> None:
    run_sequences(48, seed=1)
