"""The inbox and a thread on a page of its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect

from marketplace import web
from marketplace.authz import current_actor, requires, signed_in
from marketplace.errors import Refused
from marketplace.messaging import policy, queries, service
from marketplace.messaging.forms import MessageForm
from marketplace.messaging.models import Thread

blueprint = Blueprint("messaging", __name__)


@blueprint.get("/messages")
@requires(signed_in)
def inbox() -> Any:
    """Every conversation, newest first."""
    return web.page("messaging/inbox.html", lines=queries.inbox(current_actor()))


@blueprint.get("/messages/<id:thread_id>")
@requires(policy.may_read, load=queries.own_thread)
def thread(thread: Thread) -> Any:
    """One conversation. Looking at it is reading it."""
    context = _context(thread, MessageForm(formdata=None))
    service.mark_read(thread, by=current_actor())
    return web.page("messaging/thread.html", **context)


@blueprint.post("/messages/<id:thread_id>")
@requires(policy.may_write, load=queries.own_thread, typed=True)
def send(thread: Thread) -> Any:
    """Write; on refusal the words stay in the box."""
    form = MessageForm()
    if form.validate():
        try:
            service.send(thread, form.body.data, once=form.once.data, by=current_actor())
            target = web.safe_next(form.next.data)
            return redirect(target, code=303) if target else web.back_to("messaging.thread", thread_id=thread.id)
        except Refused as refusal:
            form.refuse(refusal)
    return web.form_page("messaging/thread.html", **_context(thread, form))


def _context(thread: Thread, form: MessageForm) -> dict[str, Any]:
    actor = current_actor()
    other = thread.brand if actor.party_id == thread.creator_party_id else thread.creator
    return {
        "thread": thread,
        "form": form,
        "other": other,
        "messages": queries.messages(thread),
        "unread_here": queries.unread_in(actor, [thread.room_id]).get(thread.room_id, 0),
    }
