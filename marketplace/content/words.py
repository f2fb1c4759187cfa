"""Sentences about content that more than one place says."""

from __future__ import annotations

from flask_babel import gettext


def often_enough() -> str:
    """What a brand reads instead of saying a third time that a link is not the post."""
    return gettext(
        "You have said twice that a link was not the post. Write to the creator in the messages of the deal room; if you"
        " do not agree, ask the people who run this portal before the clock ends. They decide."
    )
