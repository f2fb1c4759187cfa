"""How far a check looks: at the whole ledger, or only at what came after a journal (`flask ledger check --since`).

A look at what is new proves what is new, given that the whole was right up to there: it opens accounts with
their last stored balance and the chain with its last seal, and does not read older rows again.
"""

from __future__ import annotations

from dataclasses import dataclass

JOURNALS = "number > :since"
SUBJECTS = (
    "subject_id = ANY(ARRAY(SELECT DISTINCT subject_id FROM ledger_journals"
    " WHERE number > :since AND subject_id IS NOT NULL"
    " UNION SELECT (evidence ->> 'from')::uuid FROM ledger_journals WHERE number > :since AND kind = 'allocation'))"
)
NEW_JOURNALS = "journal_id = ANY(ARRAY(SELECT id FROM ledger_journals WHERE number > :since))"
POSTED = "FROM ledger_postings p JOIN ledger_journals j ON j.id = p.journal_id WHERE j.number > :since"
ACCOUNTS = f"account_id = ANY(ARRAY(SELECT DISTINCT p.account_id {POSTED}))"
PARTIES = (
    "party_id = ANY(ARRAY(SELECT a.party_id FROM ledger_accounts a"  # noqa: S608 - our own text
    f" WHERE a.party_id IS NOT NULL AND a.id = ANY(ARRAY(SELECT p.account_id {POSTED}))))"
)
# OFFSET 0: else the planner looks for the smallest from the beginning of all postings on.
FIRST_POSTING = f"(SELECT min(id) FROM (SELECT p.id {POSTED} OFFSET 0) posted)"  # noqa: S608 - our own text


@dataclass(frozen=True)
class Check:
    """One invariant: SQL that must return no rows, over everything and over what is new since journal `:since`."""

    whole: str
    since: str


def seen(whole: str, new: str) -> Check:
    """A check whose rows carry a column that tells what is new: `new` is the condition on it."""
    return Check(whole, f"SELECT * FROM ({whole}) seen WHERE {new}")  # noqa: S608 - our own text
