"""The invariants of deals that are one SQL query each: no row may come back."""

from __future__ import annotations

CHECKS = {
    "C1 a deal that is paid directly is completed only when all of its pay has arrived": """
        SELECT d.id::text FROM deals d WHERE d.paid_directly AND d.state = 'completed' AND d.protected_minor > (
            SELECT coalesce(sum(p.amount_minor), 0) FROM direct_payments p WHERE p.subject_id = d.id AND EXISTS (
                SELECT 1 FROM direct_payment_answers a
                WHERE a.payment_id = p.id AND a.word IN ('arrived', 'counted')))""",
}
