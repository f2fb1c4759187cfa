"""Tables of payments; those of the ledger are in `ledger_tables.py`."""

from __future__ import annotations

from marketplace.payments.audit import CheckRun, Halt
from marketplace.payments.ledger_tables import Account, Journal, Posting, Reservation, ReservationEnd, Seal

__all__ = ["Account", "CheckRun", "Halt", "Journal", "Posting", "Reservation", "ReservationEnd", "Seal"]
