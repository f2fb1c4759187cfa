"""What contracts do when something happened elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from marketplace import db
from marketplace.authz import CLOCK
from marketplace.collaborations import deals
from marketplace.collaborations.events import Accepted, DealCancelled
from marketplace.collaborations.models import Deal
from marketplace.collaborations.states import DEAL
from marketplace.contracts import printing, service
from marketplace.contracts.clocks import SIGN
from marketplace.contracts.events import ContractSigned
from marketplace.contracts.models import Contract
from marketplace.contracts.states import ContractState
from marketplace.creators import commitments
from marketplace.deadlines import DeadlinePassed


def draw_up(fact: Accepted) -> None:
    """Terms were accepted: write the contract."""
    service.draw_up(db.session.get_one(Deal, fact.deal_id), by=CLOCK)


def print_signed(fact: ContractSigned) -> None:
    """Both signed: keep a copy with the signatures on it."""
    contract = db.lock(db.session.get_one(Contract, fact.contract_id))
    if fact.fully and contract.signed_pdf_file_id is None:
        contract.signed_pdf_file_id = printing.print_contract(contract, service.signatures(contract)).id


def end_unsigned(fact: DeadlinePassed) -> None:
    """A signature did not come in time: the deal ends, free for both."""
    if fact.kind != SIGN.name:
        return
    contract = db.session.get_one(Contract, fact.subject_id)
    deal = db.session.get_one(Deal, contract.deal_id)
    if contract.state == ContractState.OPEN and DEAL.allows(deal.state, "cancel"):
        deals.cancel(deal, gettext("The contract was not signed in time."), by=CLOCK)


def void(fact: DealCancelled) -> None:
    """The deal ended: an unsigned contract binds nobody, and no exclusivity goes on."""
    contract = db.session.scalar(sa.select(Contract).where(Contract.deal_id == fact.deal_id))
    if contract and contract.state == ContractState.OPEN:
        service.void(contract, by=CLOCK)
    commitments.release(fact.deal_id)


REACTIONS = {
    Accepted: (draw_up,),
    ContractSigned: (print_signed,),
    DeadlinePassed: (end_unsigned,),
    DealCancelled: (void,),
}
