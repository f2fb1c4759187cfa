"""Affiliate programs: from a click to an order, a commission line, a statement and a payout.

Nouns: Program, ProgramTerms, Enrolment, TrackingLink, DiscountCode, Click, Shop, InboundEvent,
Order, Conversion, AttributionDecision, Line, Statement, ReleaseBatch, Import. Relies on accounts,
terms, brands, collaborations and payments. Never moves money itself: a release batch asks
`payments` to pay out of the program's budget. Lines are never updated; a line's state is derived.
"""
