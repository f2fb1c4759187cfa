"""What runs by itself: the outbox's sweep and its forgetting."""

from __future__ import annotations

from datetime import timedelta

from marketplace.jobs import Scheduled
from marketplace.notifications import outbox

SCHEDULE = [
    Scheduled("mail", timedelta(minutes=1), outbox.sweep, "send again what a killed worker left"),
    Scheduled("old_mail", timedelta(days=1), outbox.forget, "delete mail older than 30 days"),
]
