"""Briefs: what a brand asks for and what it gives, from draft to archive.

Nouns: Brief, compensation part (`parts.py`), Invite. A published brief is a terms version; editing
it writes the next one. Relies on accounts, terms, rules, payments, brands, creators. Never knows
who applied: collaborations read briefs, not the other way round.
"""
