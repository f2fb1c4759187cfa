"""Real processes are broken while payouts are made: each is made once. `PAYOUTS=300` for more of them."""

import os
import subprocess
import sys

import pytest

from tests.soak.chaos import LONGEST

pytestmark = pytest.mark.plain


def test_whatever_breaks_each_payout_is_made_exactly_once() -> None:
    command = [sys.executable, "-m", "tests.soak.chaos", os.environ.get("PAYOUTS", "100")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        try:
            told, _ = run.communicate(timeout=LONGEST + 60)
        except subprocess.TimeoutExpired:
            run.terminate()  # and it stops what it started
            raise
    assert run.returncode == 0, told
    assert told.rstrip().endswith("Each paid exactly once."), told
