"""Tables of deliverables, drafts and publications. Drafts and comments are never edited."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.collaborations.models import Deal
from marketplace.content.states import DELIVERABLE
from marketplace.db import Base, Currency, Id, Minor, money
from marketplace.files import StoredFile


class Deliverable(Base):
    """One piece of a deal. `share_minor` of `currency` is its equal part of the deal's pay.

    `rounds` are the review rounds included (None: no limit), `rounds_used` those asked for so far;
    `by_silence` says that the clock approved it, not a person.
    """

    __tablename__ = "deliverables"
    machine = DELIVERABLE

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deals.id"))
    number: Mapped[int]
    platform: Mapped[str]
    format: Mapped[str]
    state: Mapped[str]
    draft_days: Mapped[int]
    rounds: Mapped[int | None]
    rounds_used: Mapped[int] = mapped_column(default=0)
    share_minor: Mapped[Minor]
    currency: Mapped[Currency]
    by_silence: Mapped[bool] = mapped_column(default=False)
    approved_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]

    share = money("share_minor", "currency")
    deal: Mapped[Deal] = relationship(lazy="raise")

    __table_args__ = (
        sa.UniqueConstraint("deal_id", "number"),
        sa.CheckConstraint(
            "state IN ('planned','draft_submitted','changes_requested','approved','published',"
            "'verified','done','dropped')",
            name="state",
        ),
        sa.CheckConstraint("share_minor >= 0", name="share"),
    )


class Submission(Base):
    """A version of a draft. `verdict` is the disclosure check's: colour, reasons, fix."""

    __tablename__ = "submissions"

    id: Mapped[Id]
    deliverable_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deliverables.id"))
    number: Mapped[int]
    caption: Mapped[str]
    link: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    verdict: Mapped[dict[str, Any]]
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    sent_at: Mapped[datetime]

    media: Mapped[list[SubmissionMedia]] = relationship(lazy="raise", order_by="SubmissionMedia.position")
    comments: Mapped[list[Comment]] = relationship(lazy="raise", order_by="(Comment.item, Comment.id)")

    __table_args__ = (sa.UniqueConstraint("deliverable_id", "number"),)


class SubmissionMedia(Base):
    """An image or video of a draft."""

    __tablename__ = "submission_media"

    id: Mapped[Id]
    submission_id: Mapped[UUID] = mapped_column(sa.ForeignKey("submissions.id"), index=True)
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("files.id"))
    position: Mapped[int]
    description: Mapped[str] = mapped_column(default="")

    file: Mapped[StoredFile] = relationship(lazy="raise")


class Comment(Base):
    """What the brand asks to change. `item` names an item of the brief; None means out of scope.

    `spot` says where, in words: a moment of a video, a place in an image. With the item `publication` the brand says
    of a link, the `spot`, why it does not show the post.
    """

    __tablename__ = "review_comments"

    id: Mapped[Id]
    submission_id: Mapped[UUID] = mapped_column(sa.ForeignKey("submissions.id"), index=True)
    item: Mapped[str | None]
    spot: Mapped[str] = mapped_column(default="")
    words: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("users.id"))
    made_at: Mapped[datetime]


class Publication(Base):
    """The proof that a piece is live: link, time, and an uploaded screenshot. One that was refused gives way to the next."""

    __tablename__ = "publications"

    deliverable_id: Mapped[UUID] = mapped_column(sa.ForeignKey("deliverables.id"), primary_key=True)
    link: Mapped[str]
    proof_file_id: Mapped[UUID] = mapped_column(sa.ForeignKey("files.id"))
    posted_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    by_silence: Mapped[bool] = mapped_column(default=False)

    proof: Mapped[StoredFile] = relationship(lazy="raise")
