"""Scheduled jobs as their operator reads them: what each is for, and what to do when one fails again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from marketplace import clock, jobs
from marketplace.jobs import Scheduled, ScheduledRun

GRACE = timedelta(minutes=10)  # what a busy queue may take beyond a job's own time

STRIPE = _(
    "See that Stripe answers (status.stripe.com) and that the key in the settings is the right one. Nothing is lost: "
    "it goes on where it was."
)
MAIL = _("See that the mail server in the settings takes messages. What was not sent waits.")
OURS = _("Nobody but a developer can mend this: pass the problem on with the log lines of that minute.")

# By the name in the schedule: what it is called, what it does, what to do when it fails.
WORDS = {
    "events": (_("News inside the portal"), _("Delivers news that got stuck."), OURS),
    "deadlines": (_("Clocks"), _("Reminds people of their day, and acts when it has passed."), OURS),
    "ledger check": (
        _("Check of the books"),
        _("Seals new entries, checks every rule and halts payouts where one is broken."),
        OURS,
    ),
    "stored balances": (_("Stored balances"), _("Stores what busy accounts hold, so that pages stay fast."), OURS),
    "closed months": (_("Closing the books"), _("Closes a month a day after its end."), OURS),
    "stripe sweep": (
        _("What Stripe has not settled"),
        _("Asks again, handles late messages, sends payouts that waited."),
        STRIPE,
    ),
    "held money": (
        _("Money held for long"),
        _("Warns, asks you to rule, and gives money back before it is held too long."),
        _("Look at “Held for long” on the money page and rule there; then pass the problem on to a developer."),
    ),
    "fee sweep": (_("Fees to your bank"), _("Sends earned fees to the platform’s bank."), STRIPE),
    "stripe messages": (_("Lost messages of Stripe"), _("Fetches what Stripe could not deliver."), STRIPE),
    "stripe match": (_("Hourly comparison"), _("Compares what is recent, and the balance, with Stripe."), STRIPE),
    "open refunds": (_("Open refunds"), _("Asks after refunds that wait or came back."), STRIPE),
    "told differences": (
        _("Mail about differences"),
        _("Tells you of each difference that stood too long, once."),
        MAIL,
    ),
    "stripe mirror": (_("Nightly comparison"), _("Compares the last days with Stripe."), STRIPE),
    "tax forms": (_("Tax forms"), _("Tells whose tax form ends within 30 days."), MAIL),
    "holidays": (_("Holidays"), _("Stops and starts the clocks of who is on holiday."), OURS),
    "briefs": (_("Briefs"), _("Closes briefs after their last day to apply."), OURS),
    "affiliate orders": (_("Orders of shops"), _("Takes up orders that got stuck."), OURS),
    "affiliate statements": (_("Statements"), _("Closes months on their statement day and pays what is due."), OURS),
    "mail": (_("Mail"), _("Sends mail that got stuck."), MAIL),
    "digests": (_("Daily mail"), _("Sends the digest to everybody whose hour has come."), MAIL),
    "old_mail": (_("Old mail"), _("Deletes mail older than 30 days."), OURS),
}


@dataclass(frozen=True)
class JobLine:
    """A line of the schedule with how it went: `next_at` begins its next slot."""

    line: Scheduled
    run: ScheduledRun | None
    next_at: datetime

    @property
    def title(self) -> Any:
        """What it is called."""
        return WORDS[self.line.name][0] if self.line.name in WORDS else self.line.name

    @property
    def does(self) -> Any:
        """What it does."""
        return WORDS[self.line.name][1] if self.line.name in WORDS else self.line.says

    @property
    def outcome(self) -> tuple[Any, str, str]:
        """Word, tone and icon of its last run."""
        if self.run is None:
            return _("Has not run yet"), "plain", "clock"
        if self.run.problem:
            return _("Failed"), "bad", "alert-circle"
        if self.is_late:
            return _("Overdue"), "warn", "alert-triangle"
        return _("Went well"), "good", "check"

    @property
    def is_late(self) -> bool:
        """Has a whole run been missed? A run that was killed leaves no other trace."""
        return self.run is not None and clock.now() - self.run.started_at > 2 * self.line.every + GRACE

    @property
    def to_do(self) -> Any:
        """What a person does about it; nothing where all is well."""
        if self.run is not None and self.run.problem:
            return WORDS[self.line.name][2] if self.line.name in WORDS else OURS
        return _("See that a worker and the ticker are running.") if self.is_late else ""


def lines(schedule: list[Scheduled]) -> list[JobLine]:
    """The schedule as the page shows it: what needs somebody first. One query."""
    runs, now = jobs.last_runs(), clock.now()
    found = [JobLine(line, runs.get(line.path), line.due_after(now)) for line in schedule]
    return sorted(found, key=lambda one: not one.to_do)
