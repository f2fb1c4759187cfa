"""Creators as they show themselves: profile, social accounts, samples, rates, commitments.

Nouns: CreatorProfile, SocialAccount, AudienceSnapshot, Sample, Rate, ShippingAddress, Commitment
(an exclusivity window signed in a deal, written down by `contracts`). Relies on accounts. Never
knows briefs or deals: a commitment carries a deal's id without looking behind it.
"""
