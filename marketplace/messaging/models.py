"""Tables of threads and messages. Messages are never edited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Party
from marketplace.db import Base, Id


class Thread(Base):
    """What two parties write to each other about one room; `room_id` is opaque here."""

    __tablename__ = "threads"

    id: Mapped[Id]
    room_id: Mapped[UUID] = mapped_column(unique=True)
    title: Mapped[str]
    creator_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    brand_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"), index=True)
    created_at: Mapped[datetime]

    creator: Mapped[Party] = relationship(lazy="raise", foreign_keys=[creator_party_id])
    brand: Mapped[Party] = relationship(lazy="raise", foreign_keys=[brand_party_id])


class Message(Base):
    """One message, as it was sent."""

    __tablename__ = "messages"

    id: Mapped[Id]
    thread_id: Mapped[UUID] = mapped_column(sa.ForeignKey("threads.id"))
    author_party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("parties.id"))
    author_user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    body: Mapped[str]
    sent_at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_messages_thread", "thread_id", "sent_at"),)


class ThreadRead(Base):
    """How far a person has read a thread."""

    __tablename__ = "thread_reads"

    thread_id: Mapped[UUID] = mapped_column(sa.ForeignKey("threads.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    read_at: Mapped[datetime]
