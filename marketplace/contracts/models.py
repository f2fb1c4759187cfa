"""Tables of contracts and signatures.

A contract's document, text and digest are sealed by a trigger; signatures are insert-only. Names,
addresses and user agents live in `contract_names` and `signature_evidence`, which can be erased;
the sealed rows hold salted digests of them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.collaborations.models import Deal
from marketplace.contracts.states import CONTRACT
from marketplace.db import Base, Id, Json


class Contract(Base):
    """The document of a deal. `sha256` is the digest of the canonical JSON (RFC 8785) of `document`.

    `method` is `ceremony` (typed name, consent) or `one_tap` (a gift without strings). `pdf_sha256`
    and `signed_pdf_sha256` name the printed copies, without and with the signatures.
    """

    __tablename__ = "contracts"
    machine = CONTRACT

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deals.id"), unique=True)
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_versions.id"))
    state: Mapped[str]
    method: Mapped[str]
    template: Mapped[str]
    language: Mapped[str]
    document: Mapped[Json]
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    pdf_file_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("files.id"))
    signed_pdf_file_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("files.id"))
    drawn_up_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]

    deal: Mapped[Deal] = relationship(lazy="raise")
    signatures: Mapped[list[Signature]] = relationship(lazy="raise", order_by="Signature.signed_at")

    __table_args__ = (
        sa.CheckConstraint("state IN ('open','signed','void')", name="state"),
        sa.CheckConstraint("method IN ('ceremony','one_tap')", name="method"),
    )


class ContractName(Base):
    """A party's name as it stands on a contract; erasable."""

    __tablename__ = "contract_names"

    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contracts.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    salt: Mapped[str]

    __table_args__ = (sa.CheckConstraint("side IN ('creator','brand')", name="side"),)


class Signature(Base):
    """One side's signature. `sha256` covers every column below it and the signature before.

    `scrolled` is None where no script ran; `evidence_sha256` the salted digest of the typed name,
    address and user agent.
    """

    __tablename__ = "signatures"

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    side: Mapped[str]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    user_id: Mapped[UUID | None]
    consent: Mapped[str]
    strength: Mapped[str | None]
    scrolled: Mapped[bool | None]
    document_sha256: Mapped[str]
    evidence_sha256: Mapped[str]
    signed_at: Mapped[datetime]
    previous_sha256: Mapped[str | None]
    sha256: Mapped[str]

    evidence: Mapped[SignatureEvidence | None] = relationship(lazy="raise")

    __table_args__ = (
        sa.UniqueConstraint("contract_id", "side"),
        sa.CheckConstraint("side IN ('creator','brand')", name="side"),
    )


class SignatureEvidence(Base):
    """What identifies the signer; erasable."""

    __tablename__ = "signature_evidence"

    signature_id: Mapped[UUID] = mapped_column(sa.ForeignKey("signatures.id"), primary_key=True)
    typed_name: Mapped[str]
    address: Mapped[str]
    user_agent: Mapped[str]
    salt: Mapped[str]
