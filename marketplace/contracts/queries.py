"""Questions about contracts: one's own, and whether a paper holds."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from marketplace import db
from marketplace.authz import Actor
from marketplace.collaborations.models import Deal
from marketplace.contracts import chain
from marketplace.contracts.models import Contract, Signature
from marketplace.files import StoredFile


@dataclass(frozen=True)
class Answer:
    """What a verification found. `contract` is None where nothing is known by that digest.

    `matched` says what the digest is of: `document`, `pdf` or `signed_pdf`.
    """

    digest: str
    contract: Contract | None
    matched: str | None
    problems: list[str]


def own_contract(actor: Actor, deal_id: UUID) -> Contract | None:
    """The contract of one of the actor's deals."""
    return db.session.scalar(
        _whole().where(
            Contract.deal_id == deal_id,
            sa.or_(Deal.creator_party_id == actor.party_id, Deal.brand_party_id == actor.party_id),
        )
    )


def of_deal(deal_id: UUID) -> Contract | None:
    """A deal's contract; the caller has checked who asks."""
    return db.session.scalar(_whole().where(Contract.deal_id == deal_id))


def verify(digest: str) -> Answer:
    """Which contract has this SHA-256 (64 hex digits), and does everything behind it still hold?"""
    digest = digest.strip().lower()
    pdf, signed = sa.orm.aliased(StoredFile), sa.orm.aliased(StoredFile)
    contract = db.session.scalar(
        _whole()
        .outerjoin(pdf, pdf.id == Contract.pdf_file_id)
        .outerjoin(signed, signed.id == Contract.signed_pdf_file_id)
        .where(sa.or_(Contract.sha256 == digest, pdf.sha256 == digest, signed.sha256 == digest))
        .limit(1)
    )
    if contract is None:
        return Answer(digest, None, None, [])
    return Answer(digest, contract, _matched(contract, digest), chain.problems(contract))


def _matched(contract: Contract, digest: str) -> str:
    if contract.sha256 == digest:
        return "document"
    printed = db.session.get(StoredFile, contract.signed_pdf_file_id) if contract.signed_pdf_file_id else None
    return "signed_pdf" if printed and printed.sha256 == digest else "pdf"


def _whole() -> sa.Select[Contract]:
    return (
        sa.select(Contract)
        .join(Deal, Deal.id == Contract.deal_id)
        .options(
            joinedload(Contract.deal).options(joinedload(Deal.creator), joinedload(Deal.brand)),
            selectinload(Contract.signatures).joinedload(Signature.evidence),
        )
        .execution_options(populate_existing=True)
    )
