"""What payments do by themselves: check and seal the ledger."""

from __future__ import annotations

from datetime import timedelta

from marketplace import jobs
from marketplace.jobs import Scheduled
from marketplace.payments import audit


@jobs.job
def check_ledger() -> None:
    """Seal what is new and run every invariant; a breach halts payouts."""
    audit.seal()
    audit.check()


SCHEDULE = [
    Scheduled(
        "ledger check", timedelta(minutes=5), check_ledger, "seal journals, run the invariants, halt on a breach"
    ),
]
