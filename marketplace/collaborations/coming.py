"""Deals under way as their creator's earnings show them: what is protected, whose turn it is, by when.

With them what a bank holds of ended deals, and where what a payout paid is shown. Lent to `payments` by `deal_views.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from marketplace import db
from marketplace.authz import CLOCK, Actor
from marketplace.collaborations import queries
from marketplace.collaborations.deals import still_owed
from marketplace.collaborations.models import Deal
from marketplace.collaborations.states import DealState
from marketplace.deadlines import Deadline, DeadlineState
from marketplace.money import Money
from marketplace.payments import fees
from marketplace.payments.books import freezes
from marketplace.payments.models import DirectPayment, Payout
from marketplace.payments.money_out.coming import Coming
from marketplace.payments.paid_directly import direct

UNDER_WAY = (DealState.SIGNING, DealState.FUNDING, DealState.ACTIVE, DealState.PAYING)
STAGE = {DealState.SIGNING: "agreed", DealState.FUNDING: "agreed", DealState.ACTIVE: "protected"}


def of(actor: Actor) -> list[Coming]:
    """What the acting creator's deals may still bring, after the platform's fee. A deal is released whole, at its end.

    Of a deal that ended early it is the earned part that a bank holds: paid by itself if the bank gives it back.
    """
    ended = sa.and_(Deal.state == DealState.CANCELLED, Deal.earned_minor > 0, sa.not_(Deal.paid_directly))
    query = (
        sa.select(Deal)
        .options(joinedload(Deal.brand))
        .where(Deal.creator_party_id == actor.party_id, Deal.protected_minor > 0)
        .where(sa.or_(Deal.state.in_(UNDER_WAY), ended))
        .order_by(Deal.id)
    )
    found = list(db.session.scalars(query))
    if not found:
        return []
    frozen = freezes.frozen([deal.id for deal in found])
    deals = [deal for deal in found if deal.state in UNDER_WAY]
    turns = queries.next_steps(actor, [deal.id for deal in deals])
    outside = [deal.id for deal in deals if deal.paid_directly]
    arrived = direct.arrived(outside) if outside else {}
    rows = [
        _frozen(deal) if deal.id in frozen else _row(deal, turns.get(deal.id), arrived.get(deal.id, 0), actor)
        for deal in deals
    ]
    rows += [_at_the_bank(deal) for deal in found if deal.state == DealState.CANCELLED and deal.id in frozen]
    return [row for row in rows if row.amount]


def _at_the_bank(deal: Deal) -> Coming:
    owed = still_owed(deal)
    why = _("The deal has ended. The bank of the brand’s card holds this part of your pay; it is paid if the bank gives it back.")
    return Coming("held", _title(deal), owed - fees.platform_fee(owed), why, None, _room(deal))


def where_shown(actor: Actor, paid: Payout | DirectPayment) -> str | None:
    """For a reader of a payment: the money in the room of the deal that it pays."""
    found = queries.own_deal(actor, paid.subject_id)
    return _room(found) if found else None


def _row(deal: Deal, turn: Deadline | None, arrived: int, actor: Actor) -> Coming:
    if deal.paid_directly:
        stage, amount = "direct", deal.protected - Money(arrived, deal.currency)
    else:
        stage, amount = STAGE[DealState(deal.state)], deal.protected - fees.platform_fee(deal.protected)
    running = turn is not None and turn.state == DeadlineState.RUNNING
    day = (turn.due_at - timedelta(minutes=1)).astimezone(ZoneInfo(actor.zone)).date() if turn and running else None
    return Coming(stage, _title(deal), amount, _why(deal, stage, turn, actor), day, _room(deal))


def _title(deal: Deal) -> str:
    return _("%(deal)s, %(brand)s", deal=deal.title, brand=deal.brand.name)


def _room(deal: Deal) -> str:
    return url_for("desk.room", deal_id=deal.id, _anchor="money")


def _frozen(deal: Deal) -> Coming:
    why = _(
        "The payment stands still: the card’s bank took it back for now, or a dispute is open. It moves once that is decided."
    )
    return replace(_row(deal, None, 0, CLOCK), stage="held", why=why)


def _why(deal: Deal, stage: str, turn: Deadline | None, actor: Actor) -> str:
    """What stage it is at, and whose turn."""
    says = {
        "agreed": _("The brand pays it in once both have signed; then it is protected."),
        "protected": _("Yours once every piece is approved and published."),
        "direct": _("The brand pays you itself, so it is not protected."),
    }[stage]
    if turn is None:
        return says
    if turn.state == DeadlineState.PAUSED:
        return f"{says} {_('The clocks of this deal are on hold.')}"
    mine = turn.owner_party_id == actor.party_id
    what = _(turn.what.words(mine))
    next_step = (
        _("Your turn: %(what)s.", what=what)
        if mine
        else _("%(brand)s’s turn: %(what)s.", brand=deal.brand.name, what=what)
    )
    return f"{says} {next_step} {_('If nobody moves:')} {_(turn.what.silence)}"
