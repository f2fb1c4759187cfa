"""The ledger's invariants: each one SQL query that must return no rows, by the name people call it.

The first column of a row says which thing is wrong. `docs/payments.md` lists all of L1–L12 and B1–B11
with those that cannot be broken yet because what they speak of does not exist.
"""

from __future__ import annotations

from marketplace.payments.releases import EVIDENCE

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

LACKS_EVIDENCE = " OR ".join(
    f"(reason = '{reason}' AND NOT evidence ?& array[{', '.join(repr(name) for name in names)}])"
    for reason, names in EVIDENCE.items()
)
REASONS = ", ".join(f"'{reason}'" for reason in EVIDENCE)

BUSINESS = {
    "B1 funded is held, released, kept as fees, refunded or lost, per subject": f"""
        SELECT subject_id, currency, sum(minor) AS off FROM (
            SELECT subject_id, currency, amount_minor AS minor FROM funding_lots
            UNION ALL SELECT subject_id, currency, amount_minor + fee_minor FROM recoveries
            WHERE purpose = 'refund' AND state IN ('done', 'owed')
            UNION ALL SELECT subject_id, currency, -amount_minor FROM chargeback_holds WHERE state = 'lost'
            UNION ALL SELECT subject_id, currency, -amount_minor - fee_minor FROM payouts
            UNION ALL SELECT subject_id, currency, -amount_minor FROM refunds WHERE state = 'done'
            UNION ALL SELECT a.subject_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'protected') flows
        GROUP BY subject_id, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
    "B2 a clearing account holds exactly its transfer while that is on its way": f"""
        SELECT a.code, sum({GROWN}) AS held, t.state FROM ledger_accounts a
        JOIN ledger_postings p ON p.account_id = a.id LEFT JOIN transfers t ON t.id = a.subject_id
        WHERE a.kind = 'clearing' GROUP BY a.code, t.state, t.amount_minor
        HAVING sum({GROWN}) <> CASE t.state WHEN 'sending' THEN t.amount_minor ELSE 0 END""",  # noqa: S608
    "B3 each movement at Stripe has one journal of its amount, and back": f"""
        SELECT b.id FROM balance_transactions b
        LEFT JOIN ledger_postings p ON p.journal_id = b.journal_id
        LEFT JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('stripe_pending', 'stripe_available')
        WHERE b.journal_id IS NOT NULL GROUP BY b.id
        HAVING coalesce(sum({SIGNED}) FILTER (WHERE a.id IS NOT NULL), 0) <> b.net_minor
        UNION ALL
        SELECT j.key FROM ledger_journals j LEFT JOIN balance_transactions b ON b.journal_id = j.id
        WHERE b.id IS NULL AND j.kind <> 'settlement' AND EXISTS (
            SELECT 1 FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
            WHERE p.journal_id = j.id AND a.kind IN ('stripe_pending', 'stripe_available'))""",  # noqa: S608
    "B4 the shares of a payout and the draws on a lot sum to the whole": """
        SELECT p.key FROM payouts p WHERE p.amount_minor <> (
            SELECT coalesce(sum(t.amount_minor + t.netted_minor + t.withdrawn_minor), 0)
            FROM transfers t WHERE t.payout_id = p.id)
        UNION ALL
        SELECT p.key FROM payouts p WHERE p.amount_minor + p.fee_minor <> (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.payout_id = p.id) + (
            SELECT coalesce(sum(v.amount_minor + v.fee_minor), 0) FROM recoveries v
            WHERE v.payout_id = p.id AND v.purpose = 'refund' AND v.state IN ('done', 'owed'))
        UNION ALL
        SELECT c.stripe_id FROM chargebacks c WHERE (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.chargeback_id = c.id) <> (
            SELECT coalesce(sum(h.amount_minor), 0) FROM chargeback_holds h
            WHERE h.chargeback_id = c.id AND h.state <> 'freed')
        UNION ALL
        SELECT r.request_key FROM refunds r
        WHERE CASE r.state WHEN 'refused' THEN 0 ELSE r.amount_minor END <> (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.refund_id = r.id)
        UNION ALL
        SELECT l.charge_id FROM funding_lots l WHERE l.amount_minor < (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.lot_id = l.id)""",
    "B6 each release has its evidence and an actor": f"""
        SELECT key FROM payouts WHERE reason NOT IN ({REASONS}) OR {LACKS_EVIDENCE}
        UNION ALL
        SELECT p.key FROM payouts p JOIN ledger_journals j ON j.id = p.journal_id
        WHERE j.actor_kind NOT IN ('user', 'key', 'clock')""",  # noqa: S608 - our own text
    "B7 each effect at Stripe has its one row in the outbox": """
        SELECT 'transfer ' || t.id FROM transfers t
        LEFT JOIN stripe_operations o ON o.kind = 'transfer' AND o.row_id = t.id
        WHERE t.state IN ('sending', 'done') AND (o.id IS NULL OR (t.state = 'done') <> (o.state = 'done'))
        UNION ALL
        SELECT 'recovery ' || v.id FROM recoveries v
        LEFT JOIN stripe_operations o ON o.kind = 'transfer_reversal' AND o.row_id = v.id
        WHERE (v.state = 'sending' OR v.how = 'reversal') AND o.id IS NULL
        UNION ALL
        SELECT 'sweep ' || s.id FROM sweeps s
        LEFT JOIN stripe_operations o ON o.kind = 'platform_payout' AND o.row_id = s.id WHERE o.id IS NULL
        UNION ALL
        SELECT 'refund ' || r.id FROM refunds r
        LEFT JOIN stripe_operations o ON o.kind = 'refund' AND o.row_id = r.id WHERE o.id IS NULL
        UNION ALL
        SELECT 'funding ' || f.id FROM fundings f
        LEFT JOIN stripe_operations o ON o.kind = 'checkout_session' AND o.row_id = f.id WHERE o.id IS NULL
        UNION ALL
        SELECT object_id FROM stripe_operations WHERE object_id IS NOT NULL
        GROUP BY kind, object_id HAVING count(*) > 1""",
    "B8 what is owed is what has not been sent": f"""
        SELECT party_id, subject_id, currency, sum(minor) AS off FROM (
            SELECT p.payee_party_id AS party_id, p.subject_id, t.currency, t.amount_minor AS minor
            FROM transfers t JOIN payouts p ON p.id = t.payout_id WHERE t.state = 'ready'
            UNION ALL SELECT a.party_id, a.subject_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'payable') owed
        GROUP BY party_id, subject_id, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
    "B9 what a payee owes is what she was overpaid and has not set off": f"""
        SELECT party_id, currency, sum(minor) AS off FROM (
            SELECT payee_party_id AS party_id, currency, amount_minor AS minor FROM recoveries WHERE how = 'receivable'
            UNION ALL SELECT p.payee_party_id, t.currency, -t.netted_minor
            FROM transfers t JOIN payouts p ON p.id = t.payout_id
            UNION ALL SELECT a.party_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'receivable') flows
        GROUP BY party_id, currency HAVING sum(minor) <> 0
        UNION ALL
        SELECT transfer_id, currency, sum(amount_minor) FROM recoveries WHERE state <> 'refused'
        GROUP BY transfer_id, currency HAVING sum(amount_minor) > (
            SELECT t.amount_minor + t.netted_minor + t.withdrawn_minor FROM transfers t WHERE t.id = transfer_id)""",  # noqa: S608
    "B10 what banks withhold is what undecided and won chargebacks have not given back": f"""
        SELECT currency, sum(minor) AS off FROM (
            SELECT currency, withheld_minor - reinstated_minor AS minor FROM chargebacks WHERE state <> 'lost'
            UNION ALL SELECT a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'chargeback_withheld') flows
        GROUP BY currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
    "B11 fees at the platform's bank are what sweeps took there": f"""
        SELECT kind, currency, sum(minor) AS off FROM (
            SELECT CASE state WHEN 'paid' THEN 'bank' ELSE 'bank_transit' END AS kind, currency, amount_minor AS minor
            FROM sweeps WHERE state IN ('in_transit', 'paid')
            UNION ALL SELECT a.kind, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id JOIN ledger_journals j ON j.id = p.journal_id
            WHERE a.kind IN ('bank', 'bank_transit') AND j.kind IN ('sweep', 'sweep_arrived', 'sweep_back')) flows
        GROUP BY kind, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
    "B12 what is paid directly is nowhere in the ledger, and its answers are final": """
        SELECT d.id::text FROM direct_payments d WHERE EXISTS (
            SELECT 1 FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id
            WHERE a.subject_id = d.subject_id)
        UNION ALL
        SELECT a.payment_id::text FROM direct_payment_answers a JOIN direct_payment_answers later
            ON later.payment_id = a.payment_id AND later.id > a.id
        WHERE a.word IN ('arrived', 'counted', 'withdrawn')""",
}

CHECKS = LEDGER | BUSINESS
