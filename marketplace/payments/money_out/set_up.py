"""What a payee still has to set up before she can be paid: offered at the shortlist, required at signing.

First where her pay goes (Stripe's forms), then her tax form.
"""

from __future__ import annotations

from uuid import UUID

from marketplace.payments.money_out import payout_accounts
from marketplace.payments.states import AccountState
from marketplace.payments.tax import tax_forms


def missing(party_id: UUID) -> str | None:
    """The next of it: `account`, `tax form`, or None when she is ready."""
    if payout_accounts.status(party_id) != AccountState.READY:
        return "account"
    return "tax form" if tax_forms.problem(party_id) else None
