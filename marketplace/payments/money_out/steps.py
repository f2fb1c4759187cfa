"""Each payment's way as its payee reads it: approved, sent, in her Stripe account, in her bank; and why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import db
from marketplace.payments import words
from marketplace.payments.models import BalanceTransaction, BankPayout, Lot, Payout, Transfer
from marketplace.payments.money_out import waiting
from marketplace.payments.states import BankPayoutState, PayoutState, TransferState

BANK_DAYS = 2  # working days that a bank takes from the day the money is free at Stripe; our experience, not a promise


@dataclass(frozen=True)
class Way:
    """One payment's days. `expected` is when it should be in her bank; None once it is, and while nobody knows."""

    approved: datetime
    sent: datetime | None
    at_stripe: datetime | None
    in_bank: date | None
    expected: date | None
    standing: waiting.Standing
    waits: bool
    ended: bool = False  # nothing of it goes on to a bank: it was taken back, or all of it set off

    def badge(self, payout: Payout, *, mine: bool = True) -> tuple[Any, str, str]:
        """Word, tone and icon: where a paid one is by now; of any other its state. `mine` when its payee reads it."""
        word, tone, icon = words.state_of(payout)
        if self.in_bank:
            word = _("In your bank") if mine else _("In the creator’s bank")
        elif self.at_stripe and not self.ended:
            word = _("In your Stripe account") if mine else _("In the creator’s Stripe account")
        return word, tone, icon

    def rungs(self, *, mine: bool = True) -> list[dict[str, Any]]:
        """For the stepper: what is done, what comes next, and the days; `mine` when its payee reads it."""
        days = [self.approved, self.sent, self.at_stripe, self.in_bank]
        labels = [_("Approved"), _("Sent"), _("In the creator’s Stripe account"), _("In the creator’s bank")]
        if mine:
            labels[2:] = [_("In your Stripe account"), _("In your bank")]
        if self.ended:
            labels, days = labels[: 1 + bool(self.sent)], days[: 1 + bool(self.sent)]
        now = next((n for n, day in enumerate(days) if day is None), None)
        rungs = []
        for number, (label, day) in enumerate(zip(labels, days, strict=True)):
            state = "done" if day is not None else "current" if number == now else "todo"
            rungs.append({"label": label, "state": state, "note": self._note(number, day, state)})
        return rungs

    def _note(self, number: int, day: datetime | date | None, state: str) -> str:
        if day is not None:
            return _on(day)
        if number == 3 and self.expected is not None:
            return _("expected by %(day)s", day=_on(self.expected))
        return self.standing.says if state == "current" and self.waits else ""


def _on(day: datetime | date) -> str:
    return format_date(day, "medium", locale=str(get_locale() or "en"))


def of(payouts: Sequence[Payout], zone: str) -> dict[UUID, Way]:
    """The way of each of these payouts of one payee, its days in her `zone`."""
    ids = [one.id for one in payouts]
    banks, transfers = waiting.at_banks(ids), _transfers(ids)
    standings = waiting.standings(payouts, banks)
    return {one.id: _way(one, standings[one.id], banks[one.id], transfers[one.id], ZoneInfo(zone)) for one in payouts}


Sent = tuple[str, datetime | None, datetime | None]  # a transfer's state, when it was done, when its charge is free


def _transfers(ids: Sequence[UUID]) -> dict[UUID, list[Sent]]:
    found: dict[UUID, list[Sent]] = {id: [] for id in ids}
    if found:
        rows = db.session.execute(
            sa.select(Transfer.payout_id, Transfer.state, Transfer.done_at, BalanceTransaction.available_on)
            .join(Lot, Lot.id == Transfer.lot_id)
            .outerjoin(BalanceTransaction, BalanceTransaction.journal_id == Lot.journal_id)
            .where(Transfer.payout_id.in_(ids))
        )
        for payout_id, state, done_at, free_on in rows:
            found[payout_id].append((state, done_at, free_on))
    return found


def _way(payout: Payout, standing: waiting.Standing, banks: list[BankPayout], sent: list[Sent], zone: ZoneInfo) -> Way:
    """At Stripe once all of it is; in her bank once every part is."""
    carried = [one for one in sent if one[0] == TransferState.DONE]
    paid = payout.state == PayoutState.PAID
    done = max((at for _state, at, _free in carried if at), default=None) if paid else None
    there = bool(banks) and len(banks) >= len(carried) and all(row.state == BankPayoutState.PAID for row in banks)
    in_bank = max(row.arrives_on for row in banks) if there and paid else None
    return Way(
        approved=payout.created_at.astimezone(zone),
        sent=payout.sent_at.astimezone(zone) if payout.sent_at else None,
        at_stripe=done.astimezone(zone) if done else None,
        in_bank=in_bank,
        expected=_expected(banks, carried, zone) if done and in_bank is None else None,
        standing=standing,
        waits=standing.tone == "warn",
        ended=payout.state == PayoutState.WITHDRAWN or (paid and not carried),
    )


def _expected(banks: list[BankPayout], carried: list[Sent], zone: ZoneInfo) -> date | None:
    """Stripe's own day where there is one; else some working days after the money is free at Stripe. None after a failure."""
    if any(row.state in (BankPayoutState.FAILED, BankPayoutState.CANCELED) for row in banks):
        return None
    if banks:
        return max(row.arrives_on for row in banks)
    day = max(at for _state, done, free in carried for at in (done, free) if at).astimezone(zone).date()
    left = BANK_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return day
