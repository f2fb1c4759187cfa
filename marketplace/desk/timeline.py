"""A room's timeline: facts in the words of whoever reads them.

One table from a fact's name to its sentence and icon; a fact without a line (a clock reminding, a
plain audit entry) is not shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask_babel import gettext as _

from marketplace import db
from marketplace.authz import Actor
from marketplace.collaborations.states import DECLINE_REASONS
from marketplace.deadlines import KINDS
from marketplace.events import Event

SHOWN = 60
Says = Callable[[dict[str, Any]], str]

DIRECT_ANSWERS = {
    "arrived": "The payment has arrived",
    "missing": "Says that the payment has not arrived",
    "counted": "The payment counts as arrived",
    "withdrawn": "Took the record of a payment back",
}
# What follows from somebody's deed by itself: whose deed it was stands in the line before.
FOLLOWS = {"contracts.drawn_up", "collaborations.funding_due", "collaborations.deal_active"}
LINES: dict[str, tuple[str, str, Says]] = {
    "collaborations.applied": ("send", "plain", lambda d: _("Applied")),
    "collaborations.shortlisted": ("bookmark", "plain", lambda d: _("Put on the shortlist")),
    "collaborations.new_terms_accepted": ("check", "good", lambda d: _("Accepted the brief’s new terms")),
    "collaborations.old_terms_kept": ("file-text", "plain", lambda d: _("Kept the terms of the application")),
    "collaborations.offered": ("file-text", "plain", lambda d: _("Offered terms")),
    "collaborations.countered": ("switch-horizontal", "plain", lambda d: _("Proposed other terms")),
    "collaborations.declined": (
        "x", "bad", lambda d: _("Declined: %(reason)s", reason=_(DECLINE_REASONS.get(d["reason"], ""))),
    ),
    "collaborations.withdrawn": ("arrow-back-up", "plain", lambda d: _("Withdrew the application")),
    "collaborations.expired": ("clock", "warn", lambda d: _("The application expired unanswered")),
    "collaborations.accepted": ("check", "good", lambda d: _("Accepted the terms")),
    "contracts.drawn_up": ("file-text", "plain", lambda d: _("The contract was drawn up")),
    "contracts.signed": ("signature", "good", lambda d: _("Signed the contract")),
    "contracts.voided": ("ban", "warn", lambda d: _("The contract ended unsigned")),
    "collaborations.funding_due": ("wallet", "plain", lambda d: _("Signed by both; the brand’s payment is due")),
    "payments.funded": ("shield-check", "good", lambda d: _("The protected payment landed")),
    "collaborations.pay_due": (
        "wallet", "plain",
        lambda d: _("The payment is late; the brand is asked again") if d["late"] else _("The brand’s payment is due"),
    ),
    "payments.direct_payment_recorded": ("wallet", "plain", lambda d: _("Recorded a payment made directly")),
    "payments.direct_payment_answered": ("wallet", "plain", lambda d: _(DIRECT_ANSWERS[d["word"]])),
    "payments.freeze_began": ("lock", "warn", lambda d: _("The payment was frozen; the clocks stand still")),
    "payments.freeze_lifted": ("lock-open", "good", lambda d: _("The payment moves again; the clocks count on")),
    "payments.protected_lost": ("circle-x", "bad", lambda d: _("The bank gave the payment back to the card’s holder")),
    "payments.refunded": ("arrow-back-up", "plain", lambda d: _("Money went back to the brand")),
    "payments.refund_came_back": ("alert-circle", "warn", lambda d: _("The brand’s bank sent a refund back")),
    "payments.refund_paid_otherwise": ("check", "good", lambda d: _("A refund that came back was paid another way")),
    "payments.taken_back": ("gavel", "warn", lambda d: _("Released pay was taken back: %(why)s", why=d["reason"])),
    "payments.hold_warned": ("clock", "warn", lambda d: _("The payment has been held for long; it must be settled soon")),
    "payments.funding_pending": ("clock", "plain", lambda d: _("The bank was asked for the payment")),
    "payments.funding_failed": ("alert-circle", "bad", lambda d: _("The payment did not go through")),
    "payments.allocated": (
        "shield-check", "good", lambda d: _("The pay was set aside out of the brief’s protected budget"),
    ),
    "collaborations.deal_active": ("player-play", "good", lambda d: _("Work begins")),
    "content.draft_submitted": (
        "upload", "plain", lambda d: _("Sent draft %(v)s of piece %(n)s", v=d["version"], n=d["number"]),
    ),
    "content.draft_sent_back": (
        "alert-triangle", "warn",
        lambda d: _("Draft %(v)s of piece %(n)s came back: the disclosure was not enough", v=d["version"], n=d["number"]),
    ),
    "content.changes_requested": (
        "pencil", "plain", lambda d: _("Asked for changes to piece %(n)s, round %(r)s", n=d["number"], r=d["round"]),
    ),
    "content.draft_approved": (
        "check", "good",
        lambda d: _("Piece %(n)s was approved by silence", n=d["number"]) if d["by_silence"]
        else _("Approved piece %(n)s", n=d["number"]),
    ),
    "content.published": ("world", "good", lambda d: _("Published piece %(n)s", n=d["number"])),
    "content.post_refused": (
        "arrow-back-up", "warn", lambda d: _("Said that the link of piece %(n)s is not the post", n=d["number"]),
    ),
    "content.confirmed": (
        "photo-check", "good",
        lambda d: _("Piece %(n)s was confirmed by silence", n=d["number"]) if d["by_silence"]
        else _("Confirmed piece %(n)s", n=d["number"]),
    ),
    "collaborations.deal_completed": ("circle-check", "good", lambda d: _("Done, and the pay released")),
    "collaborations.deal_cancelled": ("circle-x", "warn", lambda d: _("Ended the deal early")),
    "deadlines.passed": (
        "clock", "warn", lambda d: _("No answer in time: %(what)s", what=_(KINDS[d["kind"]].asks)),
    ),
}  # fmt: skip


def of_rooms(room_ids: list[UUID], names: dict[UUID, str], actor: Actor) -> list[dict[str, Any]]:
    """What happened in these rooms, newest first, ready for the timeline component."""
    rows = db.session.scalars(
        sa.select(Event)
        .where(Event.room_id.in_(room_ids), Event.name.in_(LINES))
        .order_by(Event.occurred_at.desc(), Event.id.desc())
        .limit(SHOWN)
    )
    return [_line(row, names, actor) for row in rows]


def _line(row: Event, names: dict[UUID, str], actor: Actor) -> dict[str, Any]:
    icon, tone, says = LINES[row.name]
    return {"at": row.occurred_at, "title": says(row.data), "who": _who(row, names, actor), "icon": icon, "tone": tone}


def _who(row: Event, names: dict[UUID, str], actor: Actor) -> str:
    """You, or the other side by name; nobody for what happened by itself."""
    if row.actor_party_id is None or row.name in FOLLOWS:
        return ""
    return _("You") if row.actor_party_id == actor.party_id else names.get(row.actor_party_id, "")
