"""A second approver: above a limit, one person asks and another one of the same party decides.

`ask()` stands before the act. It lets the act pass below the limit, for the clock, and where the party has nobody
else who may decide (written down as such); else it writes down what was asked for and the act waits. `approve()`
does the act as the second person. Nothing else waits for it: a clock that releases by silence releases as ever, and
what was asked for is then overtaken. After three days without an answer it is back with whoever asked.

Invariant (B15): money that people moved above the limit has an approval by two, or one that says why not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import clock, db, deadlines
from marketplace.accounts import queries as people
from marketplace.accounts.models import Membership, User
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.lifecycle import advance
from marketplace.money import Money
from marketplace.payments.guards import limits
from marketplace.payments.guards.approval_events import ApprovalAsked, ApprovalGiven, ApprovalLapsed, ApprovalRefused
from marketplace.payments.guards.approval_states import APPROVAL, ApprovalState
from marketplace.payments.guards.approval_tables import Approval

DECIDERS = {"brand": ("owner", "finance"), "operator": ("admin", "finance")}  # roles, by the kind of party
NOBODY_ELSE = "nobody else may decide about money"
NOT_ASKED = "it was below the limit when it was approved"

ANSWER = deadlines.kind(
    "payments.second_approver",
    days=3,
    asks="Approve or refuse what a colleague asked for",
    awaits="A colleague’s answer to what you asked for",
    silence="nothing is moved, and it is back with whoever asked.",
)


@dataclass(frozen=True)
class Act:
    """What can be asked for. `says(name, amount, other)` is the request as a sentence, `button` agrees to it; `run`
    does it as the second person."""

    says: Callable[[str, str, str], str]
    button: Callable[[], str]
    run: Callable[[Approval, Actor], Any]


ACTS: dict[str, Act] = {}  # every act is declared beside the verb that does it


@dataclass(frozen=True)
class Wish:
    """An act on `target` that moves `amount`, under the business key `key`. People of `party` decide; `other` gets the
    money or loses it. `before` counts towards the limit: the same was done to `target` already, with nobody asked."""

    act: str
    party: UUID
    target: UUID
    key: str
    amount: Money
    other: UUID | None
    title: str
    details: dict[str, Any] | None = None
    before: Money | None = None

    @property
    def counts(self) -> Money:
        """What is measured against the limit: in several small parts it is no less."""
        return self.amount + self.before if self.before else self.amount


def ask(wish: Wish, *, by: Actor) -> Approval | None:
    """None: go ahead. Else the row that waits for a second person; asked for by another before, this one decides."""
    limit = limits.of(limits.SECOND_APPROVER, wish.amount.currency)
    if by.kind == "clock" or limit is None or wish.counts <= limit:
        return None
    db.hold(f"payments.approval {wish.key}")
    row = latest(wish.key)
    if row is not None and row.state in (ApprovalState.APPROVED, ApprovalState.ALONE):
        return None
    if row is not None and row.state == ApprovalState.ASKED:
        if may_decide(row, by) and row.amount == wish.amount:
            _decide(row, "approve", ApprovalGiven, by)
            return None
        if others(row.party_id, row.asked_by_user_id):
            return row
        _close(row, "go_alone", by)
        row.words = NOBODY_ELSE
        return None
    if others(wish.party, by.user_id):
        return _write(wish, ApprovalState.ASKED, None, by)
    _write(wish, ApprovalState.ALONE, NOBODY_ELSE, by)
    return None


def note_unasked(wish: Wish, *, by: Actor) -> None:
    """Work approved below the limit is released when that has changed meanwhile: written down as such."""
    limit = limits.of(limits.SECOND_APPROVER, wish.amount.currency)
    if limit is not None and wish.amount > limit and not agreed(wish.key, wish.amount):
        _write(wish, ApprovalState.ALONE, NOT_ASKED, by)


def agreed(key: str, amount: Money) -> bool:
    """Did two people agree to this, or one who had nobody to ask?"""
    done = Approval.state.in_([ApprovalState.APPROVED, ApprovalState.ALONE])
    query = sa.select(Approval.id).where(Approval.key == key, done, Approval.amount_minor >= amount.minor)
    return db.session.scalar(query.limit(1)) is not None


def refuse_unless_agreed(key: str, amount: Money) -> None:
    """At the door of the ledger: above the limit nothing is moved that `ask()` did not let pass. Raises ValueError."""
    limit = limits.of(limits.SECOND_APPROVER, amount.currency)
    if limit is not None and amount > limit and not agreed(key, amount):
        raise ValueError(f"{key} moves {amount}, above {limit}, and nobody was asked for a second look.")


def _write(wish: Wish, state: ApprovalState, words: str | None, by: Actor) -> Approval:
    row = Approval(
        id=db.new_id(), key=wish.key, act=wish.act, target_id=wish.target, party_id=wish.party,
        other_party_id=wish.other, title=wish.title, amount_minor=wish.amount.minor, currency=wish.amount.currency,
        details=wish.details or {}, state=state.value, asked_by_user_id=by.user_id, asked_at=clock.now(), words=words,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    if state == ApprovalState.ASKED:
        deadlines.start(ANSWER, owner=row.party_id, subject=("approval", row.id), zone=by.zone, by=by)
        emit(ApprovalAsked(row.id, row.party_id), by=by)
    return row


def operator() -> UUID:
    """Whose people decide about what staff do."""
    settings = people.instance()
    if settings is None:
        raise RuntimeError("The instance has not been set up.")
    return settings.operator_party_id


def approve(row: Approval, *, by: Actor) -> None:
    """Agree, and do it. Raises Refused: 403 for whoever asked or may not decide, 409 when it is decided or cannot be done."""
    _decide(row, "approve", ApprovalGiven, by)
    ACTS[row.act].run(row, by)


def refuse(row: Approval, words: str, *, by: Actor) -> None:
    """Say no, with words that whoever asked reads. Raises Refused as `approve` does, and 422 without words."""
    if not words.strip():
        raise Refused(_("Say why. Your colleague reads it."), status=422, field="words")
    _decide(row, "refuse", ApprovalRefused, by)
    row.words = words.strip()


def _decide(row: Approval, move: str, fact: type, by: Actor) -> None:
    db.lock(row)
    if by.user_id == row.asked_by_user_id:
        raise Refused(_("You asked for it yourself. A second person decides."), status=403)
    if not may_decide(row, by):
        raise Refused(_("Only somebody of the team who may decide about money can answer this."), status=403)
    if APPROVAL.allows(row.state, move):
        row.decided_by_user_id, row.decided_at = by.user_id, clock.now()
    advance(APPROVAL, row, move, by=by, fact=fact(row.id, row.party_id))
    deadlines.meet(ANSWER, ("approval", row.id), by=by)


def may_decide(row: Approval, by: Actor) -> bool:
    """A person of the party, other than who asked, who may decide about money now: looked up, not remembered."""
    if by.user_id is None or by.user_id == row.asked_by_user_id or by.party_id != row.party_id:
        return False
    return any(one.user_id == by.user_id for one in others(row.party_id, row.asked_by_user_id))


def others(party_id: UUID, user_id: UUID | None) -> list[Membership]:
    """Who of a party may decide about money, apart from one person."""
    party = people.party(party_id)
    roles = DECIDERS.get(party.kind, ()) if party else ()
    found = people.members(party_id, roles) if roles else []
    return [one for one in found if one.user_id != user_id and one.user.disabled_at is None]


def lapse(row: Approval) -> None:
    """Nobody answered in time. Decided or overtaken meanwhile, nothing happens."""
    db.lock(row)
    if row.state == ApprovalState.ASKED:
        advance(APPROVAL, row, "lapse", by=CLOCK, fact=ApprovalLapsed(row.id, row.party_id))


def overtake(key: str, *, by: Actor) -> None:
    """It happened without an answer (by silence), or can happen no more: nobody needs to decide."""
    if row := waiting(key):
        _close(row, "overtake", by)


def _close(row: Approval, move: str, by: Actor) -> None:
    advance(APPROVAL, row, move, by=by)
    deadlines.cancel(ANSWER, ("approval", row.id), by=by)


def latest(key: str) -> Approval | None:
    """The newest request under a key."""
    query = sa.select(Approval).where(Approval.key == key).order_by(Approval.id.desc())
    return db.session.scalar(query.limit(1))


def waiting(key: str) -> Approval | None:
    """The request under a key that nobody has decided."""
    row = latest(key)
    return row if row is not None and row.state == ApprovalState.ASKED else None


def own(actor: Actor, approval_id: UUID) -> Approval | None:
    """A request of the actor's party."""
    return db.session.scalar(sa.select(Approval).where(Approval.id == approval_id, Approval.party_id == actor.party_id))


def sentence(row: Approval, language: str) -> str:
    """Who asked for what, as a person reads it in the locale of the moment."""
    user = db.session.get(User, row.asked_by_user_id) if row.asked_by_user_id else None
    other = people.party(row.other_party_id) if row.other_party_id else None
    return ACTS[row.act].says(user.name if user else "", row.amount.format(language), other.name if other else "")
