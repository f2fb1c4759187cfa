"""Content: the pieces a deal owes, from the plan to a post that is live and confirmed.

Nouns: Deliverable, Submission (a version of a draft, with media), Comment, Publication. Relies on
rules for the disclosure check, on collaborations for the deal and on payments for the release. It
never publishes for anybody.
"""
