"""Questions about messages, always for one party or person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from marketplace import db
from marketplace.authz import Actor
from marketplace.messaging.models import Message, Thread, ThreadRead


@dataclass(frozen=True)
class ThreadLine:
    """A thread in a list: its newest message and how many the person has not read."""

    thread: Thread
    other_name: str
    last_body: str
    last_at: datetime
    unread: int


def own_thread(actor: Actor, thread_id: UUID) -> Thread | None:
    """A thread the actor's party belongs to."""
    return db.session.scalar(
        sa.select(Thread)
        .options(joinedload(Thread.creator), joinedload(Thread.brand))
        .where(
            Thread.id == thread_id,
            sa.or_(Thread.creator_party_id == actor.party_id, Thread.brand_party_id == actor.party_id),
        )
    )


def of_room(room_id: UUID) -> Thread | None:
    """A room's thread; the caller has checked who asks."""
    return db.session.scalar(sa.select(Thread).where(Thread.room_id == room_id))


def messages(thread: Thread, limit: int = 200) -> list[Message]:
    """The newest messages, oldest first."""
    newest = db.session.scalars(
        sa.select(Message)
        .where(Message.thread_id == thread.id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(limit)
    )
    return list(newest)[::-1]


def unread_in(actor: Actor, room_ids: list[UUID]) -> dict[UUID, int]:
    """Unread messages of the person by room; rooms without any are left out."""
    found = db.session.execute(
        sa.select(Thread.room_id, sa.func.count())
        .join(Message, Message.thread_id == Thread.id)
        .outerjoin(ThreadRead, sa.and_(ThreadRead.thread_id == Thread.id, ThreadRead.user_id == actor.user_id))
        .where(
            Thread.room_id.in_(room_ids),
            Message.author_party_id != actor.party_id,
            sa.or_(ThreadRead.read_at.is_(None), Message.sent_at > ThreadRead.read_at),
        )
        .group_by(Thread.room_id)
    )
    return {row[0]: row[1] for row in found}


def inbox(actor: Actor, limit: int = 50) -> list[ThreadLine]:
    """The party's threads that have a message, newest first."""
    last = (
        sa.select(Message.thread_id, Message.body, Message.sent_at)
        .ext(distinct_on(Message.thread_id))
        .order_by(Message.thread_id, Message.sent_at.desc(), Message.id.desc())
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Thread, last.c.body, last.c.sent_at)
        .join(last, last.c.thread_id == Thread.id)
        .options(joinedload(Thread.creator), joinedload(Thread.brand))
        .where(sa.or_(Thread.creator_party_id == actor.party_id, Thread.brand_party_id == actor.party_id))
        .order_by(last.c.sent_at.desc())
        .limit(limit)
    ).all()
    unread = unread_in(actor, [row.Thread.room_id for row in rows])
    return [
        ThreadLine(
            thread=row.Thread,
            other_name=(row.Thread.brand if actor.party_id == row.Thread.creator_party_id else row.Thread.creator).name,
            last_body=row.body,
            last_at=row.sent_at,
            unread=unread.get(row.Thread.room_id, 0),
        )
        for row in rows
    ]
