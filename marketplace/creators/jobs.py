"""What creators' pages do by themselves: begin and end announced holidays."""

from __future__ import annotations

from datetime import timedelta

from marketplace import jobs
from marketplace.creators import holidays
from marketplace.jobs import Scheduled


@jobs.job
def keep_holidays() -> None:
    """Stop and start the clocks of who is away."""
    holidays.keep()


SCHEDULE = [
    Scheduled("holidays", timedelta(minutes=5), keep_holidays, "stop and start the clocks of who is on holiday"),
]
