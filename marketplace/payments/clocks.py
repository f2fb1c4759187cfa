"""The clock of a payment made outside: the payee looks whether it has arrived. Its subject is the payment."""

from __future__ import annotations

from marketplace import deadlines

ARRIVAL = deadlines.kind(
    "payments.arrival",
    days=7,
    asks="Look whether the payment has arrived",
    awaits="A word that the payment has arrived",
    silence="the payment counts as arrived.",
)
