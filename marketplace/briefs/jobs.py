"""What briefs do by themselves: close after the last day to apply."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from marketplace import clock, db, jobs
from marketplace.authz import CLOCK
from marketplace.briefs import queries, service
from marketplace.briefs.models import Brief
from marketplace.errors import Refused
from marketplace.jobs import Scheduled


@jobs.job
def close_overdue() -> None:
    """Close every brief whose apply-by day is over in its brand's zone."""
    for brief_id in queries.past_apply_by(clock.now()):
        brief = db.session.get_one(Brief, brief_id)
        with suppress(Refused):  # its brand closed it in the meantime
            service.close(brief, by=CLOCK)


SCHEDULE = [
    Scheduled("briefs", timedelta(minutes=10), close_overdue, "close briefs after their apply-by day"),
]
