"""Sentences about content that more than one place says."""

from __future__ import annotations

from flask_babel import gettext, ngettext

from marketplace.content.models import Deliverable


def often_enough() -> str:
    """What a brand reads instead of saying a third time that a link is not the post."""
    return gettext(
        "You have said twice that a link was not the post. Write to the creator in the messages of the deal room; if you"
        " do not agree, ask the people who run this portal before the clock ends. They decide."
    )


def no_round_left(piece: Deliverable) -> str | None:
    """What a brand reads once the contract's rounds of changes are used; None while there is one."""
    if piece.rounds is None or piece.rounds_used < piece.rounds:
        return None
    if not piece.rounds:
        return gettext("The contract includes no changes. Approve the draft, or offer pay for more work in a message.")
    return ngettext(
        "The contract includes %(num)s round of changes, and it is used. Approve the draft, or offer pay for more work in"
        " a message.",
        "The contract includes %(num)s rounds of changes, and all are used. Approve the draft, or offer pay for more work"
        " in a message.",
        piece.rounds,
    )
