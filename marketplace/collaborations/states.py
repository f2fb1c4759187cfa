"""The machines of an application and of a deal (deals.md, Application and negotiation; Deal)."""

from __future__ import annotations

import enum

from marketplace.lifecycle import Lifecycle, Move


class ApplicationState(enum.StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SHORTLISTED = "shortlisted"
    OFFERED = "offered"
    COUNTERED = "countered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


A = ApplicationState
WAITING = (A.SUBMITTED, A.SHORTLISTED)
TALKING = (A.OFFERED, A.COUNTERED)
OPEN = WAITING + TALKING
FOR_THE_BRAND = (*WAITING, A.COUNTERED)  # it is the brand's turn to answer

APPLICATION = Lifecycle(
    "application",
    ApplicationState,
    {
        "submit": Move((A.DRAFT,), A.SUBMITTED, "This application was already sent."),
        "shortlist": Move((A.SUBMITTED,), A.SHORTLISTED, "Only a new application can be shortlisted."),
        "offer": Move(OPEN, A.OFFERED, "This application is closed, so no offer can be made on it."),
        "counter": Move(TALKING, A.COUNTERED, "There is no open offer to answer."),
        "accept": Move(TALKING, A.ACCEPTED, "There are no open terms to accept."),
        "decline": Move(OPEN, A.DECLINED, "This application was already answered."),
        "withdraw": Move((A.DRAFT, *OPEN), A.WITHDRAWN, "This application is closed already."),
        "expire": Move(OPEN, A.EXPIRED, "This application was answered in time."),
    },
    {
        A.DRAFT: "Being written; only its author sees it.",
        A.SUBMITTED: "Sent; the brand's answer is due.",
        A.SHORTLISTED: "On the brand's shortlist; its answer is due.",
        A.OFFERED: "The brand has proposed terms; the creator's answer is due.",
        A.COUNTERED: "The creator has proposed other terms; the brand's answer is due.",
        A.ACCEPTED: "Agreed; the work goes on in the deal room.",
        A.DECLINED: "Declined, with the reason.",
        A.WITHDRAWN: "Taken back by the creator.",
        A.EXPIRED: "Nobody answered in time.",
    },
)


class DealState(enum.StrEnum):
    """Where a deal stands."""

    SIGNING = "signing"
    FUNDING = "funding"
    ACTIVE = "active"
    PAYING = "paying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


D = DealState

DEAL = Lifecycle(
    "deal",
    DealState,
    {
        "to_funding": Move((D.SIGNING,), D.FUNDING, "This contract is not waiting for signatures."),
        "activate": Move((D.SIGNING, D.FUNDING), D.ACTIVE, "Work on this deal has already begun or ended."),
        "deliver": Move((D.ACTIVE,), D.PAYING, "Only a deal at work can be delivered."),
        "complete": Move((D.ACTIVE, D.PAYING), D.COMPLETED, "Only a deal at work can be completed."),
        "cancel": Move((D.SIGNING, D.FUNDING, D.ACTIVE), D.CANCELLED, "This deal has already ended."),
    },
    {
        D.SIGNING: "The contract waits for signatures.",
        D.FUNDING: "Signed; the brand's payment is due before work starts.",
        D.ACTIVE: "At work.",
        D.PAYING: "Everything is delivered; the brand pays the creator directly.",
        D.COMPLETED: "Done, and paid.",
        D.CANCELLED: "Ended early; what each side gets follows the contract.",
    },
)

# Why a brand declines: a short list, so that an answer is quick and can be counted. `other` needs words.
DECLINE_REASONS = {
    "full": "Every place is taken",
    "audience": "The audience is a different one",
    "style": "The style does not fit this brief",
    "price": "The price is beyond the budget",
    "timing": "The dates do not work",
    "clash": "Works with a competitor at the moment",
    "other": "Another reason",
}
