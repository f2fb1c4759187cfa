"""Brands as creators see them: profile, proven domains, products, fact card.

Nouns: BrandProfile, BrandDomain, Product. Relies on accounts. Never knows briefs or deals.
"""
