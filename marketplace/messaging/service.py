"""Verbs on messages."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.dialects.postgresql import insert

from marketplace import clock, db
from marketplace.authz import Actor
from marketplace.errors import Refused
from marketplace.events import emit
from marketplace.messaging import first_contact
from marketplace.messaging.events import MessageSent
from marketplace.messaging.models import Message, Thread, ThreadRead

LONGEST = 4000  # characters


def open_thread(room_id: UUID, *, creator_party_id: UUID, brand_party_id: UUID, title: str) -> Thread:
    """The thread of a room; opened once, found again afterwards."""
    found = db.session.scalar(sa.select(Thread).where(Thread.room_id == room_id))
    if found:
        return found
    row = Thread(
        id=db.new_id(),
        room_id=room_id,
        title=title,
        creator_party_id=creator_party_id,
        brand_party_id=brand_party_id,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def send(thread: Thread, body: str, *, once: str | None = None, by: Actor) -> Message:
    """Write to the other side. The same words with the same `once` again find the message that is there.

    Raises Refused (422) for an empty, too long or unsafe first message.
    """
    body = body.strip()
    if not body:
        raise Refused(gettext("Write something first."), status=422, field="body")
    if len(body) > LONGEST:
        raise Refused(gettext("A message holds %(n)s characters at most.", n=LONGEST), status=422, field="body")
    _check_first(thread, body, by=by)
    id = db.id_from(thread.id, by.party_id, by.user_id, once, body) if once else db.new_id()
    message = insert(Message).values(
        id=id,
        thread_id=thread.id,
        author_party_id=by.party_id,
        author_user_id=by.user_id,
        body=body,
        sent_at=clock.now(),
    )
    fresh = db.session.scalar(message.on_conflict_do_nothing().returning(Message.id))
    row = db.session.get_one(Message, id)
    if fresh is None:
        return row
    to = thread.brand_party_id if by.party_id == thread.creator_party_id else thread.creator_party_id
    emit(MessageSent(row.id, thread.id, thread.room_id, row.author_party_id, to), by=by)
    mark_read(thread, by=by)
    return row


def mark_read(thread: Thread, *, by: Actor) -> None:
    """The person has seen everything written so far."""
    if by.user_id is None:
        return
    statement = insert(ThreadRead).values(thread_id=thread.id, user_id=by.user_id, read_at=clock.now())
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["thread_id", "user_id"], set_={"read_at": statement.excluded.read_at}
        )
    )


def _check_first(thread: Thread, body: str, *, by: Actor) -> None:
    """A side's messages are first contact until the other side has written back."""
    answered = db.session.scalar(
        sa.select(Message.id).where(Message.thread_id == thread.id, Message.author_party_id != by.party_id).limit(1)
    )
    refusal = None if answered else first_contact.problem(body)
    if refusal:
        raise Refused(refusal, status=422, field="body")
