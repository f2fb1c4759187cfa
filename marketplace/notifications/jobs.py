"""What runs by itself: the outbox's sweep, its forgetting, and the daily mails."""

from __future__ import annotations

from datetime import timedelta

from marketplace.jobs import Scheduled
from marketplace.notifications import digest, outbox

SCHEDULE = [
    Scheduled("mail", timedelta(minutes=1), outbox.sweep, "send again what a killed worker left"),
    Scheduled("digests", timedelta(minutes=15), digest.sweep, "the daily mail of everybody whose hour has come"),
    Scheduled("old_mail", timedelta(days=1), outbox.forget, "delete mail older than 30 days"),
]
