"""Tables of licences. All three are insert-only but for a licence's end."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.collaborations.models import Deal
from marketplace.content.models import Deliverable
from marketplace.contracts.models import Contract
from marketplace.db import Base, Currency, Id, Minor, money


class Licence(Base):
    """What a signed contract grants. `ended_at` is set when the deal was cancelled."""

    __tablename__ = "licences"

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deals.id"), unique=True)
    contract_id: Mapped[UUID] = mapped_column(sa.ForeignKey("contracts.id"))
    creator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    brand_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    deal: Mapped[Deal] = relationship(lazy="raise")
    contract: Mapped[Contract] = relationship(lazy="raise")
    grants: Mapped[list[Grant]] = relationship(lazy="raise", order_by="Grant.position")


class Grant(Base):
    """One line of a licence. `days` None is for ever; `territory` is `worldwide` or a country code."""

    __tablename__ = "grants"

    id: Mapped[Id]
    licence_id: Mapped[UUID] = mapped_column(sa.ForeignKey("licences.id"))
    position: Mapped[int]
    use: Mapped[str]
    territory: Mapped[str]
    days: Mapped[int | None]
    exclusive: Mapped[bool]
    price_minor: Mapped[Minor]
    currency: Mapped[Currency]

    price = money("price_minor", "currency")
    windows: Mapped[list[Window]] = relationship(lazy="raise", order_by="Window.starts_on")

    __table_args__ = (sa.UniqueConstraint("licence_id", "position"),)

    @property
    def open_windows(self) -> list[Window]:
        """The window that counts of each piece that is published."""
        newest = {window.deliverable_id: window for window in self.windows}
        return [window for window in newest.values() if window.deliverable.published_at]


class Window(Base):
    """A grant on one published piece: first and last day, both inclusive; `ends_on` None for ever.

    The newest of a piece counts: an earlier one began with a link that was not the post.
    """

    __tablename__ = "grant_windows"

    id: Mapped[Id]
    grant_id: Mapped[UUID] = mapped_column(sa.ForeignKey("grants.id"))
    deliverable_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deliverables.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    deliverable: Mapped[Deliverable] = relationship(lazy="raise")

    __table_args__ = (
        sa.UniqueConstraint("grant_id", "deliverable_id", "starts_on"),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="days"),
    )
