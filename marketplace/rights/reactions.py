"""Rights follow the signatures and the publications."""

from __future__ import annotations

import sqlalchemy as sa

from marketplace import db
from marketplace.collaborations.events import DealCancelled
from marketplace.collaborations.models import Deal
from marketplace.content.events import Published
from marketplace.content.models import Deliverable
from marketplace.contracts.events import ContractSigned
from marketplace.contracts.models import Contract
from marketplace.rights import service


def grant(fact: ContractSigned) -> None:
    """Both signed: the licence exists."""
    if fact.fully:
        service.grant(db.session.get_one(Contract, fact.contract_id))


def open_windows(fact: Published) -> None:
    """A piece is live: its windows open."""
    contract = db.session.scalars(sa.select(Contract).where(Contract.deal_id == fact.deal_id)).one()
    service.grant(contract)
    service.open_windows(db.session.get_one(Deliverable, fact.deliverable_id))


def end(fact: DealCancelled) -> None:
    """The deal ended early."""
    service.end(db.session.get_one(Deal, fact.deal_id))


REACTIONS = {ContractSigned: (grant,), Published: (open_windows,), DealCancelled: (end,)}
