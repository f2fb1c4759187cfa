"""Who is who: users, the parties they act for, their sessions, and the instance itself.

Nouns: User, Party (a creator, a brand, the operator), Membership, UserSession, EmailCode, ApiKey,
Instance. Relies on ground only. Never knows briefs, deals or money.
"""
