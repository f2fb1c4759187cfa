"""What keeps a payout here although Stripe would take it: each gate with its reason and its next step, in words.

`payouts` asks before it sends, `waiting` before it explains; both see the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext as _

from marketplace import web
from marketplace.payments.guards import holds_after_change, limits, withdrawals
from marketplace.payments.models import Payout, PayoutReview
from marketplace.payments.tax import tax_forms, tax_words


@dataclass(frozen=True)
class Gate:
    """`says` why it waits, `next` what happens or what she does; `hers` when she has to do it, on the page `where`."""

    says: str
    next: str
    hers: bool = False
    where: str = "payments.show_set_up"


def before(payout: Payout) -> Gate | None:
    """The first gate that is closed for a payout, or None when it may leave."""
    reviewed = withdrawals.standing([payout.id]).get(payout.id)
    return of_party(payout.payee_party_id) or (for_a_look(reviewed) if reviewed else None)


def for_a_look(row: PayoutReview) -> Gate:
    """It is above a limit: staff look at it first."""
    due = withdrawals.looked_at_by(row.payout_id)
    says = _("It is more than is sent to one creator within 24 hours, so a person looks at it first.")
    if row.why == limits.FIRST_DAYS:
        says = _("It is more than is sent to a new creator within the first days, so a person looks at it first.")
    return Gate(
        says,
        _(
            "Our staff look at it by %(until)s and send it. You need not do anything; the money is yours.",
            until=web.moment(due),
        )
        if due
        else _("Our staff look at it and send it. You need not do anything; the money is yours."),
    )


def of_party(party_id: UUID) -> Gate | None:
    """What is in the way of everything a party is paid."""
    return tax_form(party_id) or after_change(party_id)


def tax_form(party_id: UUID) -> Gate | None:
    """No valid, unexpired tax form for the jurisdiction (law.md, Tax)."""
    problem = tax_forms.problem(party_id)
    if problem is None:
        return None
    what = tax_words.NAMES[tax_forms.asked(party_id)[0]]
    says = {
        "missing": _("%(form)s is not signed yet.", form=what),
        "expired": _("Your tax form has ended."),
        "other": _("Where you live now another tax form is needed: %(form)s.", form=what),
    }
    now = _("Sign it; it takes two minutes. What waits for it sets off by itself then.")
    return Gate(says[problem], now, hers=True, where="payments.tax_form")


def after_change(party_id: UUID) -> Gate | None:
    """The 72 hours after a change, or a change that she disowned."""
    hold = holds_after_change.standing(party_id)
    if hold is None:
        return None
    if hold.until is None:
        return Gate(
            _("The bank account at Stripe was changed, and you said that it was not you."),
            _("Set your payout account up anew. Until then nothing is sent; the money is yours and stays here."),
            hers=True,
        )
    account, email = _("Your bank account was changed."), _("The e-mail of your account was changed.")
    changed = account if hold.why == "account" else email
    return Gate(
        changed,
        _(
            "For your protection payouts wait until %(until)s, then they set off by themselves. Was it not you? The"
            " mail about it undoes it.",
            until=web.moment(hold.until),
        ),
    )
