"""The verbs other packages call, from the modules of the nouns."""

from __future__ import annotations

from marketplace.collaborations.applications import decline, expire, shortlist, submit, withdraw
from marketplace.collaborations.deals import cancel, complete, contract_signed, funded, open_deal, rung
from marketplace.collaborations.negotiation import accept, counter, offer

__all__ = [
    "accept",
    "cancel",
    "complete",
    "contract_signed",
    "counter",
    "decline",
    "expire",
    "funded",
    "offer",
    "open_deal",
    "rung",
    "shortlist",
    "submit",
    "withdraw",
]
