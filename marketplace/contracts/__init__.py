"""Contracts: the words both sides sign, who signed them and the proof.

Nouns: Contract (one document per deal), ContractName (erasable), Signature, SignatureEvidence
(erasable). A contract is written from the accepted terms by a versioned template; what is signed is
its SHA-256. Relies on terms, rules, payments, creators and collaborations, whose deal it advances
by calling down. It never changes a term.
"""
