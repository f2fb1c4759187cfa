"""Money: who paid, what is protected, who is owed, what left, and how each cent got there.

Nouns: a Journal with its Postings (the ledger), a Reservation (money held in the ledger), a Funding and its
Lots (one per charge), a Payout and its Transfers, a Refund, a PayoutAccount, a StripeOperation (what
we want from Stripe), a WebhookEvent (what Stripe says), a DirectPayment (made outside, only written
down). It relies on `accounts` for the instance's settings. It never
knows a brief, a deal or a commission: only amounts, parties, a reason and the opaque id of a subject.

Money flows down its folders: pages, reconciliation, losses, money_out, guards, money_in (beside tax and
paid_directly), books. What all of them share stands beside them.
"""
