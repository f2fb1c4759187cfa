"""Any sequence of operations leaves the ledger as an independent model says, with every invariant intact."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.payments.machine import LedgerMachine

pytestmark = pytest.mark.ledger_only

SEQUENCES = 512 if os.environ.get("SOAK") else 8


@pytest.mark.slow
def test_any_sequence_of_operations_agrees_with_an_independent_model() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize=not os.environ.get("SOAK"),
            suppress_health_check=list(HealthCheck),
        ),
    )
