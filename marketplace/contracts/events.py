"""Facts about contracts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from marketplace.events import event


@event("contracts.drawn_up", subject="contract_id", room="deal_id")
@dataclass(frozen=True)
class ContractDrawnUp:
    """The document exists and waits for both signatures."""

    contract_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID


@event("contracts.signed", subject="contract_id", room="deal_id")
@dataclass(frozen=True)
class ContractSigned:
    """A side signed; `fully` when it was the second one."""

    contract_id: UUID
    deal_id: UUID
    creator_party_id: UUID
    brand_party_id: UUID
    side: str
    fully: bool


@event("contracts.voided", subject="contract_id", room="deal_id")
@dataclass(frozen=True)
class ContractVoided:
    """Not signed in time, or the deal ended first."""

    contract_id: UUID
    deal_id: UUID
