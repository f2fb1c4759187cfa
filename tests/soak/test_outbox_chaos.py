"""Workers killed at random moments, again and again: every reaction happens once."""

import random
import time

import pytest

from tests.ground.test_outbox_kills import FACTS, Outbox, kill, outbox

__all__ = ["outbox"]

pytestmark = pytest.mark.plain

ROUNDS = 4


@pytest.mark.parametrize("seed", range(15))
def test_random_kills_lose_and_double_nothing(outbox: Outbox, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(ROUNDS):
        workers = [outbox.start("work") for _ in range(2)]
        for worker in workers:
            assert worker.stdout
            assert worker.stdout.readline() == "emitted\n"
            time.sleep(chance.uniform(0, 1.5))
            if worker.poll() is None:
                kill(worker.pid)
            worker.wait(60)
    outbox.recover()
    assert outbox.undelivered() == 0
    effects = outbox.effects()
    assert sorted(effects.values()) == [1] * ROUNDS * 2 * FACTS
