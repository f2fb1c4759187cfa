"""Reading payments, always for a party."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from marketplace import db
from marketplace.accounts.policy import is_staff
from marketplace.authz import Actor
from marketplace.payments.models import Funding, Payout


def own_funding(actor: Actor, funding_id: UUID) -> Funding | None:
    """A payment of the actor's party."""
    statement = sa.select(Funding).where(Funding.id == funding_id, Funding.payer_party_id == actor.party_id)
    return db.session.scalar(statement)


def visible_payout(actor: Actor, payout_id: UUID) -> Payout | None:
    """A payout to the actor's party, or any for staff."""
    statement = sa.select(Payout).where(Payout.id == payout_id)
    if not is_staff(actor):
        statement = statement.where(Payout.payee_party_id == actor.party_id)
    return db.session.scalar(statement)
