"""The clocks of a piece of work; the subject is the deliverable."""

from __future__ import annotations

from marketplace import deadlines

DRAFT = deadlines.kind(
    "content.draft",
    days=10,
    asks="Send the draft",
    awaits="A draft",
    silence="the brand may end the deal and gets back what is not yet earned.",
    outlasts=True,
)
REVIEW = deadlines.kind(
    "content.review",
    days=3,
    working=True,
    asks="Review the draft",
    awaits="An answer to the draft",
    silence="the draft is approved.",
)
PUBLISH = deadlines.kind(
    "content.publish",
    days=7,
    asks="Publish the post",
    awaits="The post, live",
    silence="the brand may end the deal; an approved piece stays paid.",
    outlasts=True,
)
CONFIRM = deadlines.kind(
    "content.confirm",
    days=2,
    asks="Confirm that the post is live",
    awaits="A look at the live post",
    silence="the publication counts as confirmed.",
)
