"""Where a payout is, why it waits, and what its payee does next: always a reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace import db
from marketplace.payments import audit, bank_payouts, freezes, payout_accounts
from marketplace.payments.models import BankPayout, Payout, Transfer
from marketplace.payments.states import BankPayoutState, PayoutState, TransferState


@dataclass(frozen=True)
class Standing:
    """`says` where it is; `next` what happens, or what she does; `set_up` whether her payout page is where she does it."""

    says: str
    next: str
    set_up: bool = False
    tone: str = "plain"


def standing(payout: Payout) -> Standing:
    """Where a payout stands now."""
    if payout.state == PayoutState.STUCK:
        return Standing(
            _("It has stopped, and our staff look at it."),
            _("You need not do anything; the money is here."),
            tone="warn",
        )
    if payout.state == PayoutState.WITHDRAWN:
        return Standing(_("It was taken back before it was sent."), _("The reason is below."))
    if payout.state == PayoutState.PAID:
        return _at_the_bank(payout)
    if payout.state == PayoutState.WAITING:
        return _waits(payout)
    return Standing(_("It is on its way to your Stripe account."), _("That takes a moment."))


def _waits(payout: Payout) -> Standing:
    frozen = sa.select(Transfer.id).where(
        Transfer.payout_id == payout.id,
        Transfer.state == TransferState.READY,
        Transfer.lot_id.in_(freezes.lots_at_the_bank()),
    )
    if db.session.scalar(frozen.limit(1)) is not None:
        return Standing(
            _("The bank of the brand’s card has taken this payment back for now."),
            _(
                "Our staff answer the bank. You need not do anything; it sets off by itself if the bank decides for you."
            ),
            tone="warn",
        )
    if problem := payout_accounts.problem(payout_accounts.of(payout.payee_party_id)):
        return Standing(problem[1], problem[2], set_up=problem[0] not in ("review", "unsupported"), tone="warn")
    if audit.standing_halt():
        return Standing(
            _("All payouts are paused while we check our books."), _("It sets off by itself afterwards."), tone="warn"
        )
    return Standing(_("It sets off in a moment."), _("You need not do anything."))


def _at_the_bank(payout: Payout) -> Standing:
    """Sent to her Stripe account; from there Stripe pays to her bank by itself."""
    ids = sa.select(Transfer.bank_payout_id).where(Transfer.payout_id == payout.id)
    rows = db.session.scalars(sa.select(BankPayout).where(BankPayout.id.in_(ids))).all()
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
    if states == {BankPayoutState.PAID}:
        day = max(row.arrives_on for row in rows)
        return Standing(_("It is in your bank."), _("It arrived on %(day)s.", day=_day(day)), tone="good")
    day = max(row.arrives_on for row in rows)
    return Standing(_("It is on its way to your bank."), _("It arrives by %(day)s.", day=_day(day)))


def _day(value: date) -> str:
    return format_date(value, "medium", locale=str(get_locale() or "en"))
