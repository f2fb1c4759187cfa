"""Facts that nobody is told of, each with the reason. The house test reads this list."""

from __future__ import annotations

QUIET = {
    "accounts.signed_up": "whoever signed up is looking at the page that says so",
    "accounts.set_up": "the administrator is looking at the page that says so",
    "accounts.email_restored": "whoever undid it is looking at the page that says so",
    "payments.account_disowned": "whoever disowned it is looking at the page that says so, and each payout says why it waits",
    "accounts.role_changed": "the page they open next is the answer",
    "deadlines.passed": "the package that owns the clock acts, and its own fact is told",
    "creators.profile_written": "the creator wrote it",
    "creators.holiday_called_off": "the clocks run again, and what they wait for is told by each",
    "brands.domain_proven": "whoever proved it is looking at the page; the brand hears that it is verified",
    "briefs.published": "creators find it by browsing; whoever is invited is told of the invitation",
    "briefs.paused": "applications already sent go on as before",
    "briefs.resumed": "applications already sent go on as before",
    "briefs.closed": "applications already sent go on as before",
    "briefs.archived": "nobody waits for an archived brief",
    "payments.released": "the payout that follows is told, or that it waits",
    "affiliate.rates_accepted": "the program's page counts who accepted",
    "payments.tax_form_seen": "it is written down for the record, and shown to staff beside the form",
    "payments.tax_number_read": "it is written down for the record, and shown to staff beside the form",
    "payments.allocated": "what it makes possible is told: the deal is active, or the budget is back",
    "payments.card_saved": "whoever saved it is looking at the page that says so",
    "affiliate.refund_entered": "whoever entered it is looking at the order; an affiliate reads the line on the month's statement",
    "affiliate.orders_imported": "whoever imports is looking at the result",
}
