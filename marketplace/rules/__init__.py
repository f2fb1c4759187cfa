"""Rules of law and of the field as dated data: disclosure, thresholds, tiers, rights, countries.

Nouns: Row (a rule with the day it begins, the day it ends and its source), Verdict (what the
disclosure check says of a caption). Relies on ground only. Never knows a brief, a deal or a person,
and is no legal advice: every row names where it was read.
"""
