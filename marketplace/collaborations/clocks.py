"""The clocks of this package: answering an application, answering a proposal, paying in, and paying a creator directly."""

from __future__ import annotations

from marketplace import deadlines

ANSWER = deadlines.kind(
    "collaborations.answer",
    days=3,
    asks="Answer the application",
    awaits="An answer to the application",
    silence="the application expires with an apology.",
)
ANSWER_TERMS = deadlines.kind(
    "collaborations.answer_terms",
    days=3,
    asks="Answer the proposed terms",
    awaits="An answer to the proposed terms",
    silence="the proposal lapses and the application expires.",
)
PAY = deadlines.kind(
    "collaborations.pay",
    days=3,
    asks="Pay the creator directly and record it",
    awaits="The payment, recorded",
    silence="it is late: both sides are told, and the payment is asked for again.",
)
FUND = deadlines.kind(
    "collaborations.fund",
    days=3,
    asks="Pay in the protected payment",
    awaits="The protected payment",
    silence="the deal ends and nobody owes anything.",
)
