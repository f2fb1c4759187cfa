"""The ledger at length: 512 sequences beside the model from a new seed, 500 releases each sent twice at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.payments.test_ledger_machine import run_sequences
from tests.payments.test_ledger_races import own_ledger, release_each_twice
from tests.services import Services

pytestmark = pytest.mark.ledger_only

SEQUENCES = 512


def test_512_sequences_of_operations_agree_with_an_independent_model() -> None:
    run_sequences(SEQUENCES, seed=random.SystemRandom().randrange(2**32))


@pytest.fixture
def committed(_outer_transaction: None, services: Services) -> Iterator[Any]:
    with own_ledger(services) as environ:
        yield environ


@pytest.mark.usefixtures("committed")
def test_500_releases_each_sent_twice_at_once_by_twenty_workers_succeed_once(app: Flask) -> None:
    release_each_twice(app, 500)
