"""The affiliate invariants that are one SQL query each: no row may come back (affiliate.md, Invariants).

Those about replaying, delivering twice and rendering again are tests: they need a second run.
"""

from __future__ import annotations

from marketplace.affiliate.statements import LINE_TEXT
from marketplace.payments.books.scope import SUBJECTS, Check, seen

CHECKS: dict[str, Check | str] = {
    "B5 a commission line sits in at most one live payout, and that one is its affiliate's": seen(
        """
        SELECT r.line_id, b.program_id AS subject_id FROM released_lines r JOIN release_batches b ON b.id = r.batch_id
        GROUP BY r.line_id, b.program_id HAVING count(*) > 1 OR bool_or(r.enrolment_id <> b.enrolment_id)
        UNION ALL
        SELECT b.id, b.program_id FROM release_batches b JOIN enrolments e ON e.id = b.enrolment_id
        JOIN payouts p ON p.id = b.payout_id
        WHERE p.payee_party_id <> e.creator_party_id OR p.evidence ->> 'statement_id' <> b.statement_id::text
        UNION ALL
        SELECT b.payout_id, b.program_id FROM release_batches b GROUP BY b.payout_id, b.program_id
        HAVING count(*) > 1""",
        SUBJECTS,
    ),
    "A1 a statement adds up from its lines and payments, and opens where the last one closed": """
        SELECT s.id FROM statements s
        LEFT JOIN statements before ON before.enrolment_id = s.enrolment_id AND before.number = s.number - 1
        WHERE s.opening_minor <> coalesce(before.closing_minor, 0)
            OR (s.number > 1 AND (before.id IS NULL OR before.period_end > s.period_start
                OR before.digest IS DISTINCT FROM s.previous_digest))
            OR s.earned_minor + s.adjustments_minor <> (
                SELECT coalesce(sum(l.amount_minor), 0) FROM lines l WHERE l.enrolment_id = s.enrolment_id
                    AND l.currency = s.currency AND l.posted_at >= s.period_start AND l.posted_at < s.period_end)
            OR s.paid_minor <> (
                SELECT coalesce(sum(b.amount_minor), 0) FROM batch_payments p
                JOIN release_batches b ON b.id = p.batch_id WHERE b.enrolment_id = s.enrolment_id
                    AND p.posted_at >= s.period_start AND p.posted_at < s.period_end)""",
    "A1 what was posted or paid before a close stands on a statement": """
        SELECT l.id FROM lines l JOIN (
            SELECT program_id, max(period_end) AS until FROM program_closes GROUP BY program_id
        ) c ON c.program_id = l.program_id
        WHERE l.posted_at < c.until AND NOT EXISTS (
            SELECT 1 FROM statements s WHERE s.enrolment_id = l.enrolment_id
                AND l.posted_at >= s.period_start AND l.posted_at < s.period_end)
        UNION ALL
        SELECT p.batch_id FROM batch_payments p JOIN release_batches b ON b.id = p.batch_id JOIN (
            SELECT program_id, max(period_end) AS until FROM program_closes GROUP BY program_id
        ) c ON c.program_id = b.program_id
        WHERE p.posted_at < c.until AND NOT EXISTS (
            SELECT 1 FROM statements s WHERE s.enrolment_id = b.enrolment_id
                AND p.posted_at >= s.period_start AND p.posted_at < s.period_end)""",
    "A2 every commission in the ledger has its batch, its lines and its statement, and back": """
        SELECT p.key FROM payouts p LEFT JOIN release_batches b ON b.payout_id = p.id
        WHERE p.reason = 'commission statement' AND (b.id IS NULL OR b.amount_minor <> p.amount_minor
            OR b.currency <> p.currency OR b.program_id <> p.subject_id)
        UNION ALL
        SELECT b.id::text FROM release_batches b LEFT JOIN payouts p ON p.id = b.payout_id
        WHERE p.id IS NULL AND NOT b.paid_directly
        UNION ALL
        SELECT b.id::text FROM release_batches b WHERE b.amount_minor <> (
            SELECT coalesce(sum(l.amount_minor), 0) FROM released_lines r
            JOIN lines l ON l.enrolment_id = r.enrolment_id AND l.id = r.line_id WHERE r.batch_id = b.id)
        UNION ALL
        SELECT b.id::text FROM batch_payments bp JOIN release_batches b ON b.id = bp.batch_id
        JOIN payouts p ON p.id = b.payout_id WHERE p.state <> 'paid'
        UNION ALL
        SELECT b.id::text FROM batch_payments bp JOIN release_batches b ON b.id = bp.batch_id
        WHERE b.paid_directly AND b.amount_minor <> (
            SELECT coalesce(sum(d.amount_minor), 0) FROM direct_payments d WHERE d.subject_id = b.id AND EXISTS (
                SELECT 1 FROM direct_payment_answers a
                WHERE a.payment_id = d.id AND a.word IN ('arrived', 'counted')))""",
    "A3 the credited shares of an order sum to its base, and its lines' bases to what is left of it": """
        SELECT o.number FROM orders o JOIN conversions c ON c.order_id = o.id
        JOIN lines l ON l.conversion_id = c.id AND l.reason = 'credited'
        GROUP BY o.id, o.number, o.base_minor
        HAVING sum(l.base_minor) FILTER (WHERE l.kind = 'commission') <> o.base_minor
            OR sum(l.base_minor) < 0 OR sum(l.base_minor) > o.base_minor
        UNION ALL
        SELECT o.number FROM orders o
        LEFT JOIN order_lines ol ON ol.order_id = o.id GROUP BY o.id, o.number, o.base_minor
        HAVING coalesce(sum(ol.base_minor), 0) <> o.base_minor""",
    "A6 an order's net commission lies between nothing and what it first earned": """
        SELECT c.order_id FROM lines l JOIN conversions c ON c.id = l.conversion_id
        WHERE l.kind <> 'bonus' GROUP BY c.order_id, l.enrolment_id
        HAVING sum(l.amount_minor) < 0
            OR sum(l.amount_minor) > coalesce(sum(l.amount_minor) FILTER (WHERE l.kind = 'commission'), 0)""",
    "A7 a closed statement's lines still have its digest": f"""
        SELECT s.id FROM statements s LEFT JOIN LATERAL (
            SELECT count(*) AS n,
                encode(sha256(convert_to(coalesce(string_agg({LINE_TEXT}, E'\\n' ORDER BY l.posted_at, l.id), ''),
                    'UTF8')), 'hex') AS digest
            FROM lines l WHERE l.enrolment_id = s.enrolment_id AND l.currency = s.currency
                AND l.posted_at >= s.period_start AND l.posted_at < s.period_end
        ) x ON true
        WHERE x.digest <> s.lines_digest OR x.n <> s.line_count""",  # noqa: S608 - joined from our own constants
}
