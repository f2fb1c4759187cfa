"""The clocks of a piece of work; the subject is the deliverable."""

from __future__ import annotations

from marketplace import deadlines

DRAFT = deadlines.kind(
    "content.draft",
    days=10,
    asks="Send the draft",
    silence="the brand may end the deal and gets back what is not yet earned.",
)
REVIEW = deadlines.kind(
    "content.review",
    days=3,
    working=True,
    asks="Review the draft",
    silence="the draft is approved.",
)
PUBLISH = deadlines.kind(
    "content.publish",
    days=7,
    asks="Publish the post",
    silence="the brand may end the deal; an approved piece stays paid.",
)
CONFIRM = deadlines.kind(
    "content.confirm",
    days=2,
    asks="Confirm that the post is live",
    silence="the publication counts as confirmed.",
)
