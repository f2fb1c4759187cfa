"""What staff do with other people's money: each act above the limit waits for a second person of the staff."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from marketplace import db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.money import Money
from marketplace.payments import queries
from marketplace.payments.guards import approvals
from marketplace.payments.guards.approval_tables import Approval
from marketplace.payments.guards.approvals import Act, Wish
from marketplace.payments.losses import hold_age, recovery
from marketplace.payments.models import Funding, Lot, Payout
from marketplace.payments.money_in import lots


def take_back(payout: Payout, amount: Money, *, reason: str, key: str, by: Actor) -> Approval | None:
    """Take `amount` of a payout back, or ask a second person for it. Raises `Refused` as `recovery.take_back` does."""
    taken = recovery.of_payout(payout.id)
    if all(one.request_key != key for one in taken):
        recovery.refuse_unless_possible(payout, amount, reason)
    unasked = [
        one.amount + one.fee
        for one in taken
        if one.request_key != key and not approvals.agreed(one.request_key, one.amount)
    ]
    title = queries.titles({payout.subject_id}).get(payout.subject_id, "")
    wish = Wish(
        "take_back", approvals.operator(), payout.id, key, amount, payout.payee_party_id, title,
        {"reason": reason.strip()}, sum(unasked, Money.zero(payout.currency)),
    )  # fmt: skip
    waits = approvals.ask(wish, by=by)
    if waits is None:
        recovery.take_back(payout, amount, reason=reason, key=key, by=by)
    return waits


def give_back(lot: Lot, *, by: Actor) -> Approval | None:
    """Give what is held of a charge back to its payer, or ask a second person. Raises `Refused` when nothing is left."""
    waits = approvals.ask(_of_lot("give_back", lot), by=by)
    if waits is None:
        hold_age.give_back(lot, by=by)
    return waits


def resolve(lot: Lot, *, by: Actor) -> Approval | None:
    """Let the contract's ladder split what is held of a charge, or ask a second person. Raises `Refused` when nothing is."""
    waits = approvals.ask(_of_lot("resolve", lot), by=by)
    if waits is None:
        hold_age.resolve(lot, by=by)
    return waits


def _of_lot(act: str, lot: Lot) -> Wish:
    left = sum((part for _subject, part in lots.holders(lot)), Money.zero(lot.currency))
    if not left:
        raise Refused(_("Nothing of this payment is held any more."))
    payment = db.session.get_one(Funding, lot.funding_id)
    key = f"{act}:{lot.id}:{left.minor}"
    return Wish(act, approvals.operator(), lot.id, key, left, payment.payer_party_id, payment.description)


def _run_take_back(row: Approval, by: Actor) -> Any:
    payout = db.session.get_one(Payout, row.target_id)
    return recovery.take_back(payout, row.amount, reason=row.details["reason"], key=row.key, by=by)


def _lot(row: Approval) -> Lot:
    """The charge, with what was asked for still in it. Raises Refused when it is less or more by now."""
    lot = db.session.get_one(Lot, row.target_id)
    if _of_lot(row.act, lot).key != row.key:
        raise Refused(_("What is held of this payment has changed meanwhile. Refuse this, and ask anew."))
    return lot


approvals.ACTS["take_back"] = Act(
    lambda name, amount, other: _(
        "%(name)s asked to take %(amount)s back from %(other)s.", name=name, amount=amount, other=other
    ),
    lambda: _("Approve and take it back"),
    _run_take_back,
)
approvals.ACTS["give_back"] = Act(
    lambda name, amount, other: _(
        "%(name)s asked to give %(amount)s back to %(other)s.", name=name, amount=amount, other=other
    ),
    lambda: _("Approve and give it back"),
    lambda row, by: hold_age.give_back(_lot(row), by=by),
)
approvals.ACTS["resolve"] = Act(
    lambda name, amount, other: _(
        "%(name)s asked to let the contract split %(amount)s that %(other)s paid.",
        name=name, amount=amount, other=other,
    ),
    lambda: _("Approve and split it"),
    lambda row, by: hold_age.resolve(_lot(row), by=by),
)  # fmt: skip
