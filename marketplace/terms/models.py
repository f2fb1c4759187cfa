"""Tables of the terms tree. Versions and acceptances are insert-only for the app's role."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Id, Json


class TermsDocument(Base):
    """What versions are versions of: a brief, an application's negotiation, a program."""

    __tablename__ = "terms_documents"

    id: Mapped[Id]
    kind: Mapped[str]
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    created_at: Mapped[datetime]


class TermsVersion(Base):
    """One immutable version.

    `kind` says what it is: brief, application, offer, counter_offer, contract, amendment, program.
    `body` is the document; `sha256` the digest of its canonical JSON (RFC 8785) together with the
    parent's digest, language and author, so that the chain cannot be edited in the middle.
    """

    __tablename__ = "terms_versions"

    id: Mapped[Id]
    document_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_documents.id"))
    number: Mapped[int]
    kind: Mapped[str]
    body: Mapped[Json]
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("terms_versions.id"))
    parent_sha256: Mapped[str | None]
    sha256: Mapped[str]
    language: Mapped[str]
    author_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    author_user_id: Mapped[UUID | None]
    created_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("document_id", "number"),)


class Acceptance(Base):
    """A party accepted a version: who, when, how strongly signed in."""

    __tablename__ = "acceptances"

    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_versions.id"))
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    user_id: Mapped[UUID | None]
    strength: Mapped[str | None]
    accepted_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("version_id", "party_id"),)
