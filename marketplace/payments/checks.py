"""The ledger's invariants: each one SQL query that must return no rows, by the name people call it.

The first column of a row says which thing is wrong. `docs/payments.md` lists all of L1–L12 and B1–B7
with those that cannot be broken yet because what they speak of does not exist.
"""

from __future__ import annotations

SIGNED = "CASE p.side WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END"
GROWN = "CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END"

LEDGER = {
    "L1 each journal sums to zero per currency": f"""
        SELECT j.key, p.currency, sum({SIGNED}) AS off FROM ledger_journals j
        LEFT JOIN ledger_postings p ON p.journal_id = j.id GROUP BY j.id, p.currency
        HAVING coalesce(sum({SIGNED}), 1) <> 0""",  # noqa: S608 - our own text
    "L2 all postings sum to zero": f"""
        SELECT p.currency, sum({SIGNED}) AS off FROM ledger_postings p
        GROUP BY p.currency HAVING sum({SIGNED}) <> 0""",  # noqa: S608 - our own text
    "L4 nothing was changed or deleted since it was sealed": """
        SELECT s.position, s.journal_id FROM (
            SELECT position, journal_id, digest, lag(digest, 1, ''::bytea) OVER (ORDER BY position) AS previous,
                   position - row_number() OVER (ORDER BY position) AS gap
            FROM ledger_seals) s
        WHERE s.gap <> 0 OR s.digest IS DISTINCT FROM ledger_digest(s.previous, s.journal_id)""",
    "L5 a no-negative account never was negative": f"""
        SELECT DISTINCT code, currency FROM (
            SELECT a.code, a.currency, sum({GROWN}) OVER (PARTITION BY a.id, p.journal_id) AS net,
                   sum({GROWN}) OVER (PARTITION BY a.id ORDER BY p.id) AS running,
                   lead(p.journal_id) OVER (PARTITION BY a.id ORDER BY p.id) IS NOT DISTINCT FROM p.journal_id AS inside
            FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id WHERE a.no_negative) versions
        WHERE running < 0 AND NOT inside""",  # noqa: S608 - our own text
    "L6 posted, voided and remaining make the whole reservation": """
        SELECT r.key FROM ledger_reservations r JOIN ledger_reservation_ends e ON e.reservation_id = r.id
        WHERE e.posted_minor + e.voided_minor <> r.amount_minor
        UNION ALL
        SELECT 'end of ' || e.reservation_id FROM ledger_reservation_ends e
        LEFT JOIN ledger_reservations r ON r.id = e.reservation_id WHERE r.id IS NULL
        UNION ALL
        SELECT r.key FROM ledger_reservations r JOIN ledger_reservation_ends e ON e.reservation_id = r.id
        LEFT JOIN ledger_postings p ON p.journal_id = e.journal_id AND p.account_id = r.account_id
        WHERE e.outcome = 'posted' GROUP BY r.id, r.key, e.posted_minor
        HAVING coalesce(sum(p.amount_minor), 0) <> e.posted_minor""",
    "L7 open reservations are covered by their account": f"""
        SELECT a.code, a.currency FROM ledger_accounts a
        JOIN (SELECT r.account_id, sum(r.amount_minor) AS held FROM ledger_reservations r
              LEFT JOIN ledger_reservation_ends e ON e.reservation_id = r.id
              WHERE e.reservation_id IS NULL GROUP BY r.account_id) h ON h.account_id = a.id
        WHERE h.held > (SELECT coalesce(sum({GROWN}), 0) FROM ledger_postings p WHERE p.account_id = a.id)""",  # noqa: S608
    "L8 amounts are positive, and a posting has its account's currency": """
        SELECT p.id FROM ledger_postings p LEFT JOIN ledger_accounts a ON a.id = p.account_id
        WHERE p.amount_minor <= 0 OR a.id IS NULL OR a.currency <> p.currency
           OR p.side NOT IN ('debit', 'credit')""",
    "L10 one journal per business key": """
        SELECT key FROM ledger_journals GROUP BY key HAVING count(*) > 1
        UNION ALL
        SELECT reverses_id::text FROM ledger_journals WHERE reverses_id IS NOT NULL
        GROUP BY reverses_id HAVING count(*) > 1""",
    "L11 a journal's content is what its key first stood for": """
        SELECT key FROM ledger_journals
        WHERE fingerprint <> encode(sha256(convert_to(ledger_text(id), 'UTF8')), 'hex')""",
}

CHECKS = LEDGER
