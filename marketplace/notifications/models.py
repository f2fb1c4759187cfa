"""Tables of what people were told."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db import Base, Id


class Notification(Base):
    """One sentence to one user, with where to go. `mailed_at`: it was in a mail, at once or daily.

    `deadline_id` is the clock of what the sentence asks for, if it asks: once that clock has stopped, whoever did the
    thing and wherever, the line is settled and counts as read (`queries.is_unread`).
    """

    __tablename__ = "notifications"

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"))
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("parties.id"))
    event: Mapped[str]
    sentence: Mapped[str]
    link: Mapped[str]
    deadline_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("deadlines.id"))
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]

    __table_args__ = (
        sa.Index("ix_notifications_user", "user_id", "created_at"),
        sa.Index("ix_notifications_unread", "user_id", postgresql_where=sa.text("read_at IS NULL")),
        sa.Index("ix_notifications_unmailed", "user_id", postgresql_where=sa.text("mailed_at IS NULL")),
    )


class Mail(Base):
    """One message to one address: written with the fact it tells of, sent afterwards by a job.

    `next_attempt_at` is also a lease: a worker moves it on before it speaks to the mail server, so
    that no other sends the same row meanwhile, and a killed one's row is tried again.
    """

    __tablename__ = "mails"

    id: Mapped[Id]
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]

    __table_args__ = (
        sa.Index("ix_mails_created_at", "created_at"),
        sa.Index("ix_mails_due", "next_attempt_at", postgresql_where=sa.text("sent_at IS NULL AND parked_at IS NULL")),
    )


class NotificationSettings(Base):
    """When a user wants her daily digest, and until when she wants no reminders. No row: the defaults."""

    __tablename__ = "notification_settings"

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    digest: Mapped[bool] = mapped_column(default=True)
    digest_hour: Mapped[int] = mapped_column(default=8)
    digested_on: Mapped[date | None]
    away_until: Mapped[date | None]

    __table_args__ = (sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name="hour"),)
