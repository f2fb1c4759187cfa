"""Who is told of what a second person decides, of limits, and of payouts that staff look at. All of it mails at once."""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale, gettext

from marketplace import db, deadlines
from marketplace.accounts import queries as people
from marketplace.accounts.models import User
from marketplace.db import short
from marketplace.money import Money
from marketplace.notifications import tell
from marketplace.notifications.loss_words import MONEY_STAFF
from marketplace.payments.guards import approvals, limits, withdrawals
from marketplace.payments.guards.approval_events import (
    ApprovalAsked,
    ApprovalGiven,
    ApprovalLapsed,
    ApprovalRefused,
    LimitSet,
    PayoutReviewed,
)
from marketplace.payments.models import Approval, MoneyLimit


def asked(fact: ApprovalAsked) -> None:
    """Everybody of the party who may decide, apart from who asked."""
    row = db.session.get_one(Approval, fact.approval_id)
    due = deadlines.live(approvals.ANSWER, ("approval", row.id))
    if due is None:
        return
    for one in approvals.others(row.party_id, row.asked_by_user_id):
        _tell(row, one.user, "payments.approval_asked", due=due.due_at, deadline=due)


def given(fact: ApprovalGiven) -> None:
    """Whoever asked."""
    _tell_the_first(fact, "payments.approval_given")


def refused(fact: ApprovalRefused) -> None:
    """Whoever asked, with the reason."""
    _tell_the_first(fact, "payments.approval_refused")


def lapsed(fact: ApprovalLapsed) -> None:
    """Whoever asked: it is hers again."""
    _tell_the_first(fact, "payments.approval_lapsed")


def _tell_the_first(fact: Any, event: str) -> None:
    row = db.session.get_one(Approval, fact.approval_id)
    first = people.membership(row.asked_by_user_id, row.party_id) if row.asked_by_user_id else None
    if first is None:
        return
    decider = db.session.get(User, row.decided_by_user_id) if row.decided_by_user_id else None
    user = db.session.get_one(User, first.user_id)
    _tell(row, user, event, decider=decider.name if decider else "", why=row.words or "")


def _tell(row: Approval, user: User, event: str, **words: Any) -> None:
    with force_locale(user.language):
        says = approvals.sentence(row, user.language)
    link = f"/approvals/{short(row.id)}"
    words |= {"says": says, "title": row.title}
    tell.user(user, event, link, party_id=row.party_id, urgent=True, amount=row.amount, **words)


NAMES = {
    limits.SECOND_APPROVER: lambda: gettext("From where a second person decides"),
    limits.A_DAY: lambda: gettext("The most one creator is sent within 24 hours"),
    limits.FIRST_DAYS: lambda: gettext("The most a new creator is sent in the first days"),
}


def limit_set(fact: LimitSet) -> None:
    """The other administrators, so that nobody lifts a limit behind their backs."""
    row, settings = db.session.get_one(MoneyLimit, fact.limit_id), people.instance()
    who = db.session.get(User, row.set_by_user_id) if row.set_by_user_id else None
    if settings is None or who is None:
        return
    for one in people.members(settings.operator_party_id, ("admin",)):
        if one.user_id == who.id:
            continue
        language = one.user.language
        with force_locale(language):
            words = {"what": NAMES[row.name](), "before": _shown(fact.before_minor, fact, language)}
            words["after"] = _shown(fact.amount_minor, fact, language)
        tell.user(
            one.user, "payments.limit_set", "/staff/money/limits", party_id=settings.operator_party_id, urgent=True,
            name=who.name, **words,
        )  # fmt: skip


def _shown(minor: int | None, fact: LimitSet, language: str) -> str:
    return gettext("off") if minor is None else Money(minor, fact.currency).format(language)


def payout_reviewed(fact: PayoutReviewed) -> None:
    """Staff who may send it on."""
    settings = people.instance()
    if settings is not None:
        tell.party(
            settings.operator_party_id, "payments.payout_reviewed", f"/staff/payouts/{short(fact.payout_id)}/send",
            roles=MONEY_STAFF, urgent=True, amount=Money(fact.amount_minor, fact.currency),
            **tell.asking(withdrawals.LOOK, ("payout", fact.payout_id)),
        )  # fmt: skip


REACTIONS = {
    ApprovalAsked: (asked,),
    ApprovalGiven: (given,),
    ApprovalRefused: (refused,),
    ApprovalLapsed: (lapsed,),
    LimitSet: (limit_set,),
    PayoutReviewed: (payout_reviewed,),
}
