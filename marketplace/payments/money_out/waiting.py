"""Where a payout is, why it waits, and what its payee does next: always a reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import db
from marketplace.payments.books import audit, freezes
from marketplace.payments.guards import gates, withdrawals
from marketplace.payments.models import BankPayout, Payout, Transfer
from marketplace.payments.money_out import bank_payouts, payout_accounts
from marketplace.payments.states import BankPayoutState, PayoutState, TransferState

AtBanks = dict[UUID, list[BankPayout]]  # by payout


@dataclass(frozen=True)
class Standing:
    """`says` where it is; `next` what happens, or what she does; `set_up` whether she does it herself, on the page `where`."""

    says: str
    next: str
    set_up: bool = False
    tone: str = "plain"
    where: str = "payments.show_set_up"


def standing(payout: Payout) -> Standing:
    """Where a payout stands now."""
    return standings([payout])[payout.id]


def standings(payouts: Sequence[Payout], banks: AtBanks | None = None) -> dict[UUID, Standing]:
    """Where each of these payouts stands now, in as many questions for one as for many of one payee.

    `banks` is what `at_banks` says of them, if it was asked already.
    """
    found = banks or at_banks([one.id for one in payouts])
    told = {one.id: _at_the_bank(found[one.id]) for one in payouts if one.state == PayoutState.PAID}
    told |= _waits([one for one in payouts if one.state == PayoutState.WAITING])
    return told | {one.id: _elsewhere(one.state) for one in payouts if one.id not in told}


def _elsewhere(state: str) -> Standing:
    if state == PayoutState.STUCK:
        return Standing(
            _("It has stopped, and our staff look at it."),
            _("You need not do anything; the money is here."),
            tone="warn",
        )
    if state == PayoutState.WITHDRAWN:
        return Standing(_("It was taken back before it was sent."), _("The reason is below."))
    return Standing(_("It is on its way to your Stripe account."), _("That takes a moment."))


def _waits(payouts: Sequence[Payout]) -> dict[UUID, Standing]:
    """Why each of these has not set off."""
    if not payouts:
        return {}
    frozen = sa.select(Transfer.payout_id).where(
        Transfer.payout_id.in_([one.id for one in payouts]),
        Transfer.state == TransferState.READY,
        Transfer.lot_id.in_(freezes.lots_at_the_bank()),
    )
    held, halted = set(db.session.scalars(frozen)), audit.standing_halt()
    payees = {one.payee_party_id for one in payouts}
    problems = {payee: payout_accounts.problem(payout_accounts.of(payee)) for payee in payees}
    closed = {payee: gates.of_party(payee) for payee in payees}
    looked_at = {id: gates.for_a_look(row) for id, row in withdrawals.standing([one.id for one in payouts]).items()}
    return {
        one.id: _why(
            one.id in held,
            problems[one.payee_party_id],
            closed[one.payee_party_id] or looked_at.get(one.id),
            bool(halted),
        )
        for one in payouts
    }


def _why(held: bool, problem: Any, gate: gates.Gate | None, halted: bool) -> Standing:
    """The first of the reasons that hold."""
    if held:
        return Standing(
            _("The bank of the brand’s card has taken this payment back for now."),
            _(
                "Our staff answer the bank. You need not do anything; it sets off by itself if the bank decides for you."
            ),
            tone="warn",
        )
    if problem:
        return Standing(problem[1], problem[2], set_up=problem[0] not in ("review", "unsupported"), tone="warn")
    if gate:
        return Standing(gate.says, gate.next, set_up=gate.hers, tone="warn", where=gate.where)
    if halted:
        return Standing(
            _("All payouts are paused while we check our books."), _("It sets off by itself afterwards."), tone="warn"
        )
    return Standing(_("It sets off in a moment."), _("You need not do anything."))


def at_banks(payout_ids: Sequence[UUID]) -> AtBanks:
    """Which payouts of Stripe's took each of these on to her bank; none yet where the list is empty."""
    found: AtBanks = {id: [] for id in payout_ids}
    if found:
        rows = db.session.execute(
            sa.select(Transfer.payout_id, BankPayout)
            .join(BankPayout, BankPayout.id == Transfer.bank_payout_id)
            .where(Transfer.payout_id.in_(payout_ids))
        )
        for payout_id, row in rows:
            found[payout_id].append(row)
    return found


def _at_the_bank(rows: Sequence[BankPayout]) -> Standing:
    """Sent to her Stripe account; from there Stripe pays to her bank by itself."""
    states = {row.state for row in rows}
    if BankPayoutState.FAILED in states:
        failed = next(row for row in rows if row.state == BankPayoutState.FAILED)
        return Standing(
            str(bank_payouts.why(failed.failure)),
            _("The money is on your Stripe balance. Stripe sends it again by itself once your bank details are right."),
            set_up=True,
            tone="warn",
        )
    if not rows:
        return Standing(_("It is in your Stripe account."), _("Stripe pays it on to your bank by itself."))
    day = max(row.arrives_on for row in rows)
    if states == {BankPayoutState.PAID}:
        return Standing(_("It is in your bank."), _("It arrived on %(day)s.", day=_day(day)), tone="good")
    return Standing(_("It is on its way to your bank."), _("It arrives by %(day)s.", day=_day(day)))


def _day(value: date) -> str:
    return format_date(value, "medium", locale=str(get_locale() or "en"))
