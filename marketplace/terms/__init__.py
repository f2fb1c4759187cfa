"""Terms with a memory: immutable versions in one tree, and who accepted which.

Nouns: TermsDocument, TermsVersion, Acceptance. Relies on accounts. Knows what a version is, never
what its words mean. A change is a new version and binds a party only when that party accepts it.
"""
