"""What payments do when their own facts become true."""

from __future__ import annotations

from marketplace.payments import payouts
from marketplace.payments.events import AccountReady


def send_what_waited(fact: AccountReady) -> None:
    """An account became ready: everything that waited for it sets off."""
    payouts.send_all(fact.party_id)


REACTIONS = {AccountReady: (send_what_waited,)}
