"""A payee's payments, a page at a time, and her totals by where they are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts import queries as people
from marketplace.accounts.models import Party
from marketplace.money import Money
from marketplace.payments import queries
from marketplace.payments.models import Funding, Lot, Payout, Recovery, Transfer
from marketplace.payments.money_out import steps
from marketplace.payments.period import titled
from marketplace.payments.states import PayoutState

PAGE = 25  # payments of a list
STATES = {
    "paid": PayoutState.PAID,
    "on_its_way": PayoutState.SENDING,
    "waits": PayoutState.WAITING,
    "stopped": PayoutState.STUCK,
}

TAKEN = (Recovery.state.in_(["done", "owed"]),)  # what was taken back, not what is being asked for


def totals(party_id: UUID) -> dict[str, Money]:
    """By where the money is, and what was taken back."""
    currency = queries.currency()
    found, zero = queries.by_state(party_id), Money.zero(currency)
    back = sa.select(sa.func.coalesce(sa.func.sum(Recovery.amount_minor), 0)).where(
        Recovery.payee_party_id == party_id, Recovery.currency == currency, *TAKEN
    )
    sums = {name: found.get(state, zero) for name, state in STATES.items()}
    return sums | {"taken_back": Money(int(db.session.scalar(back) or 0), currency)}


def page(party_id: UUID, zone: str, number: int = 1, where: str | None = None) -> dict[str, Any]:
    """Payments (those in one state, if `where` names it), newest first, each with its way."""
    mine = [Payout.payee_party_id == party_id]
    if where in STATES:
        mine.append(Payout.state == STATES[where])
    elif where == "taken_back":
        mine.append(Payout.id.in_(sa.select(Recovery.payout_id).where(Recovery.payee_party_id == party_id, *TAKEN)))
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Payout).where(*mine)) or 0
    rows = db.session.scalars(
        sa.select(Payout).where(*mine).order_by(Payout.id.desc()).limit(PAGE).offset((number - 1) * PAGE)
    ).all()
    titles = queries.titles({row.subject_id for row in rows})
    return {
        "payouts": rows,
        "ways": steps.of(rows, zone),
        "titles": {row.id: titled(titles.get(row.subject_id), row.evidence.get("month")) for row in rows},
        "page": number,
        "pages": max(1, -(-count // PAGE)),
        "where": where if where in (*STATES, "taken_back") else None,
    }


def payers_of(payout: Payout) -> list[Party]:
    """Whose money a payout is made of."""
    ids = (
        sa.select(Funding.payer_party_id)
        .join(Lot, Lot.funding_id == Funding.id)
        .join(Transfer, Transfer.lot_id == Lot.id)
        .where(Transfer.payout_id == payout.id)
    )
    return people.parties(set(db.session.scalars(ids)))
