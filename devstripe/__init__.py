"""A payment server on this machine that answers like Stripe, for development and tests.

Nouns: accounts, customers, payment methods, payment and setup intents, checkout sessions, charges, refunds, disputes,
transfers, payouts, balance transactions, events, webhook deliveries. Amounts are integers in the currency's smallest
unit; times are whole seconds of a clock that tests may advance.

It runs as its own process (``python -m devstripe``), on loopback, with test keys only, and is spoken to over HTTP by the
real ``stripe`` client. It never moves money, and the application never imports it. docs/devstripe.md says what it does
not model.
"""
