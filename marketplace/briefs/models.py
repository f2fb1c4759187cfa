"""Tables of briefs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Party
from marketplace.briefs.states import BRIEF
from marketplace.db import Base, Currency, Id, Minor
from marketplace.terms.models import TermsVersion


class Brief(Base):
    """A brief. `draft` is the body being edited (shape: `parts.py`); once published the binding
    body is the terms version `version_id`, and the columns below mirror it for search only.

    `words` is what full-text search finds besides title and summary (brand, niches, hashtags,
    formats). `fee_minor` is the fixed money one creator gets, in minor units of `currency`; null when the
    brief has none.
    """

    __tablename__ = "briefs"
    machine = BRIEF

    id: Mapped[Id]
    brand_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    state: Mapped[str]
    title: Mapped[str]
    draft: Mapped[dict[str, Any]]
    version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("terms_versions.id"))
    private: Mapped[bool] = mapped_column(default=False)
    summary: Mapped[str] = mapped_column(default="")
    kinds: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    platforms: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    niches: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    countries: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    currency: Mapped[Currency]
    fee_minor: Mapped[Minor | None]
    head_count: Mapped[int] = mapped_column(default=1)
    apply_by: Mapped[date | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        sa.Computed("to_tsvector('simple', title || ' ' || summary || ' ' || words)", persisted=True),
        deferred=True,
    )

    brand: Mapped[Party] = relationship(lazy="raise")
    version: Mapped[TermsVersion | None] = relationship(lazy="raise", viewonly=True)

    @property
    def body(self) -> dict[str, Any]:
        """The body that binds: the published version's, or the draft's while nothing is published."""
        return self.version.body if self.version_id and self.version else self.draft

    @property
    def changed(self) -> bool:
        """Has the draft moved on from what is published?"""
        return bool(self.version_id and self.version and self.version.body != self.draft)

    __table_args__ = (
        sa.CheckConstraint("state IN ('draft','published','paused','closed','archived')", name="state"),
        sa.CheckConstraint("state = 'draft' OR version_id IS NOT NULL", name="version"),
        sa.Index("ix_briefs_search", "search", postgresql_using="gin"),
        sa.Index(
            "ix_briefs_open",
            "published_at",
            "id",
            postgresql_where=sa.text("state = 'published' AND NOT private"),
        ),
    )


class Invite(Base):
    """A creator asked to look at a brief; on a private brief only the invited see it."""

    __tablename__ = "brief_invites"

    id: Mapped[Id]
    brief_id: Mapped[UUID] = mapped_column(sa.ForeignKey("briefs.id"))
    creator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    invited_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("brief_id", "creator_party_id"),)
