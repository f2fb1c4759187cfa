"""How long protected money is held: a clock that nothing pauses, neither a dispute nor a holiday.

Counted from the moment Stripe took the charge, for as long as anything of its lot is left. At the warning both
sides and staff are told; then staff must rule; before the limit whoever owns the subject resolves it by
its contract's ladder (`HoldExpired`), and what is left a day later goes back to the payer by itself.
The days are dated rows of `rules`, by the platform's country. What a payer's bank holds is not held by us.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db, deadlines
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.authz import CLOCK, Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.money import Money
from marketplace.payments.books import chart, freezes, ledger
from marketplace.payments.events import HoldDue, HoldExpired, HoldWarned
from marketplace.payments.models import Funding, HoldNotice, Journal, Lot, LotDraw
from marketplace.payments.money_in import lots, refunds
from marketplace.rules import queries as rules

log = structlog.get_logger()
RULE = deadlines.kind(
    "payments.rule_on_held_money",
    days=20,
    asks="Rule on money held for long",
    silence="the contract’s ladder splits it by itself, and what is left goes back to the payer.",
)


@dataclass(frozen=True)
class Held:
    """A lot with what is left of it, since when Stripe has it, and the days that count for it."""

    lot: Lot
    since: datetime
    left: Money
    payer: UUID
    title: str
    purpose: str
    days: int
    limits: dict[str, int]

    @property
    def until(self) -> datetime:
        """When it is resolved by itself."""
        return self.since + timedelta(days=self.limits["resolve_days"])


def held(at_least_days: int | None = None) -> list[Held]:
    """Lots that still hold money and have reached the warning (or `at_least_days`), oldest first."""
    limits = _limits()
    days = limits["warn_days"] if at_least_days is None else at_least_days
    drawn = sa.select(sa.func.coalesce(sa.func.sum(LotDraw.amount_minor), 0)).where(LotDraw.lot_id == Lot.id)
    left = Lot.amount_minor - drawn.scalar_subquery()
    rows = db.session.execute(
        sa.select(
            Lot, Journal.occurred_at, left.label("left"), Funding.payer_party_id, Funding.description, Funding.purpose
        )
        .join(Funding, Funding.id == Lot.funding_id)
        .join(Journal, Journal.id == Lot.journal_id)
        .where(Journal.occurred_at <= clock.now() - timedelta(days=days), left > 0)
        .order_by(Journal.occurred_at, Lot.id)
        .limit(500)
    )
    return [
        Held(
            row.Lot, row.occurred_at, Money(int(row.left), row.Lot.currency), row.payer_party_id, row.description,
            row.purpose, (clock.now() - row.occurred_at).days, limits,
        )
        for row in rows
    ]  # fmt: skip


def _limits() -> dict[str, int]:
    instance = people.instance()
    country = instance.country if instance else "US"
    return rules.holding(country, clock.now().date())


def watch() -> int:
    """Take every step that is due on every lot; each once. Returns how many were taken. One that fails does not stop the rest."""
    taken = 0
    for one in held():
        for step, days in (("warned", "warn_days"), ("due", "rule_days"), ("expired", "resolve_days")):
            if one.days >= one.limits[days] and _note(one.lot.id, step):
                _step(one, step)
                taken += 1
        if one.days > one.limits["resolve_days"]:
            taken += _last_step(one)
    return taken


def _note(lot_id: UUID, step: str) -> bool:
    row = {"lot_id": lot_id, "step": step, "at": clock.now()}
    statement = insert(HoldNotice).values(row).on_conflict_do_nothing().returning(HoldNotice.lot_id)
    return db.session.scalar(statement) is not None


def _step(one: Held, step: str) -> None:
    """Told for each subject that has a share of the lot."""
    for subject, left in lots.holders(one.lot):
        told = (one.lot.id, subject, one.payer, left.minor, left.currency)
        if step == "expired":
            emit(HoldExpired(*told), by=CLOCK)
        else:
            emit((HoldWarned if step == "warned" else HoldDue)(*told, one.until), by=CLOCK)
    if step == "warned":
        _start_clock(one)


def _start_clock(one: Held) -> None:
    """In the staff's queue. It stands in no room, so that pausing a deal's clocks cannot reach it."""
    settings = people.instance()
    if settings is None:
        return
    operator = db.session.get_one(Party, settings.operator_party_id)
    row = deadlines.start(RULE, owner=operator.id, subject=("lot", one.lot.id), zone=operator.zone, by=CLOCK)
    row.due_at = one.since + timedelta(days=one.limits["rule_days"])


def _last_step(one: Held) -> int:
    """Its owner had a day to resolve it: what is left goes back."""
    try:
        with db.session.begin_nested():
            give_back(one.lot, by=CLOCK)
    except Refused as refusal:
        log.error("held_too_long", lot=str(one.lot.id), why=refusal.sentence)
        return 0
    return 1


def resolve(lot: Lot, *, by: Actor) -> None:
    """Staff do not wait: the subject's owner resolves it by its contract's ladder now."""
    one = next((row for row in held(0) if row.lot.id == lot.id), None)
    if one is None:
        raise Refused(_("Nothing of this payment is held any more."))
    if not _note(lot.id, "expired"):
        raise Refused(_("This is being resolved already."))
    _step(one, "expired")
    deadlines.meet(RULE, ("lot", lot.id), by=by)


def is_over(subject: UUID, currency: str) -> bool:
    """Does a subject hold some of a lot whose time is over? Then its money goes back to the payer, not on to another subject."""
    ids = [lot.id for lot, _left in lots.remaining(subject, currency)]
    notice = sa.select(HoldNotice.lot_id).where(HoldNotice.lot_id.in_(ids), HoldNotice.step == "expired")
    return db.session.scalar(notice.limit(1)) is not None


def give_back(lot: Lot, *, by: Actor) -> None:
    """What is left of a lot goes back to its payer, whoever it was meant for. Raises `Refused` when nothing is left."""
    shares = lots.holders(lot)
    if not shares:
        raise Refused(_("Nothing of this payment is held any more."))
    reason = _("held for as long as the rules allow")
    for subject, left in shares:
        free = min(left, ledger.available(chart.protected(subject), left.currency))
        if free:
            freezes.lift_all(subject, "dispute", by=by)
            key = f"held:{lot.id}:{subject}:{left.minor}"
            refunds.of_lot(lot, subject, free, reason=reason, key=key, by=by)
    _note(lot.id, "returned")
    deadlines.meet(RULE, ("lot", lot.id), by=by)


def lot(actor: Actor, lot_id: UUID) -> Lot | None:
    """A lot, for staff; for others there is none."""
    return db.session.get(Lot, lot_id) if actor.is_a("operator") else None
