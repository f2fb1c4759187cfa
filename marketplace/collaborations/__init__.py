"""From an application to the end of a deal: negotiation, the deal's rungs, disputes.

Nouns: Application, PendingApplication (begun signed out), Deal. Proposals are terms versions; only
the latest can be accepted, and only by the other side. Relies on briefs, terms, payments. Contract,
content and gifting advance a deal's rung by calling down into `service.py`.
"""
