"""The invariants of the ledger (L) and of the business on it (B): SQL that must return no rows, by name.

The first column of a row says which thing is wrong, one of the others whether it is new (`scope.py`).
`docs/payments.md` lists them; B5 is `affiliate`'s, whose lines it is about.
"""

from __future__ import annotations

from marketplace.payments.books.scope import (
    ACCOUNTS,
    FIRST_POSTING,
    JOURNALS,
    NEW_JOURNALS,
    PARTIES,
    SUBJECTS,
    Check,
    seen,
)
from marketplace.payments.guards import limits
from marketplace.payments.money_in.lots import FLOWS
from marketplace.payments.money_out.releases import BY_PEOPLE, EVIDENCE

SIGNED = "CASE p.side WHEN 'debit' THEN p.amount_minor ELSE -p.amount_minor END"
GROWN = "CASE WHEN p.side = a.normal THEN p.amount_minor ELSE -p.amount_minor END"

# A journal's content as `ledger_text()` writes it, for many at once.
TEXTS = """
        SELECT j.id AS journal_id, j.number, concat_ws('|', j.key, j.kind, coalesce(j.subject_id::text, ''),
            coalesce(j.reverses_id::text, ''), coalesce(string_agg(
                a.code || ' ' || p.currency || ' ' || p.side || ' ' || p.amount_minor, ';'
                ORDER BY a.code COLLATE "C", p.currency COLLATE "C", p.side COLLATE "C", p.amount_minor), '')) AS content
        FROM ledger_journals j LEFT JOIN ledger_postings p ON p.journal_id = j.id
        LEFT JOIN ledger_accounts a ON a.id = p.account_id GROUP BY j.id, j.number"""

# The chain of seals recomputed from the content of the journals; of those sealed since, for a look at what is new.
CHAIN = """
        SELECT s.position, s.journal_id FROM ledger_seals s
        LEFT JOIN ledger_seals before ON before.position = s.position - 1
        LEFT JOIN ({texts}) t ON t.journal_id = s.journal_id LEFT JOIN ledger_journals j ON j.id = s.journal_id
        WHERE ((before.position IS NULL AND s.position <> 1) OR t.journal_id IS NULL
           OR s.digest <> sha256(coalesce(before.digest, ''::bytea)
                || convert_to(ledger_sealed_text(j, t.content), 'UTF8')))"""
FIRST_SEAL = """(SELECT min(position) FROM (SELECT o.position FROM ledger_seals o
            JOIN ledger_journals n ON n.id = o.journal_id WHERE n.number > :since OFFSET 0) sealed)"""
NEW_TEXTS = f"""SELECT * FROM ({TEXTS}) texts WHERE journal_id = ANY(ARRAY(
            SELECT l.journal_id FROM ledger_seals l WHERE l.position >= {FIRST_SEAL}))"""  # noqa: S608 - our own text

# An account's postings lie between its stored balances; each stretch opens with the balance stored before it.
STRETCHES = """
        SELECT account_id, opens, opening, lead(opens) OVER (PARTITION BY account_id ORDER BY opens) AS ends
        FROM (SELECT account_id, through AS opens, balance_minor AS opening FROM ledger_snapshots
              UNION ALL SELECT id, 0, 0 FROM ledger_accounts) marks"""

NEVER_NEGATIVE = f"""
        SELECT DISTINCT code, currency, account_id FROM (
            SELECT a.code, a.currency, a.id AS account_id, s.ends,
                s.opening + sum({GROWN}) OVER (PARTITION BY a.id, s.opens, s.ends ORDER BY p.id) AS running,
                lead(p.journal_id) OVER (PARTITION BY a.id, s.opens, s.ends ORDER BY p.id)
                    IS NOT DISTINCT FROM p.journal_id AS inside
            FROM ledger_accounts a JOIN ({STRETCHES}) s ON s.account_id = a.id
            JOIN ledger_postings p ON p.account_id = a.id AND p.id > s.opens AND (s.ends IS NULL OR p.id <= s.ends)
            WHERE a.no_negative) versions
        WHERE running < 0 AND NOT inside"""  # noqa: S608 - our own text

LEDGER = {
    "L1 each journal sums to zero per currency": seen(
        f"""
        SELECT j.key, p.currency, sum({SIGNED}) AS off, j.number FROM ledger_journals j
        LEFT JOIN ledger_postings p ON p.journal_id = j.id GROUP BY j.id, j.key, j.number, p.currency
        HAVING coalesce(sum({SIGNED}), 1) <> 0""",  # noqa: S608 - our own text
        JOURNALS,
    ),
    "L2 all postings sum to zero": Check(
        f"""
        SELECT p.currency, sum({SIGNED}) AS off FROM ledger_postings p
        GROUP BY p.currency HAVING sum({SIGNED}) <> 0""",  # noqa: S608 - our own text
        f"""
        SELECT p.currency, sum({SIGNED}) AS off FROM ledger_postings p JOIN ledger_journals j ON j.id = p.journal_id
        WHERE j.number > :since GROUP BY p.currency HAVING sum({SIGNED}) <> 0""",  # noqa: S608 - our own text
    ),
    "L3 a stored balance equals its entries": seen(
        f"""
        SELECT a.code, s.through, s.balance_minor FROM ledger_snapshots s JOIN ledger_accounts a ON a.id = s.account_id
        LEFT JOIN LATERAL (SELECT b.through, b.balance_minor FROM ledger_snapshots b
            WHERE b.account_id = s.account_id AND b.through < s.through ORDER BY b.through DESC LIMIT 1) before ON true
        WHERE s.balance_minor - coalesce(before.balance_minor, 0) <> (
            SELECT coalesce(sum({GROWN}), 0) FROM ledger_postings p
            WHERE p.account_id = s.account_id AND p.id > coalesce(before.through, 0) AND p.id <= s.through)""",  # noqa: S608
        f"through >= {FIRST_POSTING}",
    ),
    "L4 nothing was changed or deleted since it was sealed": Check(
        CHAIN.format(texts=TEXTS), CHAIN.format(texts=NEW_TEXTS) + f" AND s.position >= {FIRST_SEAL}"
    ),
    "L4 the chain still has the end that each run of the checks saw": seen(
        """
        SELECT r.ran_at, r.sealed AS position FROM check_runs r LEFT JOIN ledger_seals s ON s.position = r.sealed
        WHERE r.sealed > 0 AND r.sealed_digest IS DISTINCT FROM s.digest""",
        "ran_at >= (SELECT min(posted_at) FROM ledger_journals WHERE number > :since)",
    ),
    "L5 a no-negative account never was negative": Check(
        NEVER_NEGATIVE, f"{NEVER_NEGATIVE} AND {ACCOUNTS} AND (ends IS NULL OR ends >= {FIRST_POSTING})"
    ),
    "L6 posted, voided and remaining make the whole reservation": seen(
        """
        SELECT r.key, r.account_id FROM ledger_reservations r
        JOIN ledger_reservation_ends e ON e.reservation_id = r.id
        WHERE e.posted_minor + e.voided_minor <> r.amount_minor
        UNION ALL
        SELECT 'end of ' || e.reservation_id, NULL FROM ledger_reservation_ends e
        LEFT JOIN ledger_reservations r ON r.id = e.reservation_id WHERE r.id IS NULL
        UNION ALL
        SELECT r.key, r.account_id FROM ledger_reservations r
        JOIN ledger_reservation_ends e ON e.reservation_id = r.id
        LEFT JOIN ledger_postings p ON p.journal_id = e.journal_id AND p.account_id = r.account_id
        WHERE e.outcome = 'posted' GROUP BY r.id, r.key, e.posted_minor
        HAVING coalesce(sum(p.amount_minor), 0) <> e.posted_minor""",
        ACCOUNTS,
    ),
    "L7 open reservations are covered by their account": seen(
        f"""
        SELECT a.code, a.currency, a.id AS account_id FROM ledger_accounts a
        JOIN (SELECT r.account_id, sum(r.amount_minor) AS held FROM ledger_reservations r
              LEFT JOIN ledger_reservation_ends e ON e.reservation_id = r.id
              WHERE e.reservation_id IS NULL GROUP BY r.account_id) h ON h.account_id = a.id
        WHERE h.held > (SELECT coalesce(sum({GROWN}), 0) FROM ledger_postings p WHERE p.account_id = a.id)""",  # noqa: S608
        "true",  # there are never many open ones
    ),
    "L8 amounts are positive, and a posting has its account's currency": seen(
        """
        SELECT p.id FROM ledger_postings p LEFT JOIN ledger_accounts a ON a.id = p.account_id
        WHERE p.amount_minor <= 0 OR a.id IS NULL OR a.currency <> p.currency
           OR p.side NOT IN ('debit', 'credit')""",
        f"id >= {FIRST_POSTING}",
    ),
    "L9 what was refused or set free moved nothing": seen(
        """
        SELECT j.key, j.number FROM ledger_journals j
        LEFT JOIN ledger_reservation_ends e ON e.reservation_id::text = j.evidence ->> 'reservation_id'
        WHERE j.evidence ? 'reservation_id' AND e.journal_id IS DISTINCT FROM j.id
        UNION ALL
        SELECT j.key, j.number FROM transfers t JOIN payouts p ON p.id = t.payout_id
        JOIN ledger_journals j ON j.subject_id = p.subject_id AND j.kind = 'sending'
            AND j.evidence ->> 'transfer_id' = t.id::text
        LEFT JOIN ledger_journals back ON back.reverses_id = j.id
        WHERE t.state IN ('ready', 'netted', 'withdrawn') AND back.id IS NULL""",
        JOURNALS,
    ),
    "L10 one journal per business key": Check(
        """
        SELECT key FROM ledger_journals GROUP BY key HAVING count(*) > 1
        UNION ALL
        SELECT reverses_id::text FROM ledger_journals WHERE reverses_id IS NOT NULL
        GROUP BY reverses_id HAVING count(*) > 1""",
        """
        SELECT j.key FROM ledger_journals j JOIN ledger_journals o ON o.key = j.key AND o.id <> j.id
        WHERE j.number > :since
        UNION ALL
        SELECT j.key FROM ledger_journals j JOIN ledger_journals o ON o.reverses_id = j.reverses_id AND o.id <> j.id
        WHERE j.number > :since""",
    ),
    "L11 a journal's content is what its key first stood for": seen(
        f"""
        SELECT j.key, t.number FROM ledger_journals j JOIN ({TEXTS}) t ON t.journal_id = j.id
        WHERE j.fingerprint <> encode(sha256(convert_to(t.content, 'UTF8')), 'hex')""",  # noqa: S608 - our own text
        JOURNALS,
    ),
    "L12 nothing is posted into a closed month": seen(
        """
        SELECT j.key, j.number, j.posted_at, c.month FROM ledger_journals j JOIN (
            SELECT month, until, last_number, lead(last_number) OVER (ORDER BY until) AS next FROM closed_periods
        ) c ON j.number > c.last_number AND (c.next IS NULL OR j.number <= c.next)
        WHERE j.posted_at < c.until""",
        JOURNALS,
    ),
}

LACKS_EVIDENCE = " OR ".join(
    f"(reason = '{reason}' AND NOT evidence ?& array[{', '.join(repr(name) for name in names)}])"
    for reason, names in EVIDENCE.items()
)
REASONS = ", ".join(f"'{reason}'" for reason in EVIDENCE)

# What people moved, and the limit that held then. A request agreed to for less than what was moved is none.
# A refund or a reversal that was made at Stripe by hand has neither a row in the outbox nor an approval; staff booked it.
NOT_BY_HAND = "NOT EXISTS (SELECT 1 FROM stray_bookings s WHERE s.source = {id})"

DECIDED = f"""
        SELECT w.key, w.subject_id FROM (
            SELECT p.key, p.subject_id, p.amount_minor + p.fee_minor AS minor, p.currency, p.created_at FROM payouts p
            JOIN ledger_journals j ON j.id = p.journal_id
            WHERE p.reason = '{BY_PEOPLE}' OR (p.reason = 'silence' AND j.actor_kind <> 'clock')
            UNION ALL SELECT v.request_key, v.subject_id, sum(v.amount_minor + v.fee_minor), v.currency,
                min(v.created_at) FROM recoveries v WHERE {NOT_BY_HAND.format(id="v.stripe_id")} GROUP BY v.request_key, v.subject_id, v.currency) w
        WHERE w.minor > {limits.in_sql(limits.SECOND_APPROVER, "w.currency", "w.created_at")} AND NOT EXISTS (
            SELECT 1 FROM approvals a WHERE a.key = w.key AND a.amount_minor >= w.minor AND a.currency = w.currency
                AND ((a.state = 'approved' AND a.decided_by_user_id <> a.asked_by_user_id)
                    OR (a.state = 'alone' AND a.words IS NOT NULL)))"""  # noqa: S608 - our own text

MOVED = f"""
        SELECT coalesce(b.id, j.key) AS what, b.net_minor, m.net FROM (
            SELECT id, journal_id, net_minor FROM balance_transactions WHERE journal_id IS NOT NULL AND {{new}}) b
        FULL JOIN (
            SELECT p.journal_id, sum({SIGNED}) AS net FROM ledger_postings p JOIN ledger_accounts a ON a.id = p.account_id
            WHERE a.kind IN ('stripe_pending', 'stripe_available') AND {{new}} GROUP BY p.journal_id
        ) m ON m.journal_id = b.journal_id LEFT JOIN ledger_journals j ON j.id = m.journal_id
        WHERE (b.id IS NOT NULL AND coalesce(m.net, 0) <> b.net_minor)
           OR (b.id IS NULL AND j.kind <> 'settlement')"""  # noqa: S608 - our own text

REPEATED = "(state = 'sending' AND id IN (SELECT again_refund_id FROM returned_refunds))"  # of one that came back
BUSINESS = {
    "B1 funded or allocated is held, released, kept as fees, refunded, lost or allocated on, per subject": seen(
        f"""
        SELECT subject_id, currency, sum(minor) AS off FROM (
            SELECT subject_id, currency, amount_minor AS minor FROM funding_lots
            UNION ALL SELECT to_subject_id, currency, amount_minor FROM allocations
            UNION ALL SELECT from_subject_id, currency, -amount_minor FROM allocations
            UNION ALL SELECT subject_id, currency, amount_minor + fee_minor FROM recoveries
            WHERE purpose = 'refund' AND state IN ('done', 'owed')
            UNION ALL SELECT subject_id, currency, -amount_minor FROM chargeback_holds WHERE state = 'lost'
            UNION ALL SELECT subject_id, currency, -amount_minor - fee_minor FROM payouts
            UNION ALL SELECT subject_id, currency, -amount_minor FROM refunds
            WHERE state IN ('done', 'came_back', 'paid_otherwise') OR {REPEATED}
            UNION ALL SELECT a.subject_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'protected') flows
        GROUP BY subject_id, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
        SUBJECTS,
    ),
    "B2 a clearing account holds exactly its transfer while that is on its way": seen(
        f"""
        SELECT a.code, sum({GROWN}) AS held, t.state, a.id AS account_id FROM ledger_accounts a
        JOIN ledger_postings p ON p.account_id = a.id LEFT JOIN transfers t ON t.id = a.subject_id
        WHERE a.kind = 'clearing' GROUP BY a.id, t.state, t.amount_minor
        HAVING sum({GROWN}) <> CASE t.state WHEN 'sending' THEN t.amount_minor ELSE 0 END""",  # noqa: S608
        ACCOUNTS,
    ),
    "B3 each movement at Stripe has one journal of its amount, and back": Check(
        MOVED.format(new="true"), MOVED.format(new=NEW_JOURNALS)
    ),
    "B4 the shares of a payout and of an allocation and the draws on a lot sum to the whole": seen(
        f"""
        SELECT p.key, p.subject_id FROM payouts p WHERE p.amount_minor <> (
            SELECT coalesce(sum(t.amount_minor + t.netted_minor + t.withdrawn_minor), 0)
            FROM transfers t WHERE t.payout_id = p.id)
        UNION ALL
        SELECT p.key, p.subject_id FROM payouts p WHERE p.amount_minor + p.fee_minor <> (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.payout_id = p.id) + (
            SELECT coalesce(sum(v.amount_minor + v.fee_minor), 0) FROM recoveries v
            WHERE v.payout_id = p.id AND v.purpose = 'refund' AND v.state IN ('done', 'owed'))
        UNION ALL
        SELECT c.stripe_id, c.subject_id FROM chargebacks c WHERE (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.chargeback_id = c.id) <> (
            SELECT coalesce(sum(h.amount_minor), 0) FROM chargeback_holds h
            WHERE h.chargeback_id = c.id AND h.state <> 'freed')
        UNION ALL
        SELECT r.request_key, r.subject_id FROM refunds r
        WHERE CASE WHEN r.state IN ('refused', 'again') THEN 0 ELSE r.amount_minor END <> (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.refund_id = r.id)
        UNION ALL
        SELECT l.charge_id, l.subject_id FROM funding_lots l WHERE l.amount_minor < (
            SELECT coalesce(sum(d.amount_minor), 0) FROM lot_draws d WHERE d.lot_id = l.id)
        UNION ALL
        SELECT a.key, a.from_subject_id FROM allocations a WHERE a.amount_minor <> (
            SELECT coalesce(sum(s.amount_minor), 0) FROM allocation_shares s WHERE s.allocation_id = a.id)
        UNION ALL
        SELECT subject_id || ' of ' || lot_id, subject_id FROM ({FLOWS}) flows
        GROUP BY subject_id, lot_id HAVING sum(minor) < 0""",  # noqa: S608 - our own text
        SUBJECTS,
    ),
    "B6 each release has its evidence and an actor": seen(
        f"""
        SELECT key, subject_id FROM payouts WHERE reason NOT IN ({REASONS}) OR {LACKS_EVIDENCE}
        UNION ALL
        SELECT p.key, p.subject_id FROM payouts p JOIN ledger_journals j ON j.id = p.journal_id
        WHERE j.actor_kind NOT IN ('user', 'key', 'clock')""",  # noqa: S608 - our own text
        SUBJECTS,
    ),
    "B7 each effect at Stripe has its one row in the outbox": seen(
        f"""
        SELECT 'transfer ' || t.id, p.subject_id FROM transfers t JOIN payouts p ON p.id = t.payout_id
        LEFT JOIN stripe_operations o ON o.kind = 'transfer' AND o.row_id = t.id
        WHERE t.state IN ('sending', 'done') AND (o.id IS NULL OR (t.state = 'done') <> (o.state = 'done'))
        UNION ALL
        SELECT 'recovery ' || v.id, v.subject_id FROM recoveries v
        LEFT JOIN stripe_operations o ON o.kind = 'transfer_reversal' AND o.row_id = v.id
        WHERE (v.state = 'sending' OR v.how = 'reversal') AND o.id IS NULL AND {NOT_BY_HAND.format(id="v.stripe_id")}
        UNION ALL
        SELECT 'sweep ' || s.id, NULL::uuid FROM sweeps s
        LEFT JOIN stripe_operations o ON o.kind = 'platform_payout' AND o.row_id = s.id WHERE o.id IS NULL
        UNION ALL
        SELECT 'refund ' || r.id, r.subject_id FROM refunds r
        LEFT JOIN stripe_operations o ON o.kind = 'refund' AND o.row_id = r.id
        WHERE o.id IS NULL AND {NOT_BY_HAND.format(id="r.stripe_id")}
        UNION ALL
        SELECT 'funding ' || f.id, f.subject_id FROM fundings f
        LEFT JOIN stripe_operations o ON o.row_id = f.id
            AND o.kind = CASE f.way WHEN 'card' THEN 'card_payment' WHEN 'automatic' THEN 'card_payment'
                WHEN 'invoice' THEN 'transfer_payment' ELSE 'checkout_session' END
        WHERE o.id IS NULL AND (f.way = 'page' OR f.state <> 'begun')
        UNION ALL
        SELECT object_id, NULL::uuid FROM stripe_operations WHERE object_id IS NOT NULL
        GROUP BY kind, object_id HAVING count(*) > 1""",  # noqa: S608 - our own text
        SUBJECTS,
    ),
    "B8 what is owed is what has not been sent": seen(
        f"""
        SELECT party_id, subject_id, currency, sum(minor) AS off FROM (
            SELECT p.payee_party_id AS party_id, p.subject_id, t.currency, t.amount_minor AS minor
            FROM transfers t JOIN payouts p ON p.id = t.payout_id WHERE t.state = 'ready'
            UNION ALL SELECT a.party_id, a.subject_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'payable') owed
        GROUP BY party_id, subject_id, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
        SUBJECTS,
    ),
    "B9 what a payee owes is what was overpaid and is not set off": seen(
        f"""
        SELECT party_id AS what, currency, sum(minor) AS off, party_id, NULL::uuid AS subject_id FROM (
            SELECT payee_party_id AS party_id, currency, amount_minor AS minor FROM recoveries WHERE how = 'receivable'
            UNION ALL SELECT party_id, currency, -amount_minor FROM stray_bookings WHERE what = 'paid_ahead'
            UNION ALL SELECT p.payee_party_id, t.currency, -t.netted_minor
            FROM transfers t JOIN payouts p ON p.id = t.payout_id WHERE t.netted_minor <> 0
            UNION ALL SELECT a.party_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'receivable') flows
        GROUP BY party_id, currency HAVING sum(minor) <> 0
        UNION ALL
        SELECT v.transfer_id, v.currency, sum(v.amount_minor), NULL, v.subject_id FROM recoveries v
        WHERE v.state <> 'refused' GROUP BY v.transfer_id, v.currency, v.subject_id HAVING sum(v.amount_minor) > (
            SELECT t.amount_minor + t.netted_minor + t.withdrawn_minor FROM transfers t
            WHERE t.id = v.transfer_id)""",  # noqa: S608 - our own text
        f"{PARTIES} OR {SUBJECTS}",
    ),
    "B10 what banks withhold is what undecided and won chargebacks have not given back": seen(
        f"""
        SELECT currency, sum(minor) AS off FROM (
            SELECT currency, withheld_minor - reinstated_minor AS minor FROM chargebacks WHERE state <> 'lost'
            UNION ALL SELECT a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id WHERE a.kind = 'chargeback_withheld') flows
        GROUP BY currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
        "true",  # one account, with few postings
    ),
    "B11 fees at the platform's bank are what sweeps took there": seen(
        f"""
        SELECT kind, currency, sum(minor) AS off FROM (
            SELECT CASE state WHEN 'paid' THEN 'bank' ELSE 'bank_transit' END AS kind, currency, amount_minor AS minor
            FROM sweeps WHERE state IN ('in_transit', 'paid')
            UNION ALL SELECT a.kind, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id JOIN ledger_journals j ON j.id = p.journal_id
            WHERE a.kind IN ('bank', 'bank_transit') AND j.kind IN ('sweep', 'sweep_arrived', 'sweep_back')) flows
        GROUP BY kind, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
        "true",  # one sweep a day
    ),
    "B12 what is paid directly is nowhere in the ledger, and its answers are final": seen(
        """
        SELECT d.id::text, d.subject_id FROM direct_payments d WHERE EXISTS (
            SELECT 1 FROM ledger_accounts a JOIN ledger_postings p ON p.account_id = a.id
            WHERE a.subject_id = d.subject_id)
        UNION ALL
        SELECT a.payment_id::text, d.subject_id FROM direct_payment_answers a
        JOIN direct_payments d ON d.id = a.payment_id JOIN direct_payment_answers later
            ON later.payment_id = a.payment_id AND later.id > a.id
        WHERE a.word IN ('arrived', 'counted', 'withdrawn')""",
        "true",  # no journal tells what is new of them
    ),
    "B13 what staff booked by hand is one movement, its journal and their reason, and back": seen(
        """
        SELECT s.transaction_id AS what, s.journal_id FROM stray_bookings s
        LEFT JOIN balance_transactions b ON b.id = s.transaction_id AND b.journal_id = s.journal_id
            AND b.amount_minor = s.amount_minor AND b.currency = s.currency
        LEFT JOIN ledger_journals j ON j.id = s.journal_id
        WHERE b.id IS NULL OR j.actor_kind IS DISTINCT FROM 'user' OR j.reason <> s.reason
        UNION ALL
        SELECT j.key, j.id FROM ledger_journals j LEFT JOIN stray_bookings s ON s.journal_id = j.id
        WHERE j.kind = 'by_hand' AND s.id IS NULL""",
        "true",  # a few in a year
    ),
    "B14 what a payer is owed back is what its refunds that came back have not had another way": seen(
        f"""
        SELECT party_id, currency, sum(minor) AS off FROM (
            SELECT payer_party_id AS party_id, currency, amount_minor AS minor FROM refunds
            WHERE state = 'came_back' OR {REPEATED}
            UNION ALL SELECT a.party_id, a.currency, -({GROWN}) FROM ledger_postings p
            JOIN ledger_accounts a ON a.id = p.account_id JOIN ledger_journals j ON j.id = p.journal_id
            WHERE a.kind = 'refund_due' AND j.kind IN ('refund_back', 'refund', 'refund_otherwise')
                AND j.evidence ? 'refund_id') flows
        GROUP BY party_id, currency HAVING sum(minor) <> 0""",  # noqa: S608 - our own text
        "true",  # a few in a year
    ),
    "B15 what people moved above the limit has two of them, or why not": seen(DECIDED, SUBJECTS),
}

CHECKS: dict[str, Check] = LEDGER | BUSINESS
