"""Tables of applications and deals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Party
from marketplace.briefs.models import Brief
from marketplace.collaborations.states import APPLICATION, DEAL
from marketplace.db import Base, Currency, Id, Minor, money


class Application(Base):
    """A creator's application to a brief and the negotiation that follows.

    `brief_version_id` is the brief's version she stands on: the one she applied to, until a newer one is
    taken up in the open (`newer_terms`); `kept_against_id` the newer one she said no to.
    `proposal_version_id` is the latest proposal, `proposed_by_party_id` the side that made it.
    `asked_fee_minor` is her own fee while the application is written; sent, it is in the terms.
    """

    __tablename__ = "applications"
    machine = APPLICATION

    id: Mapped[Id]
    brief_id: Mapped[UUID] = mapped_column(sa.ForeignKey("briefs.id"))
    creator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    brand_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    state: Mapped[str]
    pitch: Mapped[str] = mapped_column(default="")
    asked_fee_minor: Mapped[Minor | None]
    brief_version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_versions.id"))
    kept_against_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("terms_versions.id"))
    proposal_version_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("terms_versions.id"))
    proposed_by_party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("parties.id"))
    decline_reason: Mapped[str | None]
    decline_note: Mapped[str | None]
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    brief: Mapped[Brief] = relationship(lazy="raise")
    creator: Mapped[Party] = relationship(lazy="raise", foreign_keys=[creator_party_id])
    brand: Mapped[Party] = relationship(lazy="raise", foreign_keys=[brand_party_id])

    __table_args__ = (
        sa.UniqueConstraint("brief_id", "creator_party_id"),
        sa.CheckConstraint(
            "state IN ('draft','submitted','shortlisted','offered','countered','accepted',"
            "'declined','withdrawn','expired')",
            name="state",
        ),
        sa.Index("ix_applications_brief", "brief_id", "state", "submitted_at"),
    )


class PendingApplication(Base):
    """An application begun signed out, kept by a token in the visitor's cookie until sign-up."""

    __tablename__ = "pending_applications"

    id: Mapped[Id]
    token_digest: Mapped[bytes] = mapped_column(unique=True)
    brief_id: Mapped[UUID] = mapped_column(sa.ForeignKey("briefs.id"))
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Deal(Base):
    """What both sides agreed to do. `version_id` is the terms version in force, `contract_id`
    the signed contract (opaque here).

    All in minor units of `currency`: `protected_minor` is what the brand pays in before work
    starts; `earned_minor` the share of approved pieces; `handed_in_minor` the share of drafts that
    wait for the brand's review. Content writes the last two by calling `service.rung`.

    `paid_directly`: in a brand's own program the same pay never passes through us, so nothing is
    protected; the brand pays the creator itself and records it (`direct_pay`).
    """

    __tablename__ = "deals"
    machine = DEAL

    id: Mapped[Id]
    application_id: Mapped[UUID] = mapped_column(sa.ForeignKey("applications.id"), unique=True)
    brief_id: Mapped[UUID] = mapped_column(sa.ForeignKey("briefs.id"), index=True)
    brand_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    creator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    state: Mapped[str]
    title: Mapped[str]
    version_id: Mapped[UUID] = mapped_column(sa.ForeignKey("terms_versions.id"))
    contract_id: Mapped[UUID | None]
    paid_directly: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    currency: Mapped[Currency]
    protected_minor: Mapped[Minor] = mapped_column(default=0)
    earned_minor: Mapped[Minor] = mapped_column(default=0)
    handed_in_minor: Mapped[Minor] = mapped_column(default=0)
    cancel_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    protected = money("protected_minor", "currency")
    earned = money("earned_minor", "currency")
    handed_in = money("handed_in_minor", "currency")

    creator: Mapped[Party] = relationship(lazy="raise", foreign_keys=[creator_party_id])
    brand: Mapped[Party] = relationship(lazy="raise", foreign_keys=[brand_party_id])

    __table_args__ = (
        sa.CheckConstraint("protected_minor >= 0 AND earned_minor >= 0 AND handed_in_minor >= 0", name="amounts"),
        sa.CheckConstraint("earned_minor + handed_in_minor <= protected_minor", name="shares"),
        sa.CheckConstraint("state IN ('signing','funding','active','paying','completed','cancelled')", name="state"),
    )
